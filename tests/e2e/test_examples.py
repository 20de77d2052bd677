"""Every example: no findings, a README, and a conversation that the built app still has.

A conversation is lines: `@ /path` connects, with a subprotocol when one stands behind it, or turns
to the connection that the same line opened before; `> …` is sent as it stands, `< …` is what must
come. What comes may say more than the line does: the line names the fields that matter.
`! approve STEP` and `! deny STEP` are a person who decides by the command line.

`@ POST /path` is an HTTP request, with headers behind it as `Name: value; …`; `> …` is its body,
and `< 200 {…}` the status and the body that must come. `< event {…}` is one of its events.
"""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from tests.e2e.apps import EXAMPLES, App, ask, build, kanvasc, records, verify

FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/app.kanvas"))


def says(answer: Any, line: Any) -> bool:
    """Whether an answer holds all that a line of a conversation names."""
    if isinstance(line, dict) and isinstance(answer, dict):
        return all(name in answer and says(answer[name], line[name]) for name in line)
    if isinstance(line, list) and isinstance(answer, list):
        return len(answer) == len(line) and all(map(says, answer, line))
    return bool(answer == line)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class HttpTurn:
    """One request of a conversation, sent when its first answer is waited for."""

    def __init__(self, app: App, text: str) -> None:
        self.method, self.path, *rest = text.split(" ", 2)
        lines = [line.partition(": ") for part in rest for line in part.split("; ")]
        self.headers = {name: value for name, _, value in lines}
        self.body: bytes | None = None
        self._app = app
        self._said: list[str] = []

    def send(self, text: str) -> None:
        self.body = text.encode()
        self.headers.setdefault("Content-Type", "application/json")

    def hear(self, line: str) -> None:
        """What a line expects is what comes next."""
        if not self._said:
            self._said = self._answer()
        word, _, text = line.partition(" ")
        told, _, answer = self._said.pop(0).partition(" ")
        assert told == word, f"{told} {answer} instead of {line}"
        assert says(json.loads(answer), json.loads(text)), f"{answer} instead of {text}"

    def _answer(self) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._app.port, timeout=60)
        with closing(connection):
            connection.request(self.method, self.path, self.body, self.headers)
            response = connection.getresponse()
            text = response.read().decode()
        if response.getheader("Content-Type") != "text/event-stream":
            return [f"{response.status} {text}"]
        events = [event.split("\n") for event in text.split("\n\n") if event]
        return [f"{name[7:]} {data[6:]}" for name, data in events]


def replay(app: App, lines: list[str]) -> int:
    """Plays a conversation; the number of its answers."""
    answers = 0
    sockets: dict[str, ClientConnection] = {}
    with ExitStack() as stack:
        turn: ClientConnection | HttpTurn
        for line in lines:
            mark, text = line[0], line[2:]
            if mark == "@" and text.startswith(METHODS):
                turn = HttpTurn(app, text)
            elif mark == "@":
                if text not in sockets:
                    path, *protocols = text.split()
                    named = {"subprotocols": protocols} if protocols else {}
                    sockets[text] = stack.enter_context(app.connect(path, **named))
                turn = sockets[text]
            elif mark == ">":
                turn.send(text)
            elif mark == "<" and isinstance(turn, HttpTurn):
                turn.hear(text)
                answers += 1
            elif mark == "<":
                answer = json.loads(turn.recv(timeout=60))
                assert says(answer, json.loads(text)), f"{answer} instead of {text}"
                answers += 1
            elif mark == "!":
                decide(app, *text.split())
    return answers


def decide(app: App, choice: str, step: str) -> None:
    """As an operator does: look at what waits, and say something about the step."""
    where = ("--data-dir", str(app.data))
    listed = kanvasc("approvals", "list", "--json", *where)
    (hold,) = [each["hold"] for each in json.loads(listed.stdout) if each["step"] == step]
    done = kanvasc("approvals", choice, hold, "--reason", "as rehearsed", *where)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_has_no_findings_and_a_readme(folder: Path) -> None:
    done = kanvasc("check", str(folder / "app.kanvas"))
    assert (done.returncode, done.stdout) == (0, "")
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {folder.name}\n")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_still_has_its_conversation(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "conversation.txt").read_text(encoding="utf-8").splitlines()
    built = build(folder / "app.kanvas", tmp_path / "app")
    with App(built, tmp_path / "data", "--simulate") as app:
        assert replay(app, lines) > 0
    assert verify(tmp_path / "data").returncode == 0
    sent = sum(line.startswith(">") and '"ping"' not in line for line in lines)
    accesses = [r for r in records(tmp_path / "data") if r["kind"] == "SurfaceAccess"]
    assert len(accesses) >= sent


def test_a_host_that_is_not_there_is_tried_three_times_and_then_done_without(
    tmp_path: Path,
) -> None:
    """No name below `.example` leads anywhere, so the request really fails."""
    built = build(EXAMPLES / "exchange_rates" / "app.kanvas", tmp_path / "app")
    with App(built, tmp_path / "data") as app, app.connect("/ws/rates") as socket:
        answer = ask(socket, {"amount": "10.00"})
    assert answer == {"amount": "10.00", "rate": "1", "source": "built in"}
    tried = [r for r in records(tmp_path / "data") if r["kind"] == "StepRun" and "outcome" in r]
    assert [r["step"] for r in tried] == ["fetched"] * 3
    # Where nobody answers what a name is, it is the time that ends it.
    assert {r["outcome"] for r in tried} <= {"http", "timeout"}


LAID_OUT = [folder for folder in FOLDERS if folder.name != "live_metrics"]
"""The other one shows the layout of a section a line."""


@pytest.mark.parametrize("folder", LAID_OUT, ids=lambda folder: folder.name)
def test_an_example_is_laid_out_and_listed(folder: Path) -> None:
    done = kanvasc("fmt", "--check", str(folder))
    assert done.returncode == 0, done.stdout
    assert f"| [{folder.name}]({folder.name}) |" in (EXAMPLES / "README.md").read_text("utf-8")
