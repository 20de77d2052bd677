"""What breaks clients in how an app talks: documents of two versions, one of them tampered with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kanvasc.contract.compare import compare
from kanvasc.contract.promises import of_files, of_program
from kanvasc.emit.contracts import contracts
from tests.contract.programs import DESK
from tests.soundness.running import compilation

Tamper = Callable[[Any], None]


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(contracts("app", compilation(DESK).program)["asyncapi.json"])


def payload(message: str) -> Callable[[Any], Any]:
    return lambda document: document["components"]["messages"][message]["payload"]


def without_message(channel: str, name: str) -> Tamper:
    def tamper(document: Any) -> None:
        del document["channels"][channel]["messages"][name]

    return tamper


def field(message: str, name: str, schema: Any, required: bool = False) -> Tamper:
    """Adds a field, or takes it away (None)."""

    def tamper(document: Any) -> None:
        found = payload(message)(document)
        for form in found.get("anyOf", [found]):
            form["required"] = [each for each in form["required"] if each != name]
            if schema is None:
                form["properties"].pop(name, None)
            else:
                form["properties"][name] = schema
            if required:
                form["required"].append(name)

    return tamper


def code(codes: str, key: str, value: Any) -> Tamper:
    def tamper(document: Any) -> None:
        places = [document] if codes in document else document["channels"].values()
        for place in places:
            if value is None:
                del place[codes][key]
            else:
                place[codes][key] = value

    return tamper


def refusal(was: str, status: int) -> Tamper:
    def tamper(document: Any) -> None:
        for channel in document["channels"].values():
            for each in channel["x-handshake"]:
                if each["code"] == was:
                    each["status"] = status

    return tamper


def narrowed(document: Any) -> None:
    payload("desk.v1.run")(document)["properties"]["key"]["maxLength"] = 100


def without_envelope(document: Any) -> None:
    for name in [name for name in document["channels"] if name.endswith(".v1")]:
        del document["channels"][name]


def retried(document: Any) -> None:
    error = document["components"]["schemas"]["error"]
    error["required"].remove("message")


TEXT = {"type": "string"}
ERROR = {"status": 418, "meaning": "no coffee"}
# What is done to the newer document; what is said when it comes, and when it goes; whether each
# of the two breaks.
CASES: dict[str, tuple[Tamper, tuple[str, bool], tuple[str, bool]]] = {
    "a message that clients send": (
        without_message("desk.v1", "cancel"),
        ("desk kanvas.v1 cancel: is not taken any more", True),
        ("desk kanvas.v1 cancel: is taken, too", False),
    ),
    "a message that clients wait for": (
        without_message("desk.v1", "pong"),
        ("desk kanvas.v1 pong: does not come any more", True),
        ("desk kanvas.v1 pong: may come, too", False),
    ),
    "texts that come early": (
        without_message("desk.v1", "partial"),
        ("desk kanvas.v1 partial: does not come any more", False),
        ("desk kanvas.v1 partial: may come, too", False),
    ),
    "a bare message": (
        without_message("desk.plain", "held"),
        ("desk kanvas.plain held: does not come any more", False),
        ("desk kanvas.plain held: may come, too", True),
    ),
    "a protocol": (
        without_envelope,
        ("desk kanvas.v1: is not spoken any more", True),
        ("", False),
    ),
    "a field that may be sent": (
        field("desk.v1.run", "mood", TEXT),
        ("desk kanvas.v1 run.mood: is new, and may be left out", False),
        ("desk kanvas.v1 run.mood: is refused: there is no such field any more", True),
    ),
    "a field that has to be sent": (
        field("v1.cancel", "why", TEXT, required=True),
        ("desk kanvas.v1 cancel.why: is new, and has to be sent", True),
        ("desk kanvas.v1 cancel.why: is refused: there is no such field any more", True),
    ),
    "a field that may come": (
        field("desk.v1.push", "hint", TEXT),
        ("desk kanvas.v1 push.hint: is new", False),
        ("desk kanvas.v1 push.hint: does not come", False),
    ),
    "a field that always comes": (
        field("desk.v1.result", "hint", TEXT, required=True),
        ("desk kanvas.v1 result.hint: is new", False),
        ("desk kanvas.v1 result.hint: does not come", True),
    ),
    "a part of an error": (
        retried,
        ("desk kanvas.v1 error.error.message: may be left out", True),
        ("desk kanvas.v1 error.error.message: always comes", False),
    ),
    "a field of another kind": (
        field("desk.v1.push", "cursor", {"type": "integer"}),
        ("desk kanvas.v1 push.cursor: integer may come, too", True),
        ("desk kanvas.v1 push.cursor: text may come, too", True),
    ),
    "a shorter key": (
        narrowed,
        ("desk kanvas.v1 run.key: at most 100 characters instead of 255", True),
        ("desk kanvas.v1 run.key: at most 255 characters instead of 100", False),
    ),
    "another version": (
        field("desk.v1.hello", "version", {"const": 2}, required=True),
        ("desk kanvas.v1 hello.version: is 2 instead of 1", True),
        ("desk kanvas.v1 hello.version: is 1 instead of 2", True),
    ),
    "an error code more": (
        code("x-error-codes", "teapot", ERROR),
        ("error teapot: may come, too", False),
        ("error teapot: does not come any more", False),
    ),
    "a status": (
        code("x-error-codes", "overloaded", {"status": 429, "meaning": "no room"}),
        ("error overloaded: has the status 429 instead of 503", True),
        ("error overloaded: has the status 503 instead of 429", True),
    ),
    "a close code more": (
        code("x-close-codes", "4409", "gone for lunch"),
        ("close code 4409: may come, too", False),
        ("close code 4409: does not come any more", False),
    ),
    "a close code that says something else": (
        code("x-close-codes", "1012", "lunch"),
        (
            'close code 1012: is described as "lunch" instead of'
            ' "the server restarts; connect again"',
            False,
        ),
        ("", False),
    ),
    "a refusal of a handshake": (
        refusal("overloaded", 429),
        ("handshake overloaded: has the status 429 instead of 503", True),
        ("handshake overloaded: has the status 503 instead of 429", True),
    ),
}


def _compared(tmp_path: Path, old: Any, new: Any) -> dict[str, bool]:
    sides = []
    for name, document in (("old.json", old), ("new.json", new)):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        sides.append(of_files(tmp_path / name))
    return {change.shown: change.breaking for change in compare(*sides)}


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_told_both_ways(document: Any, tmp_path: Path, case: str) -> None:
    tamper, *told = CASES[case]
    changed = copy.deepcopy(document)
    tamper(changed)
    for (what, breaking), sides in zip(
        told, ((document, changed), (changed, document)), strict=True
    ):
        found = _compared(tmp_path, *sides)
        if what:
            assert found.get(what) is breaking, found


def test_nothing_else_is_told(document: Any, tmp_path: Path) -> None:
    assert _compared(tmp_path, document, document) == {}
    changed = copy.deepcopy(document)
    code("x-error-codes", "teapot", ERROR)(changed)
    error = changed["components"]["schemas"]["error"]["properties"]["code"]
    error["enum"].append("teapot")
    assert _compared(tmp_path, document, changed) == {"error teapot: may come, too": False}


def test_a_program_talks_as_its_document_says(document: Any, tmp_path: Path) -> None:
    (tmp_path / "asyncapi.json").write_text(json.dumps(document), encoding="utf-8")
    talk = of_program(compilation(DESK).program).talk
    assert talk is not None
    assert talk == of_files(tmp_path / "asyncapi.json").talk
    assert set(talk.frames) >= {("desk", "kanvas.v1"), ("desk", "kanvas.plain")}
    assert talk.handshake["origin_refused"] == (403, 421)
