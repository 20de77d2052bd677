"""Nothing but the gate leads outside: read from the sources of the runtime and of built apps."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import kanvas_runtime
import pytest

ROOT = Path(kanvas_runtime.__file__).parent
APPS = Path(__file__).parents[1] / "golden" / "apps"

LEADS_OUT = {
    "socket": {
        "auth/admin.py",
        "dev/child.py",
        "dev/host.py",
        "ledger/postgres/lease.py",
        "outside/addresses.py",
        "server.py",
    },
    "ssl": {"outside/client.py"},
    "httpcore2": {"outside/client.py"},
    "httpx2": {"reasoning/anthropic.py"},
    "anthropic": {"reasoning/anthropic.py"},
    "asyncpg": {"ledger/postgres/driver.py"},
}
"""Modules by which a process reaches others, and the only files that may import them.

`server.py`, `auth/admin.py` and those of `dev` listen; `outside/addresses.py` looks names up;
`ledger/postgres/lease.py` says what this machine is called, and records go by way of `asyncpg` to
the database that the operator names: no run has part in it.
"""

NOWHERE = {
    "aiohttp",
    "asyncssh",
    "ftplib",
    "grpc",
    "http.client",
    "httpx",
    "imaplib",
    "multiprocessing",
    "poplib",
    "requests",
    "smtplib",
    "socketserver",
    "subprocess",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}
CALLS_OUT = {
    "create_connection",
    "create_datagram_endpoint",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "create_unix_connection",
    "open_connection",
    "open_unix_connection",
    "popen",
}
BEHIND = {
    "reasoning.registry": {"gate.py", "testing/rehearsal.py"},
    "reasoning.converse": {"gate.py"},
    "outside.http": {"gate.py", "auth/issuer.py"},
    "outside.client": {"outside/http.py"},
    "memory.sqlite": {"gate.py", "life.py"},
}
"""What stands behind the gate, and who may import it.

`life.py` says where the memory lies; `auth/issuer.py` fetches an issuer's keys, from where the
operator says: no run has part in it.
"""

A_BUILT_APP_IMPORTS = (
    "contract",
    "errors",
    "fuel",
    "library",
    "machine",
    "ops",
    "outside.shaped",
    "run",
    "service",
)
FROM_ELSEWHERE = {"__future__", "machines", "msgspec", "typing"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@functools.cache
def trees(folder: Path) -> dict[str, ast.AST]:
    return {
        path.relative_to(folder).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    }


def users(module: str) -> set[str]:
    """The files of the runtime that import a module or something in it."""
    return {
        file
        for file, tree in trees(ROOT).items()
        if any(name == module or name.startswith(f"{module}.") for name in imported(tree))
    }


@pytest.mark.parametrize("module", LEADS_OUT)
def test_what_leads_outside_is_imported_in_few_places(module: str) -> None:
    assert users(module) == LEADS_OUT[module]


def test_other_ways_outside_are_imported_nowhere() -> None:
    assert {module: users(module) for module in sorted(NOWHERE) if users(module)} == {}


def test_nobody_connects_by_the_loop_or_starts_a_process() -> None:
    for file, tree in trees(ROOT).items():
        for node in ast.walk(tree):
            name = getattr(node, "attr", getattr(node, "id", None))
            assert name not in CALLS_OUT, f"{file} has {name}"


@pytest.mark.parametrize("module", BEHIND)
def test_what_stands_behind_the_gate_is_imported_there_alone(module: str) -> None:
    inside = module.partition(".")[0] + "/"
    outsiders = {file for file in users(f"kanvas_runtime.{module}") if not file.startswith(inside)}
    others = {file for file in BEHIND[module] if not file.startswith(inside)}
    assert outsiders == others


def test_a_run_reaches_the_gate_alone() -> None:
    """What generated code is given has no client, only the gate."""
    for name in imported(trees(ROOT)["run.py"]):
        assert not name.startswith(
            ("kanvas_runtime.reasoning", "kanvas_runtime.outside", "kanvas_runtime.memory.sqlite")
        ), name


def test_built_apps_import_nothing_that_leads_outside() -> None:
    found = {name for tree in trees(APPS).values() for name in imported(tree)}
    assert "kanvas_runtime.run" in found
    for name in found:
        first, _, rest = name.partition(".")
        if first == "kanvas_runtime":
            assert not rest or rest.startswith(A_BUILT_APP_IMPORTS), name
        else:
            assert first in FROM_ELSEWHERE, name
