"""One program in four layouts is one tree."""

from __future__ import annotations

import pytest

from kanvasc.syntax import parse
from tests.syntax.programs import (
    HEAD,
    STEPS,
    corpus,
    errors,
    findings,
    fixed,
    line_a_section,
    one_line,
    sections_at_margin,
    source,
)

SEED = """machine live_metrics
accepts metric_name as text
responds with value as number timestamp as text
ensures permissions allowed to reason
implements ask latest, using: "anthropic:claude-haiku-4-5" with task "Retrieve the latest \
value for metric: ${input.metric_name}" returns value as number timestamp as text assuming \
value: 42.5 timestamp: "2026-05-07T12:00:00Z"
expresses websocket path: "/ws/metrics"
machine system_dashboard
expresses page path: "/dashboard" title: "System Metrics" websocket path: "/ws/metrics"
"""

INLINE = {
    "choice": STEPS
    + '    decide kind\n      when input.a == "x" 1\n      otherwise 2\n'
    + "    compute twice\n      let b = steps.kind\n      b * 2\n    steps.twice\n",
    "match": STEPS
    + '    decide kind\n      match input.a\n        "x", "y" => 1\n        -1 => 2\n'
    + "        otherwise => 3\n    flow tidy\n      run flow(other)\n    flow other\n      1\n",
    "words": "machine m\n  accepts\n    as as text\n    is as text, is required\n    from as text\n"
    "    returns as list\n    of as text\n  responds with\n    with as text\n    accepts as text\n"
    "    implements as text from state.from\n  expresses\n    api\n      path: input.is\n"
    "      when: steps.as.not.in\n      expresses: {ask: 1, accepts: 2}\n",
    "governed": "machine m\n  ensures\n    permissions\n      allowed to\n"
    '        reason, http "a.example"\n      not allowed to\n        memory\n    guards\n'
    "      clean\n        check: not output.a.b\n    limits\n      runs_per_minute: 60\n"
    '  achieves\n    goal reduce\n    for example\n      given {a: "b"}\n      expect {c: 1}\n'
    '  verifies\n    test "x"\n      given {a: 1}\n      expect error "denied"\n',
    "state": "machine m\n  implements\n    state\n      count as number, default: 0\n"
    '    schedules\n      every: "10s"\n    publishes\n      "a.b"\n        schema\n'
    '          c as text\n      "d.e"\n    set state.count = state.count + 1\n'
    "    push {count: state.count}\n    state.count\n",
}


def test_the_surface_page_s_programs_compile_as_they_are_printed() -> None:
    parsed = parse(source(SEED))
    assert parsed.diagnostics == ()
    assert parse(source(one_line(SEED))).tree == parsed.tree
    assert parse(source(corpus()["live_metrics"])).tree == parsed.tree


@pytest.mark.parametrize("name", corpus())
def test_the_corpus_has_no_findings(name: str) -> None:
    text = corpus()[name]
    assert findings(text) == []
    assert parse(source(sections_at_margin(text))).tree == parse(source(text)).tree
    assert findings(sections_at_margin(text)) == []


@pytest.mark.parametrize("name", INLINE)
def test_four_layouts(name: str) -> None:
    text = INLINE[name]
    parsed = parse(source(text))
    assert parsed.diagnostics == ()
    assert len(parsed.tree.machines[0].sections) >= 1
    for layout in (sections_at_margin, line_a_section, one_line):
        other = parse(source(layout(text)))
        assert other.diagnostics == (), layout.__name__
        assert other.tree == parsed.tree, layout.__name__


def test_different_programs_have_different_trees() -> None:
    assert parse(source(INLINE["choice"])).tree != parse(source(INLINE["match"])).tree


def test_line_ends_margins_and_byte_order_marks_do_not_count() -> None:
    text = corpus()["orders"]
    plain = parse(source(text)).tree
    assert parse(source("\ufeff" + text)).tree == plain
    assert parse(source(text.replace("\n", "  \n"))).tree == plain
    assert parse(source(text.replace("\n", "\r\n"))).tree == plain
    assert parse(source(text.replace("\n", "\n\n"))).tree == plain


def test_comments_are_kept_where_they_stand() -> None:
    text = HEAD + "  // one\n  implements // two\n    1 // three\n"
    comments = parse(source(text)).tree.comments
    assert [comment.text for comment in comments] == ["// one", "// two", "// three"]
    assert [text[c.span.start : c.span.end] for c in comments] == [c.text for c in comments]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("    decide d\n      when input.a 1\n        2\n", "K0014"),
        ("    decide d\n      when input.a compute b\n        2\n      otherwise 3\n", "K0012"),
        ("    decide d\n      when input.a\n      otherwise 3\n", "K0013"),
        ("    decide d\n      when input.a\n        1\n        2\n", "K0015"),
    ],
)
def test_indentation_decides_about_bodies(body: str, code: str) -> None:
    assert [found.code for found in errors(STEPS + body)] == [code]


def test_a_line_that_begins_with_an_operator_goes_on() -> None:
    joined = STEPS + "    compute x\n      a.b + 1 ?? 2 and c\n"
    broken = STEPS + "    compute x\n      a\n        .b + 1\n        ?? 2\n      and c\n"
    assert parse(source(broken)).tree == parse(source(joined)).tree
    after = STEPS + "    compute x\n      a.b +\n        1 ?? 2 and\n        c\n"
    assert parse(source(after)).tree == parse(source(joined)).tree


@pytest.mark.parametrize("begin", ["-1", "(1)", "[1]", "{b: 1}", "!c", "not c"])
def test_a_line_that_begins_with_a_prefix_begins_an_item(begin: str) -> None:
    parsed = parse(source(STEPS + f"    compute x\n      let y = a\n      {begin}\n"))
    assert parsed.diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        "machine m\n  accepts\n    a as text\n  b as text\n",
        "machine m\n  accepts\n    a as text\n      b as text\n",
        "machine m\n  accepts\n  a as text\n",
        STEPS + "    decide d\n      when input.a\n        1\n     2\n",
        STEPS + "    decide d\n      when input.a\n        1\n    otherwise\n        2\n",
        STEPS
        + "    decide d\n      when a 1\n        when b 2\n".replace("        when", "     when"),
    ],
)
def test_indentation_that_contradicts_is_a_warning_and_its_fix_cures(text: str) -> None:

    assert [found.code for found in findings(text)] == ["K0018"]
    assert findings(fixed(text)) == []
    assert parse(source(fixed(text))).tree == parse(source(text)).tree
