"""Modifiers of a field: which there are, what they apply to, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types import constants
from kanvasc.types.program import Constraints
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, TypedExpr
from kanvasc.types.types import (
    INTEGER,
    NUMERIC,
    TEXT,
    UNKNOWN,
    ListOf,
    Record,
    Type,
    show,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

FORMATS = ("email", "url", "uuid", "ipv4", "ipv6", "date-time")
NOTHING_IN_SCOPE = Scope(Record((), "nothing"), fixed=True)


class Modifiers:
    """Reads the modifiers of one field; each fault is one finding, and the rest still counts."""

    def __init__(self, at: Elaborator, field: tree.Field, type_: Type, place: str) -> None:
        self.at = at
        self.field = field
        self.type = type_
        self.place = place
        self.required = False
        self.optional = False
        self.secret = False
        self.default: TypedExpr | None = None
        self.texts: dict[str, str] = {}
        self.found: dict[str, Any] = {}

    def read(self) -> None:
        seen: set[str] = set()
        for modifier in self.field.modifiers:
            word = modifier.word.text
            reader = READERS.get(word)
            if reader is None:
                self._unknown(modifier)
            elif word in seen:
                self.at.report("K1004", modifier.span, f"`{word}` stands twice on this field")
            else:
                seen.add(word)
                reader(self, modifier)
        self._check_own_bounds()

    def constraints(self) -> Constraints:
        return Constraints(**self.found)

    def _unknown(self, modifier: tree.Modifier) -> None:
        word = modifier.word.text
        near = closest(word, READERS)
        fixes = (
            (Fix(f"Write `{near}`", (Edit(modifier.word.span, near),), safe=False),) if near else ()
        )
        self.at.report(
            "K3003",
            modifier.word.span,
            f"There is no modifier `{word}`",
            help=did_you_mean(word, READERS, "modifiers"),
            fixes=fixes,
        )

    def misplaced(self, modifier: tree.Modifier, applies_to: str) -> None:
        self.at.report(
            "K3003",
            modifier.span,
            f"`{modifier.word.text}` applies to {applies_to}",
            label=f"`{self.field.name.text}` is {show(self.type)}",
        )

    def value(self, modifier: tree.Modifier, target: Type) -> TypedExpr | None:
        """The modifier's value as a `target`, when it has one that fits."""
        word = modifier.word.text
        if modifier.value is None:
            self.at.report("K3003", modifier.span, f"`{word}` lacks its value")
            return None
        value = self.at.check(modifier.value, NOTHING_IN_SCOPE, target, f"the value of `{word}`")
        return None if isinstance(value, Bad) else value

    def literal(self, modifier: tree.Modifier, target: Type) -> Any:
        """The constant that the modifier's value is, or None with a finding."""
        value = self.value(modifier, target)
        if value is None:
            return None
        if not constants.is_constant(value):
            self.at.report(
                "K3003", value.span, f"The value of `{modifier.word.text}` must be a literal"
            )
            return None
        return constants.evaluate(value)

    def _check_own_bounds(self) -> None:
        """A default or a bound that the field's other modifiers rule out."""
        low, high = self.found.get("min"), self.found.get("max")
        if low is not None and high is not None:
            self._in_order(constants.evaluate(low), constants.evaluate(high), "min", "max")
        shortest, longest = self.found.get("min_length"), self.found.get("max_length")
        if shortest is not None and longest is not None:
            self._in_order(shortest, longest, "min_length", "max_length")
        if self.default is not None and constants.is_constant(self.default):
            problem = constants.violation(constants.evaluate(self.default), self.constraints())
            if problem:
                self.at.report(
                    "K3008",
                    self.default.span,
                    f"The default of `{self.field.name.text}` breaks its own rule: {problem}",
                )

    def _in_order(self, low: Any, high: Any, first: str, second: str) -> None:
        if low > high:
            self.at.report(
                "K3008",
                self.field.name.span,
                f"No value fits `{self.field.name.text}`: {first} is above {second}",
            )


Reader = Callable[[Modifiers, tree.Modifier], None]


def _required(at: Modifiers, _: tree.Modifier) -> None:
    at.required = True


