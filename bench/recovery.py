"""`python -m bench.recovery [N]`: how exactly a fault is named, on programs broken at random.

A sound program is broken in one place, or in five places of its own. A single fault is told well
by exactly one error, on its line or the next to it; five are told well by five, one at each.
"syntax" looks at the form alone; "all phases" at everything that `check` says to a program whose
form is broken, so what follows from a fault counts against it. A change that leaves no error is
no fault.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.syntax import parse
from kanvasc.syntax.scanner import Piece, scan

ROOT = Path(__file__).parents[1]
SEED = 20
FAR = 6
"""Lines between two of five faults: closer ones are one place to a reader."""

Errors = Callable[[str], list[Diagnostic]]
Change = Callable[[str, Piece, random.Random, Sequence[str]], str]
"""What stands in the place of a piece, by the text, the piece and words that could be written."""


class Broken(NamedTuple):
    """A program with faults, and the lines (from 1) on which they stand."""

    text: str
    lines: tuple[int, ...]


@dataclass
class Share:
    """How many were told well of those that were tried, and the others with what was said."""

    tried: int = 0
    missed: list[tuple[Broken, list[Diagnostic]]] = field(default_factory=list)

    @property
    def exact(self) -> float:
        return 1 - len(self.missed) / self.tried


def programs(*patterns: str) -> list[str]:
    """The texts of programs that are each a file alone."""
    paths = (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [text for text in texts if "\nuses " not in f"\n{text}"]


def has_room(text: str) -> bool:
    """For five faults in five places."""
    return text.count("\n") >= 5 * FAR


SYNTAX = ("tests/corpus/syntax/*.kanvas",)
SOUND = ("examples/*/app.kanvas", "tests/golden/apps/*/app.kanvas")


# --- errors


def of_syntax(text: str) -> list[Diagnostic]:
    return _errors(parse(Source("app.kanvas", text)).diagnostics)


def of_all_phases(text: str) -> list[Diagnostic]:
    """Nothing where the form is sound: what is wrong then is what was meant, not how it is read."""
    if not of_syntax(text):
        return []
    return _errors(Compilation(Source("app.kanvas", text)).diagnostics)


def _errors(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.severity is Severity.ERROR]


# --- faults


def lost(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    return ""


def doubled(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    return f"{piece.text} {piece.text}"


def exchanged(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    return rng.choice(words)


def added(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    return f"{rng.choice(words)} {piece.text}"


def misspelt(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    """One letter lost, doubled, or changed places with its neighbour."""
    at = rng.randrange(len(piece.text))
    before, letter, after = piece.text[:at], piece.text[at], piece.text[at + 1 :]
    return rng.choice(
        (before + after, before + letter * 2 + after, before + after[:1] + letter + after[1:])
    )


def cut(text: str, piece: Piece, rng: random.Random, words: Sequence[str]) -> str:
    """The piece, half written; the rest of its line is taken away by `_replaced`."""
    return piece.text[: rng.randrange(len(piece.text))] + CUT


CUT = "\0"
PIECES: tuple[Change, ...] = (lost, doubled, exchanged, added)
SLIPS: tuple[Change, ...] = (lost, misspelt, cut)


def _replaced(text: str, piece: Piece, written: str) -> str:
    end = piece.end
    if written.endswith(CUT):
        end = text.find("\n", piece.start)
        end = len(text) if end < 0 else end
    return text[: piece.start] + written.removesuffix(CUT) + text[end:]


def single(
    text: str, changes: Sequence[Change], rng: random.Random, words: Sequence[str]
) -> Broken:
    piece = rng.choice(_pieces(text))
    changed = _replaced(text, piece, rng.choice(changes)(text, piece, rng, words))
    return Broken(changed, (Source("", text).line_of(piece.start),))


def five(
    text: str, changes: Sequence[Change], rng: random.Random, words: Sequence[str], errors: Errors
) -> Broken | None:
    """Five faults in five places, each an error by itself; None where the text has no room."""
    places = _spread(Source("", text), rng)
    if len(places) < 5:
        return None
    lines: list[int] = []
    for piece in sorted(places[:5], key=lambda piece: piece.start, reverse=True):
        for _ in range(20):
            written = rng.choice(changes)(text, piece, rng, words)
            # From the last to the first, so that the places above are still where they were.
            changed = _replaced(text, piece, written)
            if len(errors(changed)) > len(errors(text)) and changed.count("\n") == text.count("\n"):
                text = changed
                lines.append(Source("", text).line_of(piece.start))
                break
        else:
            return None
    return Broken(text, tuple(sorted(lines)))


def _spread(source: Source, rng: random.Random) -> list[Piece]:
    pieces = _pieces(source.text)
    rng.shuffle(pieces)
    chosen: list[Piece] = []
    for piece in pieces:
        line = source.line_of(piece.start)
        if all(abs(source.line_of(other.start) - line) >= FAR for other in chosen):
            chosen.append(piece)
    return chosen


def _pieces(text: str) -> list[Piece]:
    return scan(Source("", text)).pieces[:-1]


def words_of(texts: Sequence[str]) -> list[str]:
    return [piece.text for text in texts for piece in _pieces(text)]


# --- measures


def told_well(broken: Broken, found: Sequence[Diagnostic]) -> bool:
    """One error for each fault, in their order, each at most a line away."""
    source = Source("", broken.text)
    lines = [source.line_of(one.span.start) for one in found]
    return len(lines) == len(broken.lines) and all(
        abs(line - fault) <= 1 for line, fault in zip(lines, broken.lines, strict=True)
    )


def singles(
    texts: Sequence[str], changes: Sequence[Change], errors: Errors, count: int, seed: int = SEED
) -> Share:
    rng, words, share = random.Random(seed), words_of(texts), Share()
    while share.tried < count:
        broken = single(rng.choice(texts), changes, rng, words)
        found = errors(broken.text)
        if found:
            _count(share, broken, found)
    return share


def fives(
    texts: Sequence[str], changes: Sequence[Change], errors: Errors, count: int, seed: int = SEED
) -> Share:
    rng, words, share = random.Random(seed), words_of(texts), Share()
    while share.tried < count:
        broken = five(rng.choice(texts), changes, rng, words, errors)
        if broken is not None:
            _count(share, broken, errors(broken.text))
    return share


def _count(share: Share, broken: Broken, found: list[Diagnostic]) -> None:
    share.tried += 1
    if not told_well(broken, found):
        share.missed.append((broken, found))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    form, sound = programs(*SYNTAX), programs(*SOUND)
    long = [text for text in (*form, *sound) if has_room(text)]
    started = time.perf_counter()
    measures = (
        ("one piece wrong, syntax", singles(form, PIECES, of_syntax, count)),
        ("one slip of a hand, syntax", singles(form, SLIPS, of_syntax, count)),
        ("one piece wrong, all phases", singles(sound, PIECES, of_all_phases, count)),
        ("one slip of a hand, all phases", singles(sound, SLIPS, of_all_phases, count)),
        ("five wrong places, syntax", fives(long, PIECES, of_syntax, max(1, count // 10))),
        ("five wrong places, all phases", fives(long, PIECES, of_all_phases, max(1, count // 10))),
    )
    for name, share in measures:
        print(f"{name:32} {share.exact:7.1%} of {share.tried}")
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
