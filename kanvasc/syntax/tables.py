"""The parse table: made by Lark from the grammar once, then kept in the user's cache.

Making it takes a few tenths of a second, reading it back a few milliseconds. The cache is data,
not code, checked against a schema and used only from a folder that nobody else can write to.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kanvasc.resources import folder

if TYPE_CHECKING:
    from lark import Lark

END: Final = "$END"
_STARTS: Final = ["file", "expression"]
_FORMAT: Final = 2


class Rule(msgspec.Struct, array_like=True, frozen=True):
    """`origin` becomes `size` values. `name`: the reduction; `unit`: one value stays as it is;
    `inlined`: some of the values are lists, whose items count as values."""

    origin: str
    size: int
    name: str
    unit: bool
    inlined: bool


class Table(msgspec.Struct):
    """`rows[state][terminal]`: n > 0 shifts to state n - 1, n < 0 reduces by rule -n - 1."""

    rules: list[Rule]
    rows: list[dict[str, int]]
    gotos: list[dict[str, int]]
    starts: dict[str, int]


@cache
def table() -> Table:
    """The table of grammar/kanvas.lark. Raises FileNotFoundError when the grammar is missing."""
    grammar = (folder("grammar") / "kanvas.lark").read_bytes()
    key = hashlib.sha256(grammar + f"{_FORMAT} {_lark_stamp()} {sys.version}".encode())
    path = _cache_folder() / f"table-{key.hexdigest()[:32]}.json"
    kept = _read(path)
    if kept is None:
        kept = build(grammar.decode())
        _write(path, kept)
    return kept


def _lark_stamp() -> str:
    """Which Lark is installed; asking the package's metadata would take longer than parsing."""
    found = find_spec("lark")
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
    return Table([_rule(rule) for rule in rules], rows, gotos, dict(made.start_states))


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


def _read(path: Path) -> Table | None:
    try:
        if not _is_ours(path.parent):
            return None
        return msgspec.json.decode(path.read_bytes(), type=Table)
    except (OSError, msgspec.MsgspecError):
        return None


def _is_ours(place: Path) -> bool:
    """Only the user can write to the folder."""
    found = place.lstat()
    owned = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and owned and not found.st_mode & 0o022


def _write(path: Path, made: Table) -> None:
    """Keep the table; a read-only home is no reason to fail."""
    # Imported here because only the first run on a machine needs it.
    import tempfile

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(path.parent):
            return
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(made))
        os.replace(temporary, path)
    except OSError:
        return
