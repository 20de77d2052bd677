"""A program with one type changed is refused, or still runs and keeps its contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.errors import Refusal

from tests.soundness.choosing import Chooser, Drawn
from tests.soundness.programs import Program, inputs, program
from tests.soundness.running import compilation, errors, loaded, result

TYPES = ("text", "integer", "number", "decimal", "boolean", "datetime", "list of text", "any")
LITERALS = ('"mutant"', "1", "2.5", "true", "null", "[1]", "{a: 1}")
_FIELD = re.compile(r"(?<= as )(text|integer|number|decimal|boolean|datetime)\b")
_LITERAL = re.compile(r'(?<=[(\[, ])("[^"\\$]*"|\d+(?:\.\d+)?|true|false)(?=[)\], ])')
_INSTEAD = re.compile(r" \?\? [^()\[\]{}\s]+(?=\))")
_REFERENCE = re.compile(r"\b(?:input|steps)\.[a-z_]+")


def mutate(choose: Chooser, text: str) -> str | None:
    """The text with one thing changed, or None where it has no such thing."""
    pattern, replacements = choose.pick(
        (
            (_FIELD, TYPES),
            (_LITERAL, LITERALS),
            (_INSTEAD, ("",)),
            (_REFERENCE, tuple(_REFERENCE.findall(text)) or ("input",)),
        )
    )
    found = list(pattern.finditer(text))
    if not found:
        return None
    place = choose.pick(found)
    replacement: str = choose.pick(replacements)
    return text[: place.start()] + replacement + text[place.end() :]


def ran(
    choose: Chooser, made: Program, run: Callable[[Any, dict[str, Any]], Any], times: int
) -> None:
    """A program, made as `mutated`, with one thing changed: it is refused, or `run` takes its
    machine and inputs, and may only refuse them."""
    mutant = mutate(choose, made.text)
    assume(mutant is not None and mutant != made.text)
    assert mutant is not None
    compiled = compilation(mutant)
    if errors(compiled):
        return
    with loaded(compiled, "mutated") as module:
        for _ in range(times):
            # The input is one that fitted the program before the change.
            with suppress(Refusal):
                run(module.MACHINE, inputs(choose, made))


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_change_of_type_is_found_or_harmless(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    ran(choose, program(choose, "mutated"), result, times=3)
