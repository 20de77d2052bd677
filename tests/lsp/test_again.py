"""Checking what changed, and checking everything: the same findings, the same types.

Programs are put together from right and wrong ones and edited at random. Each version is analysed
with what is known from the versions before, and once more with nothing known.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanvasc.analysis import Analysis
from kanvasc.lsp import documents, layout
from kanvasc.lsp.documents import Document, Documents
from kanvasc.source import Span
from kanvasc.types import machine
from kanvasc.types.program import TypedMachine

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path
    for path in (*ROOT.glob("examples/*/[!.]*.kanvas"), *ROOT.glob("tests/corpus/wrong/*.kanvas"))
    if path.is_file() and path.stat().st_size < 3_000
)
WORDS = (
    "x", " ", "\n", "(", "}", '"', '"""', "// ", "null", "@std", "input.", "steps.",
    "as text", "as integer", "is secret", "is required", "machine desk\n", "type place\n",
    "from desk", 'path: "/a"',
)  # fmt: skip

CALLED = """\
type place
  city as text
  code as text is secret

machine desk
  accepts
    at as place, is required
    count as integer default: 1
  responds with
    label as text
  implements
    compute answer
      {label: input.at.city}
  expresses
    websocket
      path: "/desk"

machine caller
  accepts
    city as text is required
  responds with
    said as text
  ensures
    permissions
      allowed to call "desk"
  implements
    ask answer from: "desk"
      at: {city: input.city, code: "1"}
    compute end
      {said: steps.answer.label}
  expresses
    page
      path: "/caller"

machine beside
  accepts
    n as integer is required
  responds with
    n as integer
  implements
    compute answer
      {n: input.n + 1}
"""


@pytest.fixture(autouse=True)
def all_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short programs are laid out and remembered as long ones are."""
    monkeypatch.setattr(layout, "SHORT", 0)
    monkeypatch.setattr(documents, "SHORT", 0)


def version(
    buffers: Documents, text: str, number: int, uri: str = "file:///again/app.kanvas"
) -> Document:
    return buffers.put(uri, text, number)


def assert_same(buffers: Documents, document: Document) -> None:
    known, anew = document.analysis, Analysis(document.source, buffers.sources)
    assert known.diagnostics == anew.diagnostics
    assert repr(known.program) == repr(anew.program)  # symbols are equal to themselves alone
    assert known.trace.fields == anew.trace.fields
    assert seen(known) == seen(anew)


def seen(analysis: Analysis) -> list[tuple[Span, str]]:
    """What an editor is told of every place. Some trees are made while a program is typed, so that
    they are no keys."""
    values = [(one.expr.span, repr(one.typed.type)) for one in analysis.trace.values.values()]
    steps = [(one.step.span, repr(one.made)) for one in analysis.trace.steps.values()]
    return sorted((*values, *steps))


@st.composite
def edits(draw: st.DrawFn, text: str) -> str:
    """The text with one change."""
    kind = draw(st.sampled_from(["swap", "swap", "swap", "write", "cut", "line", "repeat"]))
    if kind == "swap":
        words = [*re.finditer(r"\w+", text)]
        word, other = draw(st.sampled_from(words)), draw(st.sampled_from(words))
        return text[: word.start()] + other[0] + text[word.end() :]
    at = draw(st.integers(0, len(text)))
    if kind == "write":
        return text[:at] + draw(st.sampled_from(WORDS)) + text[at:]
    if kind == "cut":
        return text[:at] + text[at + draw(st.integers(1, 12)) :]
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1 or len(text)
    if kind == "line":
        return text[:start] + text[end:]
    return text + text[text.rfind("\nmachine ", 0, at) + 1 : end]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(st.lists(st.sampled_from(CORPUS), max_size=1), st.data())
def test_what_is_known_changes_no_finding(paths: list[Path], data: st.DataObject) -> None:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    text = "\n".join([*texts, CALLED])
    buffers = Documents()
    assert_same(buffers, version(buffers, text, 0))
    for number in range(1, 7):
        text = data.draw(edits(text))
        assert_same(buffers, version(buffers, text, number))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of machines, each time that one is typed."""
    names: list[str] = []
    really = machine.typed_machine

    def noted(at, declarations, surfaces, written) -> TypedMachine:  # type: ignore[no-untyped-def]
        names.append(written.name.text)
        return really(at, declarations, surfaces, written)

    monkeypatch.setattr("kanvasc.types.check.typed_machine", noted)
    return names


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("input.n + 1", "input.n + 2", ["beside"]),
        ("{label: input.at.city}", '{label: input.at.city ?? ""}', ["desk"]),
        ("count as integer default: 1", "count as integer default: 2", ["desk", "caller"]),
        ("city as text\n  code", "city as text null\n  code", ["desk", "caller", "beside"]),
        ("machine beside", "machine besides", ["desk", "caller", "beside"]),
        ('path: "/caller"', 'path: "/desk"', ["caller"]),
        ("said as text\n", "said as text (\n", ["caller"]),
    ],
)
def test_only_what_is_concerned_is_typed_again(
    typed: list[str], before: str, after: str, expected: list[str]
) -> None:
    buffers = Documents()
    assert version(buffers, CALLED, 0).analysis.program
    typed.clear()
    changed = version(buffers, CALLED.replace(before, after, 1), 1)
    assert changed.text != CALLED
    assert changed.analysis.program
    assert [name.removesuffix("s") for name in typed] == [n.removesuffix("s") for n in expected]
    assert_same(buffers, changed)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("count as integer default: 1", "count as integer is required", "K3006"),
        ("label as text", "label as integer", "K3002"),
        ('path: "/caller"', 'path: "/desk"', "K5002"),
        ('path: "/desk"', 'path: "/caller"', "K5002"),
        ("machine desk", "machine disk", "K1030"),
    ],
)
def test_what_one_machine_says_of_another_is_found_again(
    before: str, after: str, code: str
) -> None:
    buffers = Documents()
    sound = version(buffers, CALLED, 0)
    assert sound.analysis.diagnostics == ()
    changed = version(buffers, CALLED.replace(before, after, 1), 1)
    assert_same(buffers, changed)
    assert code in [found.code for found in changed.analysis.diagnostics]
    back = version(buffers, CALLED, 2)
    assert_same(buffers, back)
    assert back.analysis.diagnostics == ()


def test_names_that_may_be_meant_are_those_that_there_are() -> None:
    buffers = Documents()
    misspelt = CALLED.replace('from: "desk"', 'from: "besides"')
    for number, name in enumerate(("beside", "other", "besides")):
        document = version(buffers, misspelt.replace("machine beside", f"machine {name}"), number)
        assert_same(buffers, document)


def test_a_fault_behind_a_machine_may_be_about_its_outputs() -> None:
    buffers = Documents()
    for number, behind in enumerate(('\nuses "x"\n', '\nuses "x\n', "")):
        assert_same(buffers, version(buffers, CALLED + behind, number))
