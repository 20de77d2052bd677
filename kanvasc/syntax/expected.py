"""What could stand at a place, in the words of the person who writes there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kanvasc.syntax.words import KEYWORDS, PHRASES, SECTION_TERMINALS, STEP_TERMINALS

_VALUES: Final = "a value"
_GROUPS: Final[dict[str, str]] = {
    **dict.fromkeys(SECTION_TERMINALS, "the next section"),
    **dict.fromkeys(STEP_TERMINALS, "a step"),
    **dict.fromkeys(("HOLE", "LPAR", "LBRACK", "LBRACE", "UMINUS", "BANG", "NOT"), _VALUES),
    **dict.fromkeys(("TRUE", "FALSE", "NULL", "NUMBER", "LAMBDA_OPEN", "PARAMETER"), _VALUES),
    "FIELD": "a field (`name as type`)",
    "KEY": "an option (`name: value`)",
    "STRING": "a text",
    "EVENT": "an event's name",
    "NAME": "a name",
    "MACHINE": "a machine",
    "TYPE": "a machine",
    "USES": "a machine",
    "INDENT": "a body",
    "CASE": "an arm (`value => …`)",
    "AS": "`as`",
    "COLON": "`:`",
    "COMMA": "`,`",
    "COMMA_KEY": "`,`",
    "COMMA_FIELD": "`,`",
    "EQUALS": "`=`",
    "RPAR": "`)`",
    "RBRACK": "`]`",
    "RBRACE": "`}`",
    "CASE_ARROW": "`=>`",
    "ARROW": "`=>`",
    "$END": "the end of the file",
}
_UNSAID: Final = frozenset(
    {"DEDENT", "STATE_KEY", "MOD_IS", "MOD_WORD", "MOD_TEXT", "REQUIRED", "DEFAULT", "FROM"}
    | {"EQUAL", "NOT_EQUAL", "IN", "COMPARE", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT"}
    | {"AND", "OR", "COALESCE", "QUESTION", "DOT", "CALL", "INDEX", "TYPE_OPEN", "TBRACE", "OF"}
    | {"COMMA_END", "FLOWS", "RUN", "IF", "ELSE", "ELSE_IF"}
)
_ORDER: Final = ("FIELD", "HOLE", "KEY", "COLON", "AS", "EQUALS", "RPAR", "RBRACK", "RBRACE")
_SPELT: Final = {
    **{terminal: word for word, found in KEYWORDS.items() for terminal in found},
    **{
        terminal: " ".join((first, *rest))
        for first, phrases in PHRASES.items()
        for rest, terminal in phrases
    },
}


def spelt(terminal: str) -> str:
    """The words of a keyword terminal."""
    return _SPELT[terminal]


def expected(terminals: Iterable[str]) -> str:
    """At most four things, as a phrase; empty when there is nothing sensible to say."""
    given = {t for t in terminals if t not in _UNSAID and not t.startswith("UNS_")}
    if "HOLE" in given:
        # Texts and names are values where any value may stand.
        given -= {"STRING", "NAME", "EVENT"}
    ordered = sorted(given, key=lambda t: (_ORDER.index(t) if t in _ORDER else 99, t))
    words = list(dict.fromkeys(_words(terminal) for terminal in ordered))
    if len(words) > 1 and "the end of the file" in words:
        words.remove("the end of the file")
    shown = words[:4]
    return (
        shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " or " + shown[-1] if shown else ""
    )


def _words(terminal: str) -> str:
    if terminal in _GROUPS:
        return _GROUPS[terminal]
    return f"`{_SPELT[terminal]}`" if terminal in _SPELT else "a value"
