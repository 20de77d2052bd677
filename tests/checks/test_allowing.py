"""`// kanvasc: allow CODE`: what it keeps silent, and that it never hides an error."""

from __future__ import annotations

import pytest

from kanvasc.fixing import fix_all
from kanvasc.source import Source
from tests.diagnostics.programs import codes, findings

HEAD = (
    "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
    "  implements\n    compute twice\n"
)
UNUSED = "      let factor = 2\n      {b: input.a * 2}\n"


def program(line: str = "", above: str = "", body: str = UNUSED) -> str:
    """A program with an unused `let`, and comments on its line and on the line above it."""
    return HEAD + (f"      {above}\n" if above else "") + body.replace("= 2\n", f"= 2 {line}\n", 1)


def test_without_a_comment_there_is_a_finding() -> None:
    assert codes(program()) == ["K1014"]


@pytest.mark.parametrize(
    "comment",
    [
        "// kanvasc: allow K1014",
        "//kanvasc:allow K1014",
        "// kanvasc: allow k1014",
        "// kanvasc: allow K1014: for the next version",
        "//  Kanvasc : allow  K1014 : why, and more: K0",
    ],
)
def test_a_finding_is_allowed_on_its_line_and_from_the_line_above(comment: str) -> None:
    assert codes(program(line=comment)) == []
    assert codes(program(above=comment)) == []


def test_the_next_line_is_the_next_one_with_something_on_it() -> None:
    assert codes(program(above="// kanvasc: allow K1014\n\n      // why")) == []


def test_several_codes_on_one_line() -> None:
    body = "      let someFactor = 2\n      {b: input.a * 2}\n"
    assert sorted(codes(program(body=body))) == ["K1006", "K1014"]
    assert codes(program("// kanvasc: allow K1006, K1014", body=body)) == []
    assert codes(program("// kanvasc: allow K1014", "// kanvasc: allow K1006", body)) == []
    assert codes(program("// kanvasc: allow K1014", body=body)) == ["K1006"]


def test_only_what_is_named_and_only_there() -> None:
    assert codes(program(line="// kanvasc: allow K1006")) == ["K1014", "K0701"]
    below = UNUSED.replace("* 2}", "* 2} // kanvasc: allow K1014")
    assert codes(HEAD + below) == ["K1014", "K0701"]


def test_an_error_is_never_allowed() -> None:
    wrong = program(body=UNUSED.replace("factor = 2", "factor = amount"))
    line = wrong.replace("= amount\n", "= amount // kanvasc: allow K1001, K1014\n")
    found = {(one.code, one.severity.value) for one in findings(line)}
    assert ("K1001", "error") in found
    assert ("K0702", "warning") in found


def test_what_is_unused_is_told_only_when_every_rule_was_asked() -> None:
    comment = "// kanvasc: allow K2008"
    assert codes(program(line=comment)) == ["K1014", "K0701"]
    broken = program(line=comment).replace("b as integer", "b integer")
    assert "K0701" not in codes(broken)


@pytest.mark.parametrize(
    "comment",
    [
        "// kanvasc: allow",
        "// kanvasc: alow K1014",
        "// kanvasc: allow K1014 K1006",
        "// kanvasc: allow K1014,",
        "// kanvasc:",
    ],
)
def test_a_comment_that_cannot_be_followed_says_so(comment: str) -> None:
    assert codes(program(line=comment)) == ["K1014", "K0702"]


def test_other_comments_are_comments() -> None:
    assert codes(program(line="// allow K1014, says kanvasc: allow")) == ["K1014"]


def test_findings_about_comments_cannot_be_allowed() -> None:
    found = codes(program(line="// kanvasc: allow K1014, K0701"))
    assert found == ["K0701"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("= 2 // kanvasc: allow K2008\n", "= 2\n"),
        ("= 2 // kanvasc: allow K1014, K2008\n", "= 2 // kanvasc: allow K1014\n"),
        ("= 2 // kanvasc: allow K2008, K1014\n", "= 2 // kanvasc: allow K1014\n"),
        ("= 2 // kanvasc: allow K2008, K1014: why\n", "= 2 // kanvasc: allow K1014: why\n"),
        ("= 2 // kanvasc: allow K2008, K1006, K1014\n", "= 2 // kanvasc: allow K1014\n"),
        ("= 2 // kanvasc: allow K1014 // and\n", "= 2 // kanvasc: allow K1014 // and\n"),
    ],
)
def test_fix_takes_out_what_allows_nothing(before: str, after: str) -> None:
    text = program().replace("= 2 \n", before)
    fixed = fix_all(Source("a", text), lambda source: findings(source.text))
    assert fixed.source.text == program().replace("= 2 \n", after)


def test_fix_takes_a_line_of_its_own_with_it() -> None:
    text = program(above="// kanvasc: allow K2008")
    fixed = fix_all(Source("a", text), lambda source: findings(source.text))
    assert fixed.source.text == program()
