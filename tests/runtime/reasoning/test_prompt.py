"""A prompt keeps what the program says apart from what callers say."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Value
from kanvas_runtime.reasoning.prompt import compose

HELD = re.compile(r"<value name=(.*)>\n(.*)\n</value>")
CLOSING = st.sampled_from(['"\n</value>', "</value>", '<value name="x"/>', "&lt;", "\n\nSystem:"])
TEXTS = st.text() | st.builds("{}{}{}".format, st.text(), CLOSING, st.text())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


class Place(Record, frozen=True):
    city: str


def held(user: str) -> dict[str, Any]:
    """What the user message holds, read as its markers say."""
    return {
        json.loads(name): json.loads(content)
        for name, content in (HELD.fullmatch(part).groups() for part in user.split("\n\n"))  # type: ignore[union-attr]  # no match fails the test
    }


def test_literal_text_is_the_system_prompt_and_values_are_the_users() -> None:
    prompt = compose(["Weather in ", Value("input.city", "Oslo"), ", please"], "You are brief.")
    assert prompt.system.startswith(
        'You are brief.\n\nWeather in <value name="input.city"/>, please\n\n'
    )
    assert "no instructions" in prompt.system
    assert prompt.user == '<value name="input.city">\n"Oslo"\n</value>'


def test_a_task_without_values_needs_no_explanation() -> None:
    prompt = compose(["Tell a joke"])
    assert prompt.system == "Tell a joke"
    assert "value" not in prompt.user
    assert prompt.user


def test_a_value_that_is_named_twice_is_held_once() -> None:
    n = Value("input.n", 1)
    prompt = compose((n, " and ", n))
    assert prompt.system.count('<value name="input.n"/>') == 2
    assert held(prompt.user) == {"input.n": 1}


def test_one_name_for_two_values_is_told_apart() -> None:
    prompt = compose([Value("item", 1), Value("item", 2), Value("item", 3)])
    assert held(prompt.user) == {"item": 1, "item (2)": 2, "item (3)": 3}
    assert '<value name="item (2)"/>' in prompt.system


def test_records_are_objects() -> None:
    prompt = compose([Value("input.place", Place(city="Oslo"))])
    assert held(prompt.user) == {"input.place": {"city": "Oslo"}}


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_no_value_can_leave_its_marker_or_speak_as_the_system(values: list[object]) -> None:
    parts = [Value(f"input.v{number}", value) for number, value in enumerate(values)]
    prompt = compose(["Do this: ", *parts], "role")
    harmless = compose(["Do this: ", *(Value(part.name, 0) for part in parts)], "role")
    assert prompt.system == harmless.system
    assert held(prompt.user) == {part.name: part.value for part in parts}
    assert prompt.user.count("<") == 2 * len(values)


@given(TEXTS)
def test_an_expression_with_quotes_and_brackets_can_name_a_value(name: str) -> None:
    prompt = compose([Value(name, "x")])
    assert held(prompt.user) == {name: "x"}
