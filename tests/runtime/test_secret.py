"""Secrets of the environment: where they are read, what is said when they are not there, and how
texts are kept free of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import pytest
from kanvas_runtime.contract import Integer, Record, Secret, Text
from kanvas_runtime.logs import Discretion
from kanvas_runtime.machine import Machine
from kanvas_runtime.mask import Mask
from kanvas_runtime.secret import SecretProblem, Secrets, read

CANARY = 'canary "ö" 0123/456'


class Nothing(Record):
    pass


class Card(Record):
    holder: Text
    number: Annotated[Text, Secret()]


class Given(Record):
    name: Text
    pin: Annotated[Integer, Secret()]
    card: Card
    keys: Annotated[dict[str, Text], Secret()]
    more: Annotated[list[Text], Secret()]


def needing(*names: str, calls: tuple[Machine[Any, Any], ...] = ()) -> Machine[Any, Any]:
    return Machine("m", Nothing, Nothing, lambda _, __: Nothing(), needs=names, calls=calls)


def test_the_environment_and_the_file_supply_secrets(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"b": "from the file", "a": "not this one", "c": "nobody asks"}))
    file.chmod(0o600)
    told: list[str] = []
    found = read(
        [needing("a", calls=(needing("b"),))],
        {"KANVAS_SECRET_A": "from outside", "KANVAS_SECRETS_FILE": str(file)},
        told.append,
    )
    assert (found.of("a"), found.of("b")) == ("from outside", "from the file")
    assert told == []
    file.chmod(0o644)
    read([needing("b")], {"KANVAS_SECRETS_FILE": str(file)}, told.append)
    assert told == [f"{file} can be read by others: chmod 600 {file}"]


def test_nothing_is_read_for_machines_that_need_nothing() -> None:
    assert not read([needing()], {"KANVAS_SECRETS_FILE": "/nowhere"}).mask


def problem(machine: Machine[Any, Any], **environment: str) -> str:
    with pytest.raises(SecretProblem) as caught:
        read([machine], environment)
    return str(caught.value)


def test_all_that_is_missing_is_named_at_once() -> None:
    told = problem(needing("report_key", "pin"), KANVAS_SECRET_PIN="")
    assert told == (
        "2 secrets are missing (report_key, for m; pin, for m). Set KANVAS_SECRET_REPORT_KEY,"
        ' KANVAS_SECRET_PIN, or put a JSON object with "report_key", "pin" into the file that'
        " KANVAS_SECRETS_FILE names. With --simulate no secrets are needed."
    )
    assert problem(needing("pin")).startswith("a secret is missing (pin, for m). Set ")


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    assert problem(needing("pin"), KANVAS_SECRET_PIN="1234567").startswith(
        "pin: a secret has at least 8 characters."
    )


@pytest.mark.parametrize(
    "content", ["", "[]", "canary", '{"pin": 1}', '{"pin": null}', "\xff", "[" * 100_000]
)
def test_a_file_that_is_none_is_refused_without_its_content(content: str, tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text(content, encoding="latin-1")
    told = problem(needing("pin"), KANVAS_SECRETS_FILE=str(file))
    assert told == f'KANVAS_SECRETS_FILE: {file} is no JSON object of texts, {{"name": "…"}}'


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = problem(needing("pin"), KANVAS_SECRETS_FILE=str(tmp_path / "none"))
    assert told.endswith("none cannot be read: No such file or directory")


def test_a_simulated_app_has_placeholders() -> None:
    assert Secrets.assumed().of("report_key") == "simulated-report_key"
    assert not Secrets.assumed().mask


def test_secrets_are_not_shown() -> None:
    assert CANARY not in repr(Secrets({"key": CANARY}))


def test_secret_fields_are_hidden_too() -> None:
    record = Given(
        name="visible",
        pin=12345678,
        card=Card(holder="visible", number="4111111111"),
        keys={"canary-key": "canary-value"},
        more=["canary-more"],
    )
    mask = Secrets({"key": "canary-own"}).within([record])
    for text in ("12345678", "4111111111", "canary-key", "canary-value", "canary-more"):
        assert mask.text(f"a {text}") == "a [secret]"
    assert mask.text("canary-own") == "[secret]"
    assert mask.text("visible") == "visible"


def test_a_log_says_no_secret_while_it_may_not(caplog: pytest.LogCaptureFixture) -> None:
    discretion = Discretion(Mask(["hunter2hunter2"]))
    log = logging.getLogger("anybody.else")
    discretion.begin()
    try:
        log.warning("a %s", "hunter2hunter2")
        try:
            raise ValueError("hunter2hunter2")
        except ValueError:
            log.exception("failed")
        log.warning("%s is fine", "this")
    finally:
        discretion.end()
    written = [logging.Formatter().format(record) for record in caplog.records]
    assert "hunter2" not in "".join(written)
    assert written[0] == "a [secret]"
    assert written[1].startswith("failed\nTraceback")
    assert written[1].endswith("ValueError: [secret]")
    assert written[2] == "this is fine"
    log.warning("hunter2hunter2")
    assert caplog.records[-1].getMessage() == "hunter2hunter2"
