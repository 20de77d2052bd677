"""AsyncAPI: valid for the official parser, of one mind with the runtime, true of real traffic."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kanvas_runtime import envelope
from kanvas_runtime.auth.sessions import SECURE_COOKIE
from kanvas_runtime.errors import STATUS, CloseCode
from websockets.sync.client import ClientConnection

from kanvasc.emit import messages, protocol
from kanvasc.emit.asyncapi import asyncapi
from kanvasc.types.program import TypedMachine
from tests import npm
from tests.contract.conftest import SOURCE
from tests.contract.programs import DESK, SILENT
from tests.contract.served import built, desk
from tests.e2e.apps import App, ask
from tests.soundness.running import compilation, errors

__all__ = ["built", "desk"]


def made(text: str, name: str = "app") -> dict[str, Any]:
    compiled = compilation(text)
    assert not errors(compiled)
    return asyncapi(name, compiled.program)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return made(DESK)


def machine() -> TypedMachine:
    return compilation(DESK).program.machines[0]


def test_the_lock_file_names_no_registry() -> None:
    assert npm.registries(SOURCE) == []


def test_codes_are_those_of_the_runtime() -> None:
    assert {code: status for code, (status, _) in protocol.ERRORS.items()} == STATUS
    assert set(protocol.CLOSES) == {int(code) for code in CloseCode}
    assert protocol.VERSION == envelope.VERSION
    assert {name: envelope._LENGTHS[name] for name in ("id", "key")} == {
        "id": protocol.LONGEST_ID,
        "key": protocol.LONGEST_KEY,
    }
    assert envelope._LENGTHS["ticket"] == protocol.LONGEST_TICKET


def test_what_a_client_may_send_is_what_the_runtime_takes() -> None:
    spoken = messages.envelope(machine(), ())
    found = {
        message.name: (
            {*message.payload["required"]} - {"op"},
            {*message.payload["properties"]} - {*message.payload["required"]},
        )
        for message in spoken.sent
    }
    assert found == {
        op: ({*needed}, {*optional}) for op, (needed, optional) in envelope._FIELDS.items()
    }


@pytest.mark.timeout(npm.INSTALL_TIMEOUT)
def test_the_official_parser_has_nothing_against_it(
    contract: dict[str, Any], node: Path, tmp_path: Path
) -> None:
    files = {"desk": made(DESK, '"\n}{ ${x} </script>'), "silent": made(SILENT)}
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    # One that is wrong: a parser that finds nothing anywhere would prove nothing.
    wrong = {**contract, "operations": {"x": {"action": "shout"}}}
    (tmp_path / "wrong").write_text(json.dumps(wrong), encoding="utf-8")
    command = ["node", "asyncapi.mjs", *(str(tmp_path / name) for name in (*files, "wrong"))]
    done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=False)
    found = done.stdout.splitlines()
    assert [line for line in found if "/wrong " not in line] == []
    assert [line for line in found if "/wrong " in line] != []
    assert "desk 84 operations" in done.stderr


def test_a_document_changes_its_version_only_with_its_content(contract: dict[str, Any]) -> None:
    assert made(DESK)["info"]["version"] == contract["info"]["version"]
    other = made(DESK.replace("total as integer", "total as number"))
    assert other["info"]["version"] != contract["info"]["version"]


def test_sockets_with_credentials_name_their_schemes(contract: dict[str, Any]) -> None:
    schemes = contract["components"]["securitySchemes"]
    assert sorted(schemes) == ["api_key", "api_key_header", "session", "ticket"]
    assert schemes["session"]["name"] == SECURE_COOKIE
    closed = contract["operations"]["desk.2.v1.run"]
    assert [each["$ref"].rsplit("/", 1)[1] for each in closed["security"]] == [
        "api_key",
        "api_key_header",
        "session",
        "ticket",
    ]
    assert "security" not in contract["operations"]["desk.v1.run"]
    channel = contract["channels"]["desk.2.v1"]
    assert (channel["x-auth"], channel["x-scopes"]) == (["api_key", "session"], ["machines:run"])
    assert channel["x-close-codes"]["4401"] == "credentials have expired or were revoked"
    silent = made(SILENT + '  expresses\n    websocket\n      path: "/ws/x"\n')
    assert silent["channels"]["silent.v1"]["x-auth"] == ["loopback"]


def test_texts_that_come_early_are_named(contract: dict[str, Any]) -> None:
    partial = contract["components"]["messages"]["desk.v1.partial"]["payload"]["anyOf"][0]
    assert partial["properties"]["step"]["enum"] == ["reply"]
    assert partial["properties"]["field"]["enum"] == ["answer"]


class Traffic:
    """A connection whose every frame, either way, has to fit the document."""

    def __init__(self, socket: ClientConnection, contract: dict[str, Any], channel: str) -> None:
        self.socket = socket
        self.contract = contract
        self.messages: dict[str, Any] = contract["channels"][channel]["messages"]

    def fits(self, name: str, frame: object) -> bool:
        at = f"{self.messages[name]['$ref']}/payload"
        return Draft202012Validator({**self.contract, "$ref": at}).is_valid(frame)

    def ask(self, message: dict[str, Any], sent: str | None, got: str) -> Any:
        """Sends one, gets one. `sent`: its name; None for what no client should send."""
        if sent is None:
            assert not any(self.fits(name, message) for name in self.sent)
        else:
            assert self.fits(sent, message), message
        answer = ask(self.socket, message)
        assert self.fits(got, answer), answer
        return answer

    def next(self, name: str) -> Any:
        frame = json.loads(self.socket.recv(timeout=60))
        assert self.fits(name, frame), (name, frame)
        return frame

    @property
    def sent(self) -> list[str]:
        """Names of the messages that clients send."""
        found = []
        for operation in self.contract["operations"].values():
            if operation["action"] == "receive":
                for each in operation["messages"]:
                    name = each["$ref"].rsplit("/", 1)[1]
                    if name in self.messages:
                        found.append(name)
        return found


def test_plain_traffic_fits(desk: App, contract: dict[str, Any]) -> None:
    with desk.connect("/ws/gauge") as socket:
        talk = Traffic(socket, contract, "gauge.plain")
        talk.ask({"subscribe": "oven"}, "subscribe", "output")
        talk.next("output")
        talk.ask({"unsubscribe": {"name": "oven"}}, "unsubscribe", "unsubscribed")
        talk.ask({"name": "oven"}, "input", "output")
        talk.next("output")
        wrong = talk.ask({"nam": "oven"}, None, "error")
        assert wrong["error"]["field"] == "nam"
        wrong = talk.ask({"subscribe": 1}, None, "error")
        assert wrong["error"]["subscription"] == 1
    with desk.connect("/ws/clock") as socket:
        talk = Traffic(socket, contract, "clock.plain")
        talk.ask({}, "input", "output")
        talk.ask({"subscribe": True}, "subscribe", "output")


def test_traffic_with_ids_fits(desk: App, contract: dict[str, Any]) -> None:
    with desk.connect("/ws/desk", subprotocols=["kanvas.v1"]) as socket:
        talk = Traffic(socket, contract, "desk.v1")
        talk.next("hello")
        asked = {"question": "When?", "lines": [{"sku": "a"}], "price": "1.50"}
        run = {"op": "run", "id": "1", "key": "k", "input": asked}
        talk.ask(run, "run", "partial")
        while (frame := json.loads(socket.recv(timeout=60)))["op"] == "partial":
            assert talk.fits("partial", frame), frame
        assert talk.fits("result", frame), frame
        assert frame["output"] == {
            "answer": "Come at nine.",
            "total": 1,
            "at": None,
            "price": "1.50",
        }
        assert talk.ask(run, "run", "result")["replayed"] is True
        talk.ask({"op": "ping"}, "ping", "pong")
        talk.ask({"op": "pong"}, None, "error")
        talk.ask({"op": "unsubscribe", "id": "none"}, "unsubscribe", "done")
        talk.ask({"op": "cancel", "id": "none"}, "cancel", "done")
        talk.ask({"op": "auth", "ticket": "t"}, "auth", "error")
        talk.ask({"op": "run", "id": "2", "input": {}}, None, "error")
        talk.ask({"op": "run", "id": "", "input": asked}, None, "error")
    with desk.connect("/ws/gauge", subprotocols=["kanvas.v1"]) as socket:
        talk = Traffic(socket, contract, "gauge.v1")
        talk.next("hello")
        talk.ask({"op": "subscribe", "id": "s", "input": {"name": "stove"}}, "subscribe", "push")
        talk.next("push")


def test_what_waits_for_a_person_fits(desk: App, contract: dict[str, Any]) -> None:
    with desk.connect("/ws/payout") as socket:
        Traffic(socket, contract, "payout.plain").ask({"name": "a"}, "input", "held")
    with desk.connect("/ws/payout", subprotocols=["kanvas.v1"]) as socket:
        talk = Traffic(socket, contract, "payout.v1")
        talk.next("hello")
        talk.ask({"op": "run", "id": "1", "input": {"name": "a"}}, "run", "held")
        talk.ask({"op": "cancel", "id": "1"}, "cancel", "error")


def get(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_app_shows_its_contract(desk: App, contract: dict[str, Any]) -> None:
    status, shown = get(desk.page("/asyncapi.json"))
    assert status == 200
    assert shown["servers"] == {"app": {"host": f"127.0.0.1:{desk.port}", "protocol": "ws"}}
    assert shown["channels"] == contract["channels"]
    assert shown["info"] == {**made(DESK, shown["info"]["title"])["info"]}


def test_an_app_without_its_contract_says_so(tmp_path: Path) -> None:
    from kanvas_runtime.service import Service
    from kanvas_runtime.version import VERSION
    from starlette.testclient import TestClient

    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=tmp_path)
    service.configure(data=tmp_path / "data")
    (tmp_path / "contract").mkdir()
    (tmp_path / "contract" / "asyncapi.json").write_text("[", encoding="utf-8")
    with TestClient(service.app, base_url="http://127.0.0.1") as client:
        answer = client.get("/asyncapi.json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
