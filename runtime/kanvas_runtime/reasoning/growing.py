"""Texts of an answer while a model is still writing it.

A model writes JSON; what is handed on is the text inside, so that what has been told is at every
moment the beginning of a text. Whatever is odd in the JSON ends the telling: the whole answer is
decoded and judged elsewhere, and only that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import Enum, auto
from typing import Any, TypeAlias

from kanvas_runtime.codec import fields
from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Ask

Tell: TypeAlias = Callable[[str, str, str | None], None]
"""Step, field, and more of its text; None: what was told of it is void."""

_WORDS = re.compile(r"\s*\S+|\s+")
_BLANK = " \t\r\n"
_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


class _At(Enum):
    """Where in the object the next character stands."""

    BEGIN = auto()
    KEY_OR_END = auto()
    KEY = auto()
    COLON = auto()
    VALUE = auto()
    TEXT = auto()
    OTHER = auto()
    COMMA = auto()
    OVER = auto()


class Fields:
    """Cuts the JSON of one object, as it comes, into texts of its own fields named `wanted`.

    Whatever is wrong with it, `feed` says nothing more from there on.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = wanted
        self._at = _At.BEGIN
        self._key = ""
        self._escape: str | None = None  # what came of one so far
        self._half = ""  # the first of two surrogates
        self._depth = 0
        self._quoted = False
        self._told: set[str] = set()

    def feed(self, text: str) -> list[tuple[str, str | None]]:
        """What the next characters add to which field; None when a field comes once more."""
        told: list[tuple[str, str | None]] = []
        for character in text:
            grown = self._next(character, told)
            if not grown:
                continue
            if told and told[-1][0] == self._key and told[-1][1] is not None:
                told[-1] = self._key, told[-1][1] + grown
            else:
                told.append((self._key, grown))
            self._told.add(self._key)
        return told

    def _next(self, character: str, told: list[tuple[str, str | None]]) -> str:
        """One character on; what it adds to the text of `_key`."""
        match self._at:
            case _At.TEXT:
                return self._inside(character)
            case _At.OTHER:
                self._skip(character)
            case _At.KEY:
                self._key += self._inside(character)
            case _At.OVER:
                pass
            case _ if character in _BLANK:
                pass
            case _At.BEGIN:
                self._expect(character, "{", _At.KEY_OR_END)
            case _At.KEY_OR_END:
                self._key = ""
                self._expect(character, '"', _At.KEY)
            case _At.COLON:
                self._expect(character, ":", _At.VALUE)
            case _At.VALUE:
                self._begin_value(character, told)
            case _At.COMMA:
                self._expect(character, ",", _At.KEY_OR_END)
        return ""

    def _expect(self, character: str, wanted: str, then: _At) -> None:
        self._at = then if character == wanted else _At.OVER

    def _begin_value(self, character: str, told: list[tuple[str, str | None]]) -> None:
        if self._key in self._told:
            self._told.discard(self._key)
            told.append((self._key, None))
        if character == '"' and self._key in self._wanted:
            self._at = _At.TEXT
            return
        self._at, self._depth, self._quoted = _At.OTHER, 0, False
        self._skip(character)

    def _skip(self, character: str) -> None:
        """Through a value that nobody wants: only where it ends matters."""
        if self._quoted:
            if self._escape is not None:
                self._escape = None
            elif character == "\\":
                self._escape = ""
            elif character == '"':
                self._quoted = False
        elif character == '"':
            self._quoted = True
        elif character in "[{":
            self._depth += 1
        elif character in "]}":
            self._depth -= 1
            if self._depth < 0:
                self._at = _At.OVER
        elif character == "," and not self._depth:
            self._at = _At.KEY_OR_END

    def _inside(self, character: str) -> str:
        """A character of a string: what it stands for, as soon as that is known."""
        if self._escape is not None:
            return self._escaped(character)
        if character == "\\":
            self._escape = ""
            return ""
        if self._half or character < " ":
            self._at = _At.OVER
            return ""
        if character == '"':
            self._at = _At.COLON if self._at is _At.KEY else _At.COMMA
            return ""
        return character

    def _escaped(self, character: str) -> str:
        assert self._escape is not None
        self._escape += character
        if self._escape[0] != "u":
            meant = _ESCAPES.get(self._escape, "")
            self._escape = None
            if not meant or self._half:
                self._at = _At.OVER
                return ""
            return meant
        if len(self._escape) < 5:
            return ""
        digits, self._escape = self._escape[1:], None
        return self._unit(digits)

    def _unit(self, digits: str) -> str:
        """A UTF-16 code unit; a surrogate waits for its other half."""
        if not all(digit in "0123456789abcdefABCDEF" for digit in digits):
            self._at = _At.OVER
            return ""
        unit = int(digits, 16)
        first, self._half = self._half, ""
        if bool(first) != (0xDC00 <= unit < 0xE000):
            self._at = _At.OVER
            return ""
        if first:
            return chr(0x10000 + ((ord(first) - 0xD800) << 10) + (unit - 0xDC00))
        if 0xD800 <= unit < 0xDC00:
            self._half = chr(unit)
            return ""
        return chr(unit)


class Watch:
    """Tells somebody of the texts of one step's answer that are fields of the run's output.

    `told` is shared by all watches of a run: a step may be carried out more than once.
    """

    def __init__(self, step: Ask[Any], tell: Tell, told: set[tuple[str, str]]) -> None:
        self._step = step
        self._tell = tell
        self._told = told
        self._outputs = dict(step.streams)
        self._fields: Fields | None = None

    def begin(self) -> None:
        """The answer begins, or begins once more."""
        self.void()
        self._fields = None if self._step.plain else Fields(self._outputs)

    def take(self, text: str) -> None:
        """More of it."""
        if self._fields is None:
            for output in self._outputs.values():
                self._say(output, text)
            return
        for field, more in self._fields.feed(text):
            self._say(self._outputs[field], more)

    def void(self) -> None:
        """What was told is not what will be answered."""
        for output in self._outputs.values():
            if (self._step.name, output) in self._told:
                self._say(output, None)

    def assumed(self, answer: Record) -> None:
        """While nothing is asked: the assumed texts, as if they came word by word."""
        self.void()
        attributes = {field.name: field.attribute for field in fields(type(answer))}
        for field, output in self._step.streams:
            value = getattr(answer, attributes[field])
            for word in _WORDS.findall(value) if isinstance(value, str) else ():
                self._say(output, word)

    def _say(self, output: str, text: str | None) -> None:
        if text == "":
            return
        place = self._step.name, output
        if text is None:
            self._told.discard(place)
        else:
            self._told.add(place)
        self._tell(self._step.name, output, text)
