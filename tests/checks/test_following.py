"""Nothing is said about what only follows from a fault, and everything about what does not."""

from __future__ import annotations

import pytest

from tests.diagnostics.programs import codes

RIGHT = """\
type line
  sku as text
  price as number

machine order
  accepts
    lines as list of line is required
    country as text is required
    note as text
  responds with
    total as number
    shown as text
  ensures
    permissions
      allowed to
        reason
  implements
    compute sums
      let net = input.lines.map(l => l.price).sum()
      {net: net, count: input.lines.length}
    decide rate
      when input.note is null 1.0
      when input.note.length > 3 1.1
      otherwise 1.2
    ask judged, using: "anthropic:claude-haiku-4-5"
      with task "Judge ${input.country}"
      returns
        tone as text
      assuming
        tone: "fine"
    compute answer
      {total: steps.sums.net * steps.rate, shown: steps.judged.tone}
  expresses
    websocket
      path: "/order"
  verifies
    test "one"
      given {lines: [], country: "at"}
      assuming judged {tone: "warm"}
      expect {shown: "warm"}
"""
FAULTS = {
    "a value in a step": ("let net = input.lines.map(l => l.price).sum()", "let net = * 2"),
    "a bracket in a step": (".map(l => l.price)", ".map(l => l.price"),
    "a key of a value": ("{net: net, count", "{net net, * count"),
    "the name of a step": ("compute sums", "compute"),
    "a step written twice": ("compute sums", "compute compute sums"),
    "the name of a decision": ("decide rate", "decide"),
    "a condition": ("when input.note is null 1.0", "when input.note is * null 1.0"),
    "the word of a step": ("ask judged", "judged"),
    "an option of a step": ("with task", "with with task"),
    "a field that a step returns": ("tone as text\n", "tone as * text\n"),
    "an assumed value": ('tone: "fine"', 'tone: : "fine"'),
    "a field that is accepted": ("country as text is", "country country as * text is"),
    "the type of a field": ("lines as list of line", "lines as list of * line"),
    "a field that is answered": ("total as number", "total total as number"),
    "a field of a type": ("price as number", "price price as number"),
    "a type": ("type line", "typ3 line"),
    "a permission": ("allowed to", "to"),
    "a section": ("  expresses\n    websocket\n", "  expresses\n    * websocket\n"),
    "an option of a surface": ('path: "/order"', 'path: * "/order"'),
    "what is given": ("given {lines: [], country", "given {lines: [], * country"),
    "what is expected": ('expect {shown: "warm"}', 'expect {shown "warm"'),
    "a text that is not closed": ('with task "Judge ${input.country}"', 'with task "Judge'),
    "an interpolation that is not closed": ("${input.country}", "${input.country"),
}


def test_the_program_is_right() -> None:
    assert codes(RIGHT) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_finding(name: str) -> None:
    wrong = RIGHT.replace(*FAULTS[name], 1)
    assert wrong != RIGHT
    found = codes(wrong)
    assert len(found) == 1, found
    assert found[0].startswith("K0")


ELSEWHERE = {
    "a type": ("note as text", "note as txet", "K1007"),
    "a member": ("steps.judged.tone", "steps.judged.tnoe", "K1003"),
    "a path": ('path: "/order"', 'path: "order"', "K5001"),
    "a step": ("steps.rate", "steps.rat", "K1002"),
    "an expectation": ("expect {shown", "expect {show", "K6002"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_does_not_follow_is_said_beside_a_fault(name: str) -> None:
    before, after, code = ELSEWHERE[name]
    wrong = RIGHT.replace(before, after).replace("let net = ", "let net = * 2 + ")
    assert codes(wrong).count(code) == 1
    assert len(codes(wrong)) == 2


def test_two_faults_of_the_form_do_not_hide_a_third_of_another_kind() -> None:
    wrong = RIGHT.replace("country as text is", "country as is").replace("reason\n", "memory\n")
    wrong = wrong.replace("[], country", "[], , country")
    assert "K4001" in codes(wrong)
