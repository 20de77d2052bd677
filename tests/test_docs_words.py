"""Every word of the language has its place in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kanvasc.syntax.words import KEYWORDS, PHRASES
from kanvasc.types.control import FAILURE, FAILURE_TYPES
from kanvasc.types.formats import FORMATS
from kanvasc.types.library import CONSTANTS, FUNCTIONS, METHODS
from kanvasc.types.memory import REMEMBERED, WANTED
from kanvasc.types.modifiers import READERS as MODIFIERS
from kanvasc.types.permissions import CAPABILITIES
from kanvasc.types.renders import FORMS
from kanvasc.types.requests import HTTP, INPUTS
from kanvasc.types.requests import METHODS as HTTP_METHODS
from kanvasc.types.retries import BACKOFFS
from kanvasc.types.surface_options import READERS as SURFACES

DOCS = Path(__file__).parents[1] / "docs"


def page(*names: str) -> str:
    return "\n".join((DOCS / name).read_text("utf-8") for name in names)


REFERENCE = page(*(f"language/{path.name}" for path in sorted((DOCS / "language").glob("*.md"))))


def names(text: str, word: str) -> bool:
    """Whether the word stands in what is set as code: in a span, a cell or a block."""
    code = "\n".join([*re.findall(r"`[^`\n]+`", text), *re.findall(r"```.*?```", text, re.S)])
    return re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", code) is not None


KINDS = ("text", "integer", "number", "decimal", "boolean", "uuid", "date", "datetime", "list")
KINDS += ("list of T", "map", "map of T", "object", "enum", "any")
SECTIONS = ("accepts", "responds with", "achieves", "ensures", "implements", "expresses")
SECTIONS += ("verifies", "goal", "succeeds when", "never", "for example", "given", "expect")
SECTIONS += ("permissions", "allowed to", "not allowed to", "requires approval for", "guards")
SECTIONS += ("needs", "limits", "state", "runtime", "schedules", "subscribes", "publishes")
SECTIONS += ("expect error", "expect push", "assuming now", *CAPABILITIES)
ASKING = ("using", "with task", "with role", "with effort", "with max_tokens", "returns")
ASKING += ("assuming", "with temperature", "from", HTTP + "get", "method", *INPUTS)
STEPS = ("ask", "action", "compute", "let", "decide", "when", "otherwise", "match", "for each")
STEPS += ("loop.index", "concurrency", "together", "retry", "max", "backoff", "delay", *BACKOFFS)
STEPS += ("on failure", *(f"error.{field.name}" for field in FAILURE.fields), *FAILURE_TYPES.values)
STEPS += ("flow", "run flow", *HTTP_METHODS)
KEPT = ("set", "remember", "recall", *REMEMBERED, *WANTED, "results", "count", "score", "every")
KEPT += ("cron", "timeout", "max_retries")
OPERATORS = ("a.b", "a(…)", "a[i]", "-a", "!a", "*", "/", "%", "+", "-", "<", "<=", ">", ">=")
OPERATORS += ("is less than", "is at most", "is greater than", "is at least", "==", "!=", "is")
OPERATORS += ("is not", "in", "not", "and", "&&", "or", "??", "? :")
ROOTS = ("input.field", "steps.name", "state.field", "context.now", "context.surface")
ROOTS += ("context.principal", "secrets.name", "length")
NOT_SUPPORTED = ("stores", "has", "authority", "wait for", "launch", "launch_many", "goto")
NOT_SUPPORTED += ("with tools", "ask … of", "exec", "db", "dataframe", "shortcut", "a2a", "locale")
OLDER = ("llm_call", "http_request", "machine.call", "required", "string", "list(text)", "nil")
OLDER += ("authentication", "flows", "default 3", "@mashin/actions/http/get")

PLACES: dict[str, tuple[str, ...]] = {
    "language/types.md": (*KINDS, *(word for word in MODIFIERS if word != "from"), *FORMATS),
    "language/sections.md": SECTIONS,
    "language/steps.md": (*ASKING, *STEPS),
    "language/kept.md": KEPT,
    "language/events.md": ("subscribes", "publishes", "publish", "push", "schema"),
    "language/expressions.md": (*OPERATORS, *ROOTS),
    "language/surfaces.md": (
        *(name for options in SURFACES.values() for name in options),
        *("render", *FORMS),
    ),
    "language/older.md": (*NOT_SUPPORTED, *OLDER, "name.length()"),
}
CASES = [(name, word) for name, words in PLACES.items() for word in dict.fromkeys(words)]


@pytest.mark.parametrize(("name", "word"), CASES, ids=lambda value: value)
def test_a_row_of_the_language_has_a_place(name: str, word: str) -> None:
    assert names(page(name), word)


def test_every_word_that_the_compiler_reads_is_in_the_reference() -> None:
    phrases = [" ".join((first, *rest)) for first, found in PHRASES.items() for rest, _ in found]
    missing = [word for word in (*KEYWORDS, *phrases) if not names(REFERENCE, word)]
    assert missing == []


def test_every_function_has_an_entry() -> None:
    library = page("library.md")
    for function in (*METHODS, *FUNCTIONS):
        assert f"| `{function.signature}` |" in library
    for constant in CONSTANTS:
        assert f"`{constant}`" in library
