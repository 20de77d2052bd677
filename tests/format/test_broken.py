"""Files with errors: what is sound is laid out, what is not stands as it was."""

from __future__ import annotations

import random

import pytest

from kanvasc.format import format_program
from kanvasc.source import Source
from kanvasc.syntax.scanner import NUMBER, STRING, WORD, scan
from tests.syntax.programs import corpus

BROKEN = """\
machine m
 accepts
   a    as text
 responds with
     b  as as text text
 implements
   compute x
        {b:   input.a}
"""


def test_a_section_with_an_error_is_not_touched() -> None:
    done = format_program(Source("app.kanvas", BROKEN))
    assert done.kept == 1
    assert "\n responds with\n     b  as as text text\n" in done.text
    assert "  accepts\n    a as text\n" in done.text
    assert "    compute x\n      {b: input.a}\n" in done.text


def test_a_broken_heading_leaves_the_sections_to_be_laid_out() -> None:
    done = format_program(Source("app.kanvas", 'machine m "x" 4 4\naccepts a   as text\n'))
    assert done.kept == 1
    assert done.text == 'machine m "x" 4 4\n  accepts\n    a as text\n'


def test_sections_keep_their_order_beside_an_error() -> None:
    text = 'machine m\n  expresses\n    page path: "/"\n  accepts\n    a as as as 4\n'
    done = format_program(Source("app.kanvas", text))
    assert done.text.index("expresses") < done.text.index("accepts")


def test_what_is_not_supported_is_no_error_and_moves_as_a_whole() -> None:
    text = (
        "stores x\n   y\nmachine m\naccepts a as text\nimplements\nwait for 5\n   z  z\n"
        "compute x\n 1\n"
    )
    done = format_program(Source("app.kanvas", text))
    assert done.kept == 0
    assert done.text == (
        "stores x\n   y\n\nmachine m\n  accepts\n    a as text\n\n  implements\n"
        "    wait for 5\n       z  z\n    compute x\n      1\n"
    )


def test_tools_of_a_question_are_kept() -> None:
    text = (
        'machine m\n  implements\n    ask x, using: "a:b"\n      with   tools [a,  b]\n'
        '      with   task   "t"\n'
    )
    done = format_program(Source("app.kanvas", text)).text
    assert "      with   tools [a,  b]\n" in done
    assert '      with task "t"\n' in done


def words(text: str) -> list[str]:
    kinds = (WORD, NUMBER, STRING)
    pieces = scan(Source("", text)).pieces
    return sorted("".join(p.text.split()) for p in pieces if p.kind in kinds and p.text != "is")


@pytest.mark.parametrize("name", corpus())
@pytest.mark.parametrize("seed", range(25))
def test_half_typed_files_lose_nothing_and_come_to_rest(name: str, seed: int) -> None:
    pick = random.Random(f"{name} {seed}")
    text = corpus()[name]
    at = pick.randrange(len(text))
    typed = pick.choice(["", "(", '"', "{", " x ", ",", " : ", "\n", "as"])
    text = text[:at] + typed + text[at + pick.choice([0, 1, 2, 9]) :]
    done = format_program(Source("app.kanvas", text)).text
    assert format_program(Source("app.kanvas", done)).text == done
    if '"' not in typed:
        assert words(done) == words(text)
