"""`python -m kanvas_runtime test`: what tools are told, and that nothing gets out."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.testing.rehearsal import Nobody, Rehearsal

MACHINE = '''"""A machine by hand."""

import socket

from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run


class Input(Record):
    port: Integer


class Output(Record):
    port: Integer


def run(input_: Input, run: Run) -> Output:
    BODY
    return Output(port=input_.port)


MACHINE = Machine(name="by_hand", input=Input, output=Output, run=run)
'''


def built(folder: Path, body: str, *tests: dict[str, Any]) -> Path:
    """A folder as the compiler leaves it."""
    (folder / "machines").mkdir(parents=True)
    (folder / "machines" / "__init__.py").write_text("")
    (folder / "machines" / "by_hand.py").write_text(MACHINE.replace("BODY", body))
    cases = [{"module": "by_hand"} | test for test in tests]
    (folder / "tests.json").write_text(json.dumps({"tests": cases}))
    return folder


def runtime(*folders: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanvas_runtime", "test", *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_result_is_a_line(tmp_path: Path) -> None:
    right = {"given": {"port": 1}, "expect": [{"port": 1}]}
    wrong = {"given": {"port": 1}, "expect": [{"port": 2, "host": "a"}]}
    first = built(tmp_path / "a", "pass", right, wrong)
    done = runtime(first, built(tmp_path / "b", "pass", right))
    assert done.returncode == 1
    lines = said(done)
    assert [(line["folder"], line["test"]) for line in lines] == [(0, 0), (0, 1), (1, 0)]
    assert [line["differences"] for line in lines] == [
        [],
        [{"path": "port", "expected": 2, "got": 1}, {"path": "host", "expected": "a"}],
        [],
    ]
    assert all(line["problem"] is None and line["ours"] is False for line in lines)
    assert runtime(built(tmp_path / "c", "pass", right)).returncode == 0


@pytest.mark.parametrize(
    "body",
    [
        'socket.create_connection(("127.0.0.1", input_.port), timeout=5)',
        'socket.getaddrinfo("localhost", input_.port)',
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", input_.port))',
    ],
)
def test_no_machine_reaches_a_network(tmp_path: Path, body: str) -> None:
    """Not even one that was written by hand to try."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        test = {"given": {"port": port}, "expect": [{"port": port}]}
        done = runtime(built(tmp_path / "a", body, test))
        with pytest.raises(TimeoutError):
            server.accept()
    (line,) = said(done)
    assert line["ours"] is True
    assert "no test reaches a network" in done.stderr
    assert done.returncode == 1


async def test_the_gate_of_a_test_has_no_provider() -> None:
    gate = Rehearsal(MemoryLedger(), {})
    assert gate.simulate
    with pytest.raises(RuntimeError, match="a test reached for the provider 'anthropic'"):
        Nobody().provider("anthropic")


def test_a_fault_of_the_machine_is_told_apart(tmp_path: Path) -> None:
    test = {"given": {"port": 1}, "error": "internal"}
    (line,) = said(runtime(built(tmp_path / "a", "raise LookupError('no')", test)))
    assert line["ours"] is True
    assert line["problem"].startswith('"internal"')


def test_what_a_test_may_expect_of_an_error(tmp_path: Path) -> None:
    body = 'raise StepFailure("timeout", "too late", step="wait")'
    test = {"given": {"port": 1}, "error": "timeout"}
    assert runtime(built(tmp_path / "a", body, test)).returncode == 0
    (line,) = said(runtime(built(tmp_path / "b", body, {"given": {"port": 1}})))
    assert line["problem"] == 'it failed with "timeout" (step wait): too late'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read "),
        ("no JSON", "is no file of tests: JSON is malformed"),
        ('{"tests": [{"module": 1}]}', "is no file of tests: Expected `str`, got `int`"),
        ('{"tests": [{"module": "os.path"}]}', "'os.path' is no module of machines"),
    ],
)
def test_a_folder_that_is_not_ours(tmp_path: Path, content: str | None, message: str) -> None:
    folder = built(tmp_path / "a", "pass")
    (folder / "tests.json").unlink()
    if content is not None:
        (folder / "tests.json").write_text(content)
    done = runtime(folder)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_folder_without_machines(tmp_path: Path) -> None:
    done = runtime(tmp_path)
    assert done.returncode == 2
    assert "holds no machines: build the program first" in done.stderr
