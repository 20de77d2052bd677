"""`keys` as a process: alone with a data directory, and beside a server that has it."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from kanvas_runtime.auth.admin import SOCKET
from kanvas_runtime.auth.keys import FILE, Keys
from kanvas_runtime.ledger.lock import DirectoryLock
from websockets.asyncio.client import connect

from tests.auth.surfaces import handshake, keys_of, running
from tests.runtime.serving import close_code

KANVASC = [sys.executable, "-m", "kanvasc", "keys"]
RUNTIME = [sys.executable, "-m", "kanvas_runtime", "keys"]


def keys(command: list[str], *arguments: object, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *map(str, arguments), "--data-dir", str(data)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [KANVASC, RUNTIME], ids=["kanvasc", "runtime"])
def test_a_key_is_made_listed_and_revoked_without_a_server(
    tmp_path: Path, command: list[str]
) -> None:
    data = tmp_path / "data"
    made = keys(command, "new", "alice", "--scope", "a:b,c", "--expires", "1d", data=data)
    assert made.returncode == 0, made.stderr
    assert str(data) in made.stderr
    text = made.stdout.split()[-1]
    assert text.startswith("kv_")
    assert Keys(data).find(text) is not None
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    listed = keys(command, "list", data=data)
    assert listed.stdout.splitlines()[1].split()[1:4] == ["alice", "live", "a:b,c"]
    (told,) = json.loads(keys(command, "list", "--json", data=data).stdout)
    assert (told["name"], told["scopes"], told["state"]) == ("alice", ["a:b", "c"], "live")
    assert told["expires"] > told["created"]
    assert text.split("_", 2)[2] not in listed.stdout
    revoked = keys(command, "revoke", "alice", data=data)
    assert (revoked.returncode, revoked.stdout.split()[0]) == (0, "revoked")
    assert Keys(data).find(text) is None
    again = keys(command, "revoke", "alice", data=data)
    assert again.returncode == 2
    assert "there is no key alice" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["new", "a b"], "no name for a key"),
        (["new", "alice", "--scope", "a b"], "no scope"),
        (["new", "alice", "--expires", "soon"], "no age"),
        (["new"], "NAME"),
        (["revoke", "nobody"], "there is no key nobody"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], told: str) -> None:
    ended = keys(RUNTIME, *arguments, data=tmp_path)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_keys_are_no_error(tmp_path: Path) -> None:
    ended = keys(RUNTIME, "list", data=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "keys new" in ended.stderr


def test_a_directory_that_something_else_holds_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = DirectoryLock(tmp_path)
    ended = keys(RUNTIME, "new", "alice", data=tmp_path)
    lock.release()
    assert ended.returncode == 2
    assert "in use by process" in ended.stderr
    assert not (tmp_path / FILE).exists()


async def test_with_a_server_changes_go_through_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    deep = tmp_path / ("d" * 90)  # whose socket has a path that is too long for an address
    deep.mkdir()
    async with running(deep) as served:
        data = deep / "data"
        assert stat.S_IMODE((data / SOCKET).stat().st_mode) == 0o600
        made = await asyncio.to_thread(keys, RUNTIME, "new", "alice", data=data)
        text = made.stdout.split()[-1]
        reply = await handshake(served, "/ws/keyed", {"X-API-Key": text})
        assert (reply.status, reply.body) == (101, {"who": "alice"})
        header = {"Authorization": f"Bearer {text}"}
        async with connect(served.url("/ws/keyed"), additional_headers=header) as client:
            await client.send("{}")
            await client.recv()
            revoked = await asyncio.to_thread(keys, RUNTIME, "revoke", "alice", data=data)
            assert revoked.returncode == 0, revoked.stderr
            assert await close_code(client) == 4401
        assert (await handshake(served, "/ws/keyed", header)).status == 401
        problem = await asyncio.to_thread(keys, RUNTIME, "revoke", "alice", data=data)
        assert (problem.returncode, problem.stdout) == (2, "")
        assert "there is no key alice" in problem.stderr
    assert not (data / SOCKET).exists()
    assert Keys(data).find(text) is None


async def test_a_restart_keeps_the_keys(tmp_path: Path) -> None:
    text = keys_of(tmp_path).new("alice")
    for _ in range(2):
        async with running(tmp_path) as served:
            assert (await handshake(served, "/ws/keyed", {"X-API-Key": text})).status == 101
