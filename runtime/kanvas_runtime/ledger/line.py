"""A record as one line for a person."""

from __future__ import annotations

import json
import re

_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
_COLUMNS = (("kind", 16), ("machine", 16), ("outcome", 13), ("run", 36))
_DIGEST = re.compile("[0-9a-f]{64}")  # its beginning tells it from the others on a screen
_UNSAID = frozenset({"schema", "chain", "seq", "at", "prev", "hash", *dict(_COLUMNS)})


def line(body: str, *, colour: bool) -> str:
    """Number, time, kind, machine, outcome, run; then the record's other fields by name.

    Paths and the like are a stranger's text: what a terminal would act on is escaped.
    """
    try:
        record = json.loads(body)
        if not isinstance(record, dict):
            raise ValueError
    except ValueError:
        return f"(not a record) {printable(body)}"
    cells = [f"{_cell(record, 'seq'):>8}", f"{_cell(record, 'at'):27}"]
    for name, width in _COLUMNS:
        cell = f"{_cell(record, name):{width}}"
        cells.append(_tinted(name, cell) if colour else cell)
    others = " ".join(
        f"{printable(name)}={_cell(record, name)}" for name in record if name not in _UNSAID
    )
    cells.append(f"{_DIM}{others}{_PLAIN}" if colour and others else others)
    return "  ".join(cells).rstrip()


def _cell(record: dict[str, object], name: str) -> str:
    value = record.get(name, "-")
    if not isinstance(value, str):
        return json.dumps(value)
    return f"{value[:12]}…" if _DIGEST.fullmatch(value) else printable(value)


def printable(text: str) -> str:
    """The text with everything escaped that a terminal would act on."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _tinted(name: str, cell: str) -> str:
    if name != "outcome" or cell.strip() == "-":
        return cell
    return f"{_GREEN if cell.strip() == 'ok' else _RED}{cell}{_PLAIN}"
