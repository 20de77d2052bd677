"""Disks that fail under a real app: what cannot be recorded is refused, and nothing is lost."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.apps import App, ask, build, records, refused, verify
from tests.e2e.programs import SHIPPING

ASKED = {"country": "de", "weight": 1}
PAGE = 8192
PATIENCE = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(SHIPPING, tmp_path_factory.mktemp("faults") / "app")


def ready(app: App) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(app.page("/readyz")) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def served_again(app: App) -> None:
    """Wait until the app says that it can serve."""
    until = time.monotonic() + PATIENCE
    while ready(app)[0] != 200:
        assert time.monotonic() < until, app.log
        time.sleep(0.1)


def answered(data: Path) -> int:
    found = records(data)
    return sum(each["kind"] == "SurfaceAccess" and each["outcome"] == "ok" for each in found)


def test_a_full_disk_refuses_runs_until_there_is_room(folder: Path, tmp_path: Path) -> None:
    with App(folder, tmp_path) as app:
        with app.connect("/ws/shipping") as socket:
            assert "price" in ask(socket, ASKED)
            unlimited = resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
            assert ask(socket, ASKED)["error"]["code"] == "overloaded"
        status, told = ready(app)
        assert status == 503
        assert "the ledger cannot be written" in told["error"]["message"]
        resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, unlimited)
        served_again(app)
        with app.connect("/ws/shipping") as socket:
            assert "price" in ask(socket, ASKED)
    assert answered(tmp_path) == 2
    assert verify(tmp_path).returncode == 0


def test_a_table_that_somebody_else_locks_refuses_runs(folder: Path, tmp_path: Path) -> None:
    with App(folder, tmp_path) as app:
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            with app.connect("/ws/shipping") as socket:
                assert ask(socket, ASKED)["error"]["code"] == "overloaded"
            assert ready(app)[0] == 503
            stranger.execute("ROLLBACK")
        served_again(app)
        with app.connect("/ws/shipping") as socket:
            assert "price" in ask(socket, ASKED)
    assert answered(tmp_path) == 1
    assert verify(tmp_path).returncode == 0


def test_a_data_directory_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    """The app does not start, and whoever reads can read on."""
    data = tmp_path / "data"
    with App(folder, data) as app, app.connect("/ws/shipping") as socket:
        assert "price" in ask(socket, ASKED)
    mortal = () if os.geteuid() else ("setpriv", "--bounding-set", "-dac_override")
    files = list(data.iterdir())
    for each in files:
        each.chmod(0o400)
    data.chmod(0o500)
    told = refused(folder, data, *mortal)
    assert f"{data}" in told
    assert "ermission denied" in told or "readonly" in told
    command = [*mortal, sys.executable, "-m", "kanvasc", "ledger", "verify"]
    done = subprocess.run(
        [*command, "--data-dir", str(data)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    data.chmod(0o700)
    for each in files:
        each.chmod(0o600)
    with App(folder, data) as app, app.connect("/ws/shipping") as socket:
        assert "price" in ask(socket, ASKED)
    assert answered(data) == 2
    assert verify(data).returncode == 0


def test_a_second_app_does_not_get_the_data_directory(folder: Path, tmp_path: Path) -> None:
    with App(folder, tmp_path) as app:
        told = refused(folder, tmp_path)
        assert f"is in use by process {app.process.pid}" in told
        with app.connect("/ws/shipping") as socket:
            assert "price" in ask(socket, ASKED)


def test_a_damaged_last_page_is_sealed_by_the_next_start(folder: Path, tmp_path: Path) -> None:
    with App(folder, tmp_path) as app:
        with app.connect("/ws/shipping") as socket:
            for _ in range(40):
                assert "price" in ask(socket, ASKED)
        app.end()
    last = records(tmp_path)[-1]["hash"].encode()
    with (tmp_path / "ledger.db").open("r+b") as file:
        page = file.read().rindex(last) // PAGE
        file.seek(page * PAGE)
        file.write(bytes(PAGE))
    assert verify(tmp_path).returncode == 1
    with App(folder, tmp_path) as app:
        assert "tail was torn" in app.log
        with app.connect("/ws/shipping") as socket:
            assert "price" in ask(socket, ASKED)
    done = verify(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "seals a torn tail" in done.stdout
    (seal,) = [each for each in records(tmp_path) if each.get("reason") == "torn_tail"]
    assert seal["lost"] > 0
    assert (tmp_path / seal["set_aside"]).is_file()
