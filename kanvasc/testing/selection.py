"""`-k`: words that a test's file, machine or title contains, with `and`, `or`, `not` and `( )`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from kanvasc.records import dataclass
from kanvasc.testing.cases import Case

Chosen: TypeAlias = Callable[[Case], bool]

_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()])|"(?P<quoted>[^"]*)"|(?P<word>[^\s()"]+))""")
_DEEPEST = 50


class SelectionError(Exception):
    """The expression cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is the sign or operator itself, `word`, or `end`; `column` counts from 1."""

    kind: str
    text: str
    column: int


def everything(_: Case) -> bool:
    """Without `-k`."""
    return True


def parse(expression: str) -> Chosen:
    """The tests that an expression means: `not` before `and` before `or`, as everywhere.

    A word, or a phrase in double quotes, means the tests whose file, machine or title contain it,
    in small letters or large ones. Raises SelectionError.
    """
    return _Parser(_tokens(expression)).whole()


def _tokens(expression: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(expression.rstrip()):
        found = _TOKEN.match(expression, at)
        if found is None:
            raise SelectionError(f"-k: a quote is not closed: {expression[at:].strip()}")
        column = found.end() - len(found[0].lstrip()) + 1
        if found["word"] in ("and", "or", "not") or found["sign"]:
            tokens.append(_Token(found["word"] or found["sign"], "", column))
        else:
            text = found["quoted"] if found["word"] is None else found["word"]
            tokens.append(_Token("word", text, column))
        at = found.end()
    return [*tokens, _Token("end", "", len(expression.rstrip()) + 1)]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Chosen:
        chosen = self._either()
        self._expect("end")
        return chosen

    def _either(self) -> Chosen:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda case: any(part(case) for part in parts)

    def _both(self) -> Chosen:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda case: all(part(case) for part in parts)

    def _one(self) -> Chosen:
        negated = False
        while self._accept("not"):
            negated = not negated
        chosen = self._group() if self._accept("(") else _containing(self._expect("word").text)
        return (lambda case: not chosen(case)) if negated else chosen

    def _group(self) -> Chosen:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise SelectionError("-k: too many brackets stand in each other")
        chosen = self._either()
        self._expect(")")
        self._depth -= 1
        return chosen

    def _accept(self, kind: str) -> bool:
        if self._tokens[self._at].kind != kind:
            return False
        self._at += 1
        return True

    def _expect(self, kind: str) -> _Token:
        token = self._tokens[self._at]
        if not self._accept(kind):
            raise SelectionError(
                f"-k: {_WANTED[kind]} at column {token.column}, not {_shown(token)}"
            )
        return token


_WANTED = {
    "word": "there should be a word",
    "end": "there should be `and`, `or` or the end",
    ")": "there should be `)`",
}


def _shown(token: _Token) -> str:
    if token.kind == "end":
        return "the end"
    return f"`{token.text if token.kind == 'word' else token.kind}`"


def _containing(word: str) -> Chosen:
    wanted = word.casefold()
    return lambda case: any(
        wanted in name.casefold() for name in (case.path, case.machine, case.title)
    )
