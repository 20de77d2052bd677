"""A promise of governance, and the tests that would fail if it were broken."""

from __future__ import annotations

from typing import NamedTuple


class Promise(NamedTuple):
    """`says`: a sentence. `held_by`: each `path::function` of a test, or the path of a wrong
    program in the corpus, whose message is a golden file."""

    says: str
    held_by: tuple[str, ...]


def promise(says: str, *held_by: str) -> Promise:
    """A row of a table."""
    return Promise(says, held_by)
