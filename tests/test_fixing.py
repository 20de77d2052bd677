"""All safe fixes of a program at once: they come to an end, and nothing is worse than before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.diagnostics import CODES, Diagnostic, Edit, Fix, Severity, report
from kanvasc.fixing import applied, fix_all
from kanvasc.source import Source, Span
from tests.diagnostics.programs import WRONG, findings
from tests.syntax.programs import corpus
from tests.syntax.test_recovery import FAULTS

PROGRAMS = {
    **{path.stem: path.read_text(encoding="utf-8") for path in WRONG},
    **{f"registered-{entry.code}": entry.wrong for entry in CODES.values()},
    **{f"fault-{name}": text for name, text in FAULTS.items()},
}


def check(source: Source) -> tuple[Diagnostic, ...]:
    return findings(source.text, source.path)


def errors(text: str) -> int:
    return sum(found.severity is Severity.ERROR for found in findings(text))


def safe(found: tuple[Diagnostic, ...]) -> list[Fix]:
    return [fix for one in found for fix in one.fixes if fix.safe]


def converges(text: str) -> str:
    """The fixed text, once it is sure that it is not worse and that nothing is left to fix."""
    fixed = fix_all(Source("app.kanvas", text), check)
    assert errors(fixed.source.text) <= errors(text)
    assert fixed.findings == findings(fixed.source.text)
    again = fix_all(fixed.source, check)
    assert (again.source, again.titles) == (fixed.source, ())
    return fixed.source.text


@pytest.mark.parametrize("name", PROGRAMS)
def test_all_safe_fixes_of_a_wrong_program_converge_and_break_nothing(name: str) -> None:
    fixed = converges(PROGRAMS[name])
    assert safe(findings(fixed)) == []


def test_fixing_is_put_to_the_test() -> None:
    changed = [name for name, text in PROGRAMS.items() if safe(findings(text))]
    assert len(changed) > 30


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(PROGRAMS.values())), min_size=2, max_size=5))
def test_several_programs_in_one_file(texts: list[str]) -> None:
    converges("\n".join(texts))


WORDS = sorted({word for text in PROGRAMS.values() for word in text.split(" ")})


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_programs_with_parts_of_others_in_them(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from([*PROGRAMS.values(), *corpus().values()])).split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(st.sampled_from(WORDS))
    converges(" ".join(words))


def rule(*rules: tuple[str, str]) -> object:
    """A checker that knows one finding for each text that stands in the program, and its fix."""

    def find(source: Source) -> tuple[Diagnostic, ...]:
        found: list[Diagnostic] = []
        for wrong, right in rules:
            at = source.text.find(wrong)
            if at >= 0:
                span = Span(at, at + len(wrong))
                fix = Fix(f"write {right}", (Edit(span, right),))
                found.append(report("K1014", span, wrong, fixes=(fix,)))
        if "bad" in source.text:
            found.append(report("K1001", Span(0, 0), "bad"))
        return tuple(found)

    return find


@pytest.mark.parametrize(
    ("rules", "before", "after"),
    [
        ([("a", "b"), ("b", "c")], "a", "c"),
        ([("one", "two"), ("three", "four")], "one three", "two four"),
        ([("one t", "x"), ("t three", "y")], "one t three", "x three"),
        ([("a", "b"), ("b", "a")], "a", "b"),
        ([("x", "xx")], "x", None),
        ([("one", "bad"), ("two", "good")], "one two", "one good"),
        ([("one", "bad")], "one", "one"),
        ([("one", "fine")], "bad one", "bad fine"),
    ],
    ids=[
        "one makes room for another",
        "two at once",
        "one at a time where they touch",
        "two that undo each other",
        "one that never ends",
        "one does harm and the other does not",
        "one does harm",
        "an error that was there already",
    ],
)
def test_rounds(rules: list[tuple[str, str]], before: str, after: str | None) -> None:
    fixed = fix_all(Source("a", before), rule(*rules))  # type: ignore[arg-type]  # a plain rule
    if after is None:
        assert set(fixed.source.text) == {"x"}
    else:
        assert fixed.source.text == after


def test_edits_at_one_place_and_from_the_last_to_the_first() -> None:
    edits = (Edit(Span(0, 1), "A"), Edit(Span(3, 3), "!"), Edit(Span(0, 1), "A"))
    assert applied("abc", edits) == "Abc!"
