"""What may be a name, and which one somebody most likely meant."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `word`, or None when none is near."""
    known = list(candidates)
    for candidate in known:
        if candidate.lower() == word.lower():
            return candidate
    # Imported here because most programs have no word that is misspelt.
    from difflib import get_close_matches

    matches = get_close_matches(word, known, n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, candidates: Iterable[str], kinds: str) -> str:
    """A help sentence: the nearest name, else the names there are, else nothing.

    `kinds` is what they are, in the plural: "fields", "steps".
    """
    known = list(dict.fromkeys(candidates))
    near = closest(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    if not known:
        return f"there are no {kinds} here"
    listed = ", ".join(f"`{name}`" for name in known[:6])
    return f"the {kinds} here: {listed}{', …' if len(known) > 6 else ''}"


def can_be_field(name: str) -> bool:
    """Whether a declaration may use the name; a key of a map is any text."""
    return name.isascii() and name.isidentifier()


def misspelt(written: Iterable[str], known: Iterable[str]) -> set[str]:
    """The known names that somebody meant who wrote others: that they are missing has been said."""
    names = list(known)
    return {near for word in written if word not in names and (near := closest(word, names))}
