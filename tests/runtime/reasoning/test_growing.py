"""Texts of an answer while it is written: always the beginning of what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Ask
from kanvas_runtime.reasoning.growing import Fields, Watch

WANTED = ("reply", "note")


def grown(pieces: Iterable[str]) -> dict[str, str]:
    """What a client has who does as it is told."""
    fields, has = Fields(WANTED), dict[str, str]()
    for piece in pieces:
        for name, text in fields.feed(piece):
            if text is None:
                has.pop(name)
            else:
                has[name] = has.get(name, "") + text
    return has


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
OBJECTS = st.dictionaries(
    st.sampled_from((*WANTED, "other", 'q"uote', "é")), st.text(max_size=12) | JSON, max_size=5
)


@given(OBJECTS, st.booleans(), st.sampled_from((None, 1)), st.data())
@settings(max_examples=200, deadline=None)
def test_however_it_is_cut_the_texts_come_whole(
    value: dict[str, Any], ascii_only: bool, indent: int | None, data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    texts = {name: each for name, each in value.items() if isinstance(each, str) and each}
    assert grown(pieces) == {name: texts[name] for name in WANTED if name in texts}


@given(OBJECTS, st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_what_was_told_is_a_beginning(value: dict[str, Any], cut: int) -> None:
    for name, told in grown([json.dumps(value)[:cut]]).items():
        assert value[name].startswith(told)


@given(st.text(alphabet='{}[]",:\\u0dD8c reply\n1', max_size=60))
@settings(max_examples=200, deadline=None)
def test_nothing_breaks_it(text: str) -> None:
    grown(text).get("reply", "").encode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"reply":"one","reply":"two"}', {"reply": "two"}),
        ('{"reply":"one","reply":null}', {}),
        ('{"reply":"a\\ud83d\\ude00b"}', {"reply": "a😀b"}),
        ('{"reply":"a\\ud83d', {"reply": "a"}),
        ('{"reply":"a\\ud83db"}', {"reply": "a"}),
        ('{"reply":"a\\ude00b"}', {"reply": "a"}),
        ('{"reply":"a\\xb"}', {"reply": "a"}),
        ('{"reply":"a\\u12g4b"}', {"reply": "a"}),
        ('{"reply":"a\nb"}', {"reply": "a"}),
        ('{"other":{"reply":"no"},"note":"yes"}', {"note": "yes"}),
        ('{"other":"}\\"{","note":"yes"}', {"note": "yes"}),
        ('{"re\\u0070ly":"yes"}', {"reply": "yes"}),
        ('["reply"]', {}),
        ('{"reply" "no"}', {}),
        ('{"reply":5,"note":"yes"}', {"note": "yes"}),
        ('{"reply":"yes"} {"reply":"no"}', {"reply": "yes"}),
        ("", {}),
    ],
)
def test_odd_json(text: str, told: dict[str, str]) -> None:
    assert grown([text]) == told
    assert grown(text) == told, "character by character"


class Reply(Record):
    reply: str
    mood: str = "good"


class Text(Record):
    text: str


STEP: Ask[Any] = Ask(name="write", model="anthropic:m", returns=Reply, streams=(("reply", "out"),))
PLAIN: Ask[Any] = Ask(
    name="say", model="anthropic:m", returns=Text, plain=True, streams=(("text", "out"),)
)


class Heard:
    def __init__(self) -> None:
        self.said: list[tuple[str, str, str | None]] = []
        self.told: set[tuple[str, str]] = set()

    def watch(self, step: Ask[Any] = STEP) -> Watch:
        return Watch(step, lambda *said: self.said.append(said), self.told)


def test_a_field_is_told_by_its_name_in_the_output() -> None:
    heard = Heard()
    watch = heard.watch()
    watch.begin()
    for piece in ('{"mood":"bad","rep', 'ly":"Good', ' day"}'):
        watch.take(piece)
    assert heard.said == [("write", "out", "Good"), ("write", "out", " day")]


def test_an_answer_without_a_schema_is_told_as_it_comes() -> None:
    heard = Heard()
    watch = heard.watch(PLAIN)
    watch.begin()
    for piece in ("{", "", '"reply"'):
        watch.take(piece)
    assert heard.said == [("say", "out", "{"), ("say", "out", '"reply"')]


def test_a_second_answer_voids_the_first() -> None:
    heard = Heard()
    watch = heard.watch()
    watch.begin()
    watch.take('{"reply":"Go')
    watch.begin()
    watch.take('{"reply":"Ho')
    assert [text for *_, text in heard.said] == ["Go", None, "Ho"]


def test_a_step_that_is_carried_out_again_voids_what_it_told() -> None:
    heard = Heard()
    for word in ("one", "two"):
        watch = heard.watch()
        watch.begin()
        watch.take(f'{{"reply":"{word}"}}')
    assert [text for *_, text in heard.said] == ["one", None, "two"]


def test_a_failure_voids_what_was_told_and_nothing_twice() -> None:
    heard = Heard()
    watch = heard.watch()
    watch.begin()
    watch.void()
    watch.take('{"reply":"one')
    watch.void()
    watch.void()
    assert [text for *_, text in heard.said] == ["one", None]


@pytest.mark.parametrize("text", ["Good day", "", " two  blanks ", "a\nb"])
def test_an_assumed_text_comes_word_by_word(text: str) -> None:
    heard = Heard()
    heard.watch().assumed(Reply(reply=text))
    assert "".join(each or "" for *_, each in heard.said) == text
