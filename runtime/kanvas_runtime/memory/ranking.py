"""How well a text fits a query: its share of the query's words, rare ones weighing more.

The weight of a word is its inverse document frequency as in BM25 (Robertson and Zaragoza, 2009,
in the form that is never negative), counted within one namespace and collection: what others keep
there changes nothing. BM25's own score has no upper bound, so no threshold could be given for it.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from kanvas_runtime.memory.interface import Wanted

MOST_WORDS = 32
"""Words of a query that count; the others are left out."""

_WORD = re.compile(r"[^\W_]+")
_PLACE = "m.namespace = ? AND m.collection = ? AND (m.expires IS NULL OR m.expires > ?)"
_COUNT = f"SELECT count(*) FROM memory m WHERE {_PLACE}"
_WITH_WORD = f"""
SELECT m.id FROM memory_words w JOIN memory m ON m.id = w.rowid
WHERE memory_words MATCH ? AND {_PLACE}
"""
_ROW = "SELECT content, metadata FROM memory WHERE id = ?"


class Found(NamedTuple):
    """A text that has a word of the query. `metadata` is JSON; `score` is above 0, at most 1."""

    content: str
    metadata: str
    score: float


def words(query: str) -> list[str]:
    """The query's different words, whatever stands between them."""
    return list(dict.fromkeys(_WORD.findall(query.casefold())))[:MOST_WORDS]


def ranked(connection: sqlite3.Connection, wanted: Wanted, now: float) -> Iterator[Found]:
    """What has a word of the query and has not expired: the best first, of equals the newest."""
    place = (wanted.namespace, wanted.collection, now)
    (count,) = connection.execute(_COUNT, place).fetchone()
    scores: dict[int, float] = {}
    total = 0.0
    for word in words(wanted.query):
        ids = [row[0] for row in connection.execute(_WITH_WORD, (f'"{word}"', *place))]
        weight = math.log(1 + (count - len(ids) + 0.5) / (len(ids) + 0.5))
        total += weight
        for id_ in ids:
            scores[id_] = scores.get(id_, 0.0) + weight
    for id_ in sorted(scores, key=lambda id_: (-scores[id_], -id_)):
        content, metadata = connection.execute(_ROW, (id_,)).fetchone()
        yield Found(content, metadata, min(1.0, scores[id_] / total))
