"""What a person is shown of a step: all that is executed, and nothing that is secret."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from kanvas_runtime.approvals.arguments import of_ask, of_call, of_http, of_memory
from kanvas_runtime.machine import Ask, Value
from kanvas_runtime.mask import MASK, Mask
from kanvas_runtime.memory.arguments import remembered
from kanvas_runtime.outside.request import prepare

from tests.runtime.approvals.refunds import Refund, Said

URL = "https://api.example.com/pay?to=ann"


def test_a_request_as_it_leaves() -> None:
    headers = {"Authorization": "Bearer s3cret", "X-Trace": "7", "Accept": "text/csv"}
    request = prepare("POST", URL, headers, {"amount": 250, "to": ["ann"]})
    assert of_http(request).shown(Mask()) == {
        "method": "POST",
        "url": URL,
        "headers": {
            "authorization": MASK,
            "x-trace": "7",
            "accept": "text/csv",
            "content-type": "application/json",
        },
        "body": {"amount": 250, "to": ["ann"]},
    }


@pytest.mark.parametrize(
    ("headers", "body", "shown"),
    [
        ({}, None, {}),
        ({}, "plain", {"body": "plain"}),
        ({"Content-Type": "application/json"}, "{broken", {"body": "{broken"}),
    ],
)
def test_a_body_of_any_kind(headers: dict[str, object], body: object, shown: Any) -> None:
    said: Any = of_http(prepare("POST", URL, headers, body)).shown(Mask())
    assert {name: value for name, value in said.items() if name == "body"} == shown


@pytest.mark.parametrize(
    "other",
    [
        prepare("PUT", URL, {}, "x"),
        prepare("POST", URL + "&more", {}, "x"),
        prepare("POST", URL, {"Authorization": "other"}, "x"),
        prepare("POST", URL, {}, "y"),
    ],
)
def test_whatever_is_executed_counts(other: Any) -> None:
    one = of_http(prepare("POST", URL, {}, "x"))
    assert one.fingerprint() == of_http(prepare("POST", URL, {}, "x")).fingerprint()
    assert one.fingerprint() != of_http(other).fingerprint()


def test_a_prompt_as_the_model_gets_it() -> None:
    step = Ask(name="judge", model="test:small", returns=Said, effort="low", max_tokens=100)
    shown: Any = of_ask(step, ("Is it fair? ", Value("input.order", "A-7")), "You judge").shown(
        Mask()
    )
    assert (shown["model"], shown["effort"], shown["max_tokens"]) == ("test:small", "low", 100)
    assert shown["system"].startswith("You judge")
    assert '"A-7"' in shown["user"]


def test_secrets_count_but_are_not_shown() -> None:
    one, other = Refund(order="A", amount=1, card="1"), Refund(order="A", amount=1, card="2")
    first, second = of_call("bank", one), of_call("bank", other)
    assert first.shown(Mask()) == second.shown(Mask())
    assert first.shown(Mask()) == {
        "machine": "bank",
        "input": {"order": "A", "amount": 1, "card": MASK},
    }
    assert first.fingerprint() != second.fingerprint()


def test_what_is_remembered() -> None:
    said: Any = of_memory(remembered("a note", "notes", {"a": [1]}, None, "1d")).shown(Mask())
    assert (said["content"], said["metadata"], said["ttl"]) == ("a note", {"a": [1]}, 86400.0)


SECRET = 'pa<ss>&"word\\1'


@pytest.mark.parametrize(
    "said",
    [
        of_http(prepare("POST", "https://api.example.com/" + quote(SECRET), {}, {"x": [SECRET]})),
        of_http(prepare("POST", URL, {}, f"as text {SECRET}")),
        of_memory(remembered(SECRET, "notes", {"a": SECRET}, None, None)),
        of_ask(
            Ask(name="judge", model="test:small", returns=Said),
            ("Is it? ", Value("input.code", SECRET), Value("input.more", {"b": SECRET})),
            None,
        ),
    ],
)
def test_secrets_of_the_app_are_masked_wherever_they_stand(said: Any) -> None:
    told = said.told(Mask([SECRET]))
    assert MASK in told
    assert "word" not in told
    assert said.fingerprint()
