"""Built apps that share a ledger in Postgres: what they record, and what faults do to them."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.apps import App, ask, build, refused
from tests.postgres.clients import FAST, Client, digests
from tests.postgres.databases import Database

ASKED = {"country": "de", "weight": 1}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(FAST, tmp_path_factory.mktemp("postgres") / "app")


def get(app: App, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(app.page(path)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def until_ready(app: App, status: int) -> Any:
    """Wait until `/readyz` says so; what it says."""
    until = time.monotonic() + PATIENCE
    while (told := get(app, "/readyz"))[0] != status:
        assert time.monotonic() < until, app.log
        time.sleep(0.02)
    return told[1]


def test_two_apps_write_one_ledger(database: Database, folder: Path, tmp_path: Path) -> None:
    secret = database.url.replace("kanvas@", "kanvas:tops3cret@")
    with (
        App(folder, tmp_path / "one", KANVAS_LEDGER=secret) as one,
        App(folder, tmp_path / "two", KANVAS_LEDGER=secret) as two,
    ):
        for app in (one, two, one):
            with app.connect("/ws/shipping") as socket:
                assert "price" in ask(socket, ASKED)
        seen = get(one, "/_kanvas/ledger")[1]
        runs = [each["run"] for each in database.records() if "run" in each]
        assert len(runs) == 3
        for run in runs:
            records = get(two, f"/_kanvas/ledger/{run}")[1]["records"]
            assert [each["run"] for each in records] == [run]
            done = database.ledger("show", run)
            assert "shipping answers: ok" in done.out
        assert "tops3cret" not in one.log + two.log
        assert "  ledger   postgresql://kanvas@" in one.log
    first, second = [each for each in database.records() if each["kind"] == "ServerStarted"]
    assert seen["chain"]["id"] == first["chain"]
    assert seen["chain"]["fault"] is None
    assert (first["seq"], second["seq"]) == (1, 1)
    assert second[f"head.{first['chain']}"] == f"1:{first['hash']}"
    tail = database.ledger("tail", "-n", "2", "--json").out.splitlines()
    ends = [json.loads(line) for line in tail]
    assert ends == sorted(database.records(), key=lambda each: each["at"])[-2:]
    found = database.ledger("query", "--machine", "shipping", "--outcome", "ok")
    assert len(found.out.splitlines()) == 3
    verdict = database.ledger("verify")
    assert verdict.code == 0, verdict.out
    assert "sound: 2 chains" in verdict.out


def test_a_second_app_does_not_get_the_data_directory(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    """Another ledger would not help: this one has the database already."""
    with App(folder, tmp_path, KANVAS_LEDGER=database.url) as app:
        told = refused(folder, tmp_path, KANVAS_LEDGER=database.url)
        assert f"is in use by process {app.process.pid}" in told
        assert "KANVAS_LEDGER" not in told


def test_a_database_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    url = f"postgresql://ann:tops3cret@/x?host={tmp_path}"
    told = refused(folder, tmp_path / "data", KANVAS_LEDGER=url)
    assert f"postgresql://ann@/x?host={tmp_path}" in told
    assert "start it, or correct KANVAS_LEDGER" in told
    assert "tops3cret" not in told


def test_no_reply_without_its_record_when_the_app_is_killed(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    acknowledged: set[str] = set()
    for life in range(4):
        with App(folder, tmp_path, KANVAS_LEDGER=database.url) as app:
            clients = [Client(app, life * 3 + number) for number in range(3)]
            for client in clients:
                client.start()
            for client in clients:
                assert client.first.wait(PATIENCE)
            app.end(signal.SIGKILL)
            for client in clients:
                client.join(PATIENCE)
            acknowledged |= digests(clients, tmp_path)
    found = database.records()
    assert acknowledged - {each.get("output_digest") for each in found} == set()
    assert database.ledger("verify").code == 0


def test_a_database_that_crashes_under_load(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    """Runs are refused until it is back; nobody has to connect again."""
    with (
        App(folder, tmp_path, KANVAS_LEDGER=database.url) as app,
        app.connect("/ws/shipping") as socket,
    ):
        clients = [Client(app, number) for number in range(3)]
        for client in clients:
            client.start()
        for client in clients:
            assert client.first.wait(PATIENCE)
        database.cluster.stop(signal.SIGQUIT)
        try:
            told = until_ready(app, 503)
            refusal = ask(socket, ASKED)["error"]
        finally:
            database.cluster.start()
        assert "the ledger cannot be written" in told["error"]["message"]
        assert refusal["code"] == "overloaded"
        until_ready(app, 200)
        for client in clients:
            client.first.clear()
        for client in clients:
            assert client.first.wait(PATIENCE)
        assert "price" in ask(socket, ASKED)
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join(PATIENCE)
        assert [client.strange for client in clients] == [[], [], []]
        acknowledged = digests(clients, tmp_path)
    found = database.records()
    assert acknowledged - {each.get("output_digest") for each in found} == set()
    verdict = database.ledger("verify")
    assert verdict.code == 0, verdict.out
