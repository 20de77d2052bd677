"""How exactly faults are named, on programs broken at random: the bars that must not be missed.

`make bench` measures more of them and prints the shares. The seeds are fixed, so a run says the
same each time; the floors leave room for other programs in the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bench import recovery
from bench.recovery import PIECES, SLIPS, SOUND, SYNTAX, Change, Share, fives, singles

FORM, ALL = recovery.of_syntax, recovery.of_all_phases


def told(share: Share) -> str:
    """The first few that were not told well, for whoever has to look at them."""
    lines: list[str] = [f"{share.exact:.1%} of {share.tried}"]
    for broken, found in share.missed[:5]:
        lines += [f"{broken.lines}:", *(f"  {one.span} {one.code} {one.title}" for one in found)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("patterns", "changes", "errors", "floor"),
    [
        (SYNTAX, PIECES, FORM, 0.96),
        (SYNTAX, SLIPS, FORM, 0.93),
        (SOUND, PIECES, ALL, 0.88),
        (SOUND, SLIPS, ALL, 0.88),
    ],
    ids=["a piece, form", "a slip, form", "a piece, all phases", "a slip, all phases"],
)
def test_one_fault_is_one_finding_where_it_is(
    patterns: Sequence[str],
    changes: Sequence[Change],
    errors: Callable[[str], list[recovery.Diagnostic]],
    floor: float,
) -> None:
    share = singles(recovery.programs(*patterns), changes, errors, 200)
    assert share.exact >= floor, told(share)


def test_five_faults_are_five_findings() -> None:
    texts = [text for text in recovery.programs(*SYNTAX, *SOUND) if recovery.has_room(text)]
    share = fives(texts, PIECES, FORM, 40)
    assert share.exact >= 0.80, told(share)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_bars_on_many_programs() -> None:
    form, sound = recovery.programs(*SYNTAX), recovery.programs(*SOUND)
    long = [text for text in (*form, *sound) if recovery.has_room(text)]
    for share, floor in (
        (singles(form, PIECES, FORM, 2000, seed=1), 0.97),
        (singles(sound, PIECES, ALL, 2000, seed=1), 0.90),
        (fives(long, PIECES, FORM, 300, seed=1), 0.85),
    ):
        assert share.exact >= floor, told(share)
