"""The parse table: made by Lark from the grammar once, then kept in the user's cache.

Making it takes a few tenths of a second, reading it back a millisecond. The cache is data, not
code, and is used only when it is whole and lies in a folder that nobody else can write to.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import zlib
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kanvasc.records import dataclass
from kanvasc.resources import folder

if TYPE_CHECKING:
    from lark import Lark

END: Final = "$END"
_STARTS: Final = ["file", "expression"]
_FORMAT: Final = 3


class Rule(NamedTuple):
    """`origin` becomes `size` values. `name`: the reduction; `unit`: one value stays as it is;
    `inlined`: some of the values are lists, whose items count as values."""

    origin: str
    size: int
    name: str
    unit: bool
    inlined: bool


class Rows(dict[int, dict[str, int]]):
    """Symbol → number, for each state. A row is read when a program first comes to its state:
    a short one comes to few of them."""

    def __init__(self, written: list[str]) -> None:
        self.written = written

    def __missing__(self, state: int) -> dict[str, int]:
        words = iter(self.written[state].split())
        row = self[state] = {
            symbol: int(number) for symbol, number in zip(words, words, strict=True)
        }
        return row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.written == other.written

    __hash__ = None


@dataclass(slots=True)
class Table:
    """`rows[state][terminal]`: n > 0 shifts to state n - 1, n < 0 reduces by rule -n - 1.
    `entered`: the one terminal that leads to a state, "" for states behind a reduction."""

    rules: list[Rule]
    rows: Rows
    gotos: Rows
    starts: dict[str, int]
    entered: list[str]


@cache
def table() -> Table:
    """The table of grammar/kanvas.lark. Raises FileNotFoundError when the grammar is missing."""
    grammar = (folder("grammar") / "kanvas.lark").read_bytes()
    # All that a table depends on, in the file itself: its name need not be free of collisions.
    stamp = json.dumps([_FORMAT, _lark_stamp(), sys.version, grammar.decode()]).encode()
    path = _cache_folder() / f"table-{zlib.crc32(stamp):08x}.json"
    kept = _read(path, stamp)
    if kept is None:
        kept = build(grammar.decode())
        _write(path, stamp, kept)
    return kept


def _lark_stamp() -> str:
    """Which Lark is installed; asking the package's metadata would take longer than parsing."""
    found = PathFinder.find_spec("lark")
    if found is None or found.origin is None:
        return ""
    stamp = os.stat(found.origin)
    return f"{found.origin} {stamp.st_size} {stamp.st_mtime_ns}"


def build(grammar: str) -> Table:
    """The table of a grammar. Raises lark.exceptions.GrammarError for one with a conflict."""
    made: Any = _lark(grammar).parser.parser._parse_table
    rules: dict[Any, int] = {}
    rows: list[dict[str, int]] = [{} for _ in made.states]
    gotos: list[dict[str, int]] = [{} for _ in made.states]
    for state, actions in made.states.items():
        for symbol, (action, argument) in actions.items():
            if action.name == "Reduce":
                rows[state][str(symbol)] = -rules.setdefault(argument, len(rules)) - 1
            elif symbol.isupper():
                rows[state][str(symbol)] = argument + 1
            else:
                gotos[state][str(symbol)] = argument
    for state in made.end_states.values():
        # Lark stops here; shifting the end makes it a terminal like any other.
        rows[state][END] = len(rows) + 1
    rows.append({})
    gotos.append({})
    entered = [""] * len(rows)
    for row in rows:
        for terminal, action in row.items():
            if action > 0:
                entered[action - 1] = terminal
    starts = dict(made.start_states)
    return Table([_rule(rule) for rule in rules], _written(rows), _written(gotos), starts, entered)


def _written(rows: list[dict[str, int]]) -> Rows:
    return Rows([" ".join(f"{name} {number}" for name, number in row.items()) for row in rows])


def _lark(grammar: str) -> Lark:
    # Imported here because only the first run on a machine needs it.
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        def __init__(self, configuration: object) -> None:
            pass

        def lex(self, *_: object) -> Any:
            raise NotImplementedError

    return Lark(grammar, parser="lalr", lexer=NoLexer, start=_STARTS, strict=True)


def _rule(rule: Any) -> Rule:
    origin = str(rule.origin.name)
    name = str(rule.alias or origin)
    unit = bool(rule.options.expand1) and not rule.alias and len(rule.expansion) == 1
    inlined = any(symbol.name.startswith("_") for symbol in rule.expansion)
    return Rule(origin, len(rule.expansion), name, unit, inlined)


def _cache_folder() -> Path:
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(chosen) if os.path.isabs(chosen) else Path.home() / ".cache"
    return base / "kanvasc"


def _read(path: Path, stamp: bytes) -> Table | None:
    """None for a file that is not there, is of another compiler, or is not as it was written."""
    try:
        if not _is_ours(path.parent):
            return None
        found, _, rest = path.read_bytes().partition(b"\n")
        sum_, _, content = rest.partition(b"\n")
        if found != stamp or sum_ != _sum(content):
            return None
        rules, rows, gotos, starts, entered = json.loads(content)
        return Table([Rule(*rule) for rule in rules], Rows(rows), Rows(gotos), starts, entered)
    except (OSError, ValueError, TypeError):
        return None


def _sum(content: bytes) -> bytes:
    """Against a file that was cut off or damaged; who may write there is looked at before."""
    return b"%08x" % zlib.crc32(content)


def _is_ours(place: Path) -> bool:
    """Only the user can write to the folder."""
    found = place.lstat()
    owned = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and owned and not found.st_mode & 0o022


def _write(path: Path, stamp: bytes, made: Table) -> None:
    """Keep the table; a read-only home is no reason to fail."""
    # Imported here because only the first run on a machine needs it.
    import tempfile

    parts = [made.rules, made.rows.written, made.gotos.written, made.starts, made.entered]
    content = json.dumps(parts).encode()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(path.parent):
            return
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"\n".join((stamp, _sum(content), content)))
        os.replace(temporary, path)
    except OSError:
        return