def _optional(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.place == "accepts":
        at.at.report(
            "K3003",
            modifier.span,
            "A field of `accepts` is optional already",
            help="leave `is optional` out; `is required` says the contrary",
            fixes=(Fix("Remove it", (Edit(modifier.span, ""),), safe=False),),
        )
    at.optional = True


def _secret(at: Modifiers, modifier: tree.Modifier) -> None:
    at.at.not_supported(modifier.span, "`is secret`")
    at.secret = True


def _default(at: Modifiers, modifier: tree.Modifier) -> None:
    value = at.value(modifier, at.type)
    if value is not None:
        at.default = value


def _bound(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (*NUMERIC, UNKNOWN):
        at.misplaced(modifier, "numbers")
    elif (value := at.value(modifier, at.type)) is not None and constants.is_constant(value):
        at.found[modifier.word.text] = value


def _range(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (*NUMERIC, UNKNOWN):
        at.misplaced(modifier, "numbers")
        return
    items = modifier.value.items if isinstance(modifier.value, tree.ListLit) else ()
    if len(items) != 2:
        at.at.report(
            "K3003", modifier.span, "`range` takes two numbers", help="write `range: [0, 10]`"
        )
        return
    for word, item in zip(("min", "max"), items, strict=True):
        value = at.at.check(item, NOTHING_IN_SCOPE, at.type, "an end of the range")
        if constants.is_constant(value):
            at.found[word] = value


def _length(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN) and not isinstance(at.type, ListOf):
        at.misplaced(modifier, "text and lists")
        return
    length = at.literal(modifier, INTEGER)
    if length is not None and length < 0:
        at.at.report("K3003", modifier.span, "A length is never below 0")
    elif length is not None:
        at.found[modifier.word.text] = length


def _pattern(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    pattern = at.literal(modifier, TEXT)
    if pattern is None:
        return
    fault = _re2_fault(pattern)
    if fault is None:
        at.found["pattern"] = pattern
        return
    assert modifier.value is not None
    at.at.report(
        "K3009",
        modifier.value.span,
        "This pattern cannot be used",
        label=fault,
        help="patterns are RE2: no look-around and no back-references",
    )


def _re2_fault(pattern: str) -> str | None:
    # Imported only where a program has a pattern: the engine is a native library.
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as fault:
        said = fault.args[0] if fault.args else "not a pattern"
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return None


def _format(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    name = at.literal(modifier, TEXT)
    if name is None or name in FORMATS:
        if name is not None:
            at.found["format"] = name
        return
    at.at.report(
        "K3003",
        modifier.span,
        f'There is no format "{name}"',
        help=did_you_mean(name, FORMATS, "formats"),
    )


def _choices(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    values = at.literal(modifier, ListOf(TEXT))
    if values:
        at.found["choices"] = tuple(values)
    elif values is not None:
        at.at.report("K3008", modifier.span, "No value fits an empty list of choices")


def _subset(at: Modifiers, modifier: tree.Modifier) -> None:
    if not isinstance(at.type, ListOf):
        if at.type != UNKNOWN:
            at.misplaced(modifier, "lists")
        return
    value = at.value(modifier, at.type)
    items = getattr(value, "items", None)
    if items and all(constants.is_constant(item) for item in items):
        at.found["subset"] = items
    elif value is not None:
        at.at.report("K3003", modifier.span, "`subset` takes a list of literals")


def _said(at: Modifiers, modifier: tree.Modifier) -> None:
    text = at.literal(modifier, TEXT)
    if text is not None:
        at.texts[modifier.word.text] = re.sub(r"\s+", " ", text).strip()


def _taken_from(at: Modifiers, modifier: tree.Modifier) -> None:
    """Read where the steps are known (`contracts.py`)."""
    if at.place != "responds with":
        at.misplaced(modifier, "the fields of `responds with`")


READERS: dict[str, Reader] = {
    "is required": _required,
    "is optional": _optional,
    "is secret": _secret,
    "default": _default,
    "min": _bound,
    "max": _bound,
    "range": _range,
    "min_length": _length,
    "max_length": _length,
    "pattern": _pattern,
    "format": _format,
    "choices": _choices,
    "subset": _subset,
    "description": _said,
    "label": _said,
    "from": _taken_from,
}
