"""Modifiers of a field: which there are, what they apply to, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kanvasc.diagnostics import Edit, Fix, Related, removal, spelling
from kanvasc.names import closest, did_you_mean
from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import constants, rules
from kanvasc.types.formats import FORMATS
from kanvasc.types.literals import WRITTEN_AS_TEXT
from kanvasc.types.patterns import fault_of, way_out
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
)
from kanvasc.types.wording import default_of, described

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

_PLACES = {
    "responds with": "as every field of `responds with` is",
    "returns": "as every field of `returns` is",
    "schema": "as every field of a `schema` is",
    "type": "as every field of a type is",
}
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
        self.seen: dict[str, tree.Modifier] = {}

    def read(self) -> None:
        for modifier in self.field.modifiers:
            word = modifier.word.text
            reader = READERS.get(word)
            if reader is None:
                self._unknown(modifier)
            elif word in self.seen:
                self._twice(modifier, self.seen[word])
            else:
                self.seen[word] = modifier
                reader(self, modifier)
        self._check_contradictions()
        self._check_own_bounds()

    def constraints(self) -> Constraints:
        return Constraints(**self.found)

    def _unknown(self, modifier: tree.Modifier) -> None:
        word = modifier.word.text
        self.at.report(
            "K3003",
            modifier.word.span,
            f"There is no modifier `{word}`",
            help=did_you_mean(word, READERS, "modifiers"),
            fixes=spelling(modifier.word.span, closest(word, READERS)),
        )

    def without(self, modifier: tree.Modifier) -> Fix:
        return Fix("Remove it", (removal(self.at.source.text, modifier.span),), safe=False)

    def _twice(self, modifier: tree.Modifier, first: tree.Modifier) -> None:
        self.at.report(
            "K1004",
            modifier.span,
            f"`{modifier.word.text}` stands twice on this field",
            related=(Related(first.span, "the first one"),),
            help="remove one of the two",
            fixes=(self.without(modifier),),
        )

    def _check_contradictions(self) -> None:
        required = self.seen.get("is required")
        if required is None:
            return
        if "is optional" in self.seen:
            self.at.report(
                "K3003",
                self.seen["is optional"].span,
                "`is optional` and `is required` contradict each other",
                related=(Related(required.span, "required here"),),
                help="keep one of the two",
                fixes=(self.without(self.seen["is optional"]),),
            )
        elif "default" in self.seen:
            self.at.report(
                "K3010",
                required.span,
                "`is required` has no effect beside a default",
                related=(Related(self.seen["default"].span, "this stands in for an absent value"),),
                help="remove `is required`, or the default",
                fixes=(self.without(required),),
            )
        elif self.place not in ("accepts", "state"):
            self._check_needed(required)

    def _check_needed(self, required: tree.Modifier) -> None:
        """Outside of `accepts`, only what `is optional` or has a default may be absent."""
        fix = Fix("Remove it", (removal(self.at.source.text, required.span),))
        self.at.report(
            "K3012",
            required.span,
            f"`{self.field.name.text}` is required anyway",
            label=_PLACES[self.place],
            help="leave it out, and write `is optional` on the fields that may be absent",
            fixes=(fix,),
        )

    def misplaced(self, modifier: tree.Modifier, applies_to: str) -> None:
        self.at.report(
            "K3003",
            modifier.span,
            f"`{modifier.word.text}` is for {applies_to}",
            label=f"`{self.field.name.text}` is {described(self.type)}",
            help=self._instead(modifier.word.text),
            fixes=(self.without(modifier),),
        )

    def _instead(self, word: str) -> str:
        """The modifier that does on this type what `word` does on others."""
        sized = self.type == TEXT or isinstance(self.type, ListOf)
        if word in ("min", "max", "range") and sized:
            return "for the length, write `min_length: …` and `max_length: …`"
        if word in ("min_length", "max_length") and self.type in NUMERIC:
            return f"for the value, write `{word[:3]}: …`"
        if word == "choices" and isinstance(self.type, ListOf):
            return "for the items of a list, write `subset: […]`"
        if word == "subset" and self.type == TEXT:
            return "for one text out of several, write `choices: […]`"
        return "leave it out here"

    def value(self, modifier: tree.Modifier, target: Type) -> TypedExpr | None:
        """The modifier's value as a `target`, when it has one that fits."""
        if modifier.value is None:
            return None
        place = f"the value of `{modifier.word.text}`"
        value = self.at.check(modifier.value, NOTHING_IN_SCOPE, target, place)
        return None if isinstance(value, Bad) else value

    def literal(self, modifier: tree.Modifier, target: Type) -> Any:
        """The constant that the modifier's value is, or None with a finding."""
        value = self.value(modifier, target)
        if value is None:
            return None
        return constants.evaluate(value) if self.is_literal(modifier, value) else None

    def is_literal(self, modifier: tree.Modifier, value: TypedExpr) -> bool:
        if constants.is_constant(value):
            return True
        if not isinstance(value, Bad):
            self.at.report(
                "K3003",
                value.span,
                f"The value of `{modifier.word.text}` is not written out",
                label="this has to be computed first",
                why="The rules of a field are part of the contract that clients read.",
                help="write the value itself",
            )
        return False

    def _check_own_bounds(self) -> None:
        """A default or a bound that the field's other modifiers rule out."""
        low, high = self.found.get("min"), self.found.get("max")
        if low is not None and high is not None:
            self._in_order(constants.evaluate(low), constants.evaluate(high), "min", "max")
        shortest, longest = self.found.get("min_length"), self.found.get("max_length")
        if shortest is not None and longest is not None:
            self._in_order(shortest, longest, "min_length", "max_length")
        self._check_choices()
        if self.default is not None and constants.is_constant(self.default):
            problem = constants.violation(constants.evaluate(self.default), self.constraints())
            inner = rules.broken_inside(self.default, self.at.records)
            if problem or inner is not None:
                self._default_breaks(self.default.span, problem, inner)

    def _default_breaks(self, span: Span, problem: str | None, inner: rules.Broken | None) -> None:
        name = self.field.name.text
        if inner is not None and not problem:
            name, span, problem = inner.field.name, inner.span, inner.problem
        rule = () if inner is None else (inner.field,)
        self.at.report(
            "K3008",
            span,
            f"The default of `{name}` breaks a rule of its own field",
            label=problem or "",
            related=tuple(Related(one.span, "the rule stands here", one.source) for one in rule),
            help="change the default, or the rule",
        )

    def _check_choices(self) -> None:
        """A choice that the field's other rules refuse could never be made."""
        written = self.seen["choices"].value if "choices" in self.found else None
        others = replace(self.constraints(), choices=())
        for item in written.items if isinstance(written, tree.ListLit) else ():
            plain = item.plain if isinstance(item, tree.TextLit) else None
            problem = None if plain is None else constants.violation(plain, others)
            if problem:
                self.at.report(
                    "K3008",
                    item.span,
                    f"A choice of `{self.field.name.text}` breaks a rule of its own field",
                    label=problem,
                    help="change the choice, or the rule",
                )

    def _in_order(self, low: Any, high: Any, first: str, second: str) -> None:
        if low > high:
            ends = "its first end is above its second" if "range" in self.seen else None
            self.at.report(
                "K3008",
                self.field.name.span,
                f"No value fits `{self.field.name.text}`",
                label=f"`range`: {ends}" if ends else f"`{first}` is above `{second}`",
                help="change one of the two",
            )


Reader = Callable[[Modifiers, tree.Modifier], None]


def _required(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.place == "state":
        at.at.report(
            "K3003",
            modifier.span,
            "Nobody sends the state, so nothing of it can be required",
            label="before the first run there would be no value",
            why="A field of the state begins with its default; without one it begins as null.",
            help=f"write `default: {default_of(at.type)}` instead, or leave `is required` out",
            fixes=(at.without(modifier),),
        )
    at.required = True


def _optional(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.place == "accepts":
        at.at.report(
            "K3003",
            modifier.span,
            "A field of `accepts` is optional already",
            why="Without `is required` and without a default a field may be absent.",
            help="leave `is optional` out",
            fixes=(at.without(modifier),),
        )
    at.optional = True


def _secret(at: Modifiers, _: tree.Modifier) -> None:
    """Where it stands is judged where all of the machine is known (`exposed.py`)."""
    at.secret = True


def _default(at: Modifiers, modifier: tree.Modifier) -> None:
    if isinstance(modifier.value, tree.NullLit):
        at.at.report(
            "K2003",
            modifier.value.span,
            "A default cannot be null",
            why="A field that is absent and has no default is null anyway.",
            help="leave the default out",
            fixes=(at.without(modifier),),
        )
        return
    value = at.value(modifier, at.type)
    if value is not None:
        at.default = value


def _bound(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (*NUMERIC, UNKNOWN):
        at.misplaced(modifier, "numbers")
    elif (value := at.value(modifier, at.type)) is not None and at.is_literal(modifier, value):
        at.found[modifier.word.text] = value


def _range(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (*NUMERIC, UNKNOWN):
        at.misplaced(modifier, "numbers")
        return
    items = modifier.value.items if isinstance(modifier.value, tree.ListLit) else ()
    if len(items) != 2:
        at.at.report(
            "K3003",
            modifier.span,
            "`range` takes two numbers: the lowest and the highest",
            help="write `range: [0, 10]`",
        )
        return
    for word, item in zip(("min", "max"), items, strict=True):
        value = at.at.check(item, NOTHING_IN_SCOPE, at.type, "an end of the range")
        if at.is_literal(modifier, value):
            at.found[word] = value


def _length(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN) and not isinstance(at.type, ListOf):
        at.misplaced(modifier, "text and lists")
        return
    length = at.literal(modifier, INTEGER)
    if length is not None and length < 0:
        at.at.report(
            "K3003",
            modifier.span,
            "A length is never below 0",
            help="write a length from 0 on, or leave it out",
            fixes=(at.without(modifier),),
        )
    elif length is not None:
        at.found[modifier.word.text] = length


def _pattern(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    pattern = at.literal(modifier, TEXT)
    if pattern is None:
        return
    fault = fault_of(pattern)
    if fault is None:
        at.found["pattern"] = pattern
        return
    assert modifier.value is not None
    at.at.report(
        "K3009",
        modifier.value.span,
        "This pattern cannot be used",
        label=fault,
        help=way_out(fault),
    )


def _format(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    name = at.literal(modifier, TEXT)
    if name is None or name in FORMATS:
        if name is not None:
            at.found["format"] = name
        return
    near = closest(name, FORMATS)
    edits = (Edit(modifier.value.span, f'"{near}"'),) if near and modifier.value else ()
    at.at.report(
        "K3003",
        modifier.value.span if modifier.value else modifier.span,
        f'There is no format "{name}"',
        help=did_you_mean(name, FORMATS, "formats"),
        fixes=(Fix(f'Write "{near}"', edits, safe=False),) if edits else (),
    )


def _choices(at: Modifiers, modifier: tree.Modifier) -> None:
    if at.type not in (TEXT, UNKNOWN):
        at.misplaced(modifier, "text")
        return
    values = at.literal(modifier, ListOf(TEXT))
    if values:
        at.found["choices"] = tuple(values)
    elif values is not None:
        at.at.report(
            "K3008",
            modifier.span,
            "No value fits an empty list of choices",
            help='name them: `choices: ["small", "large"]`',
        )


def _subset(at: Modifiers, modifier: tree.Modifier) -> None:
    if not isinstance(at.type, ListOf):
        if at.type != UNKNOWN:
            at.misplaced(modifier, "lists")
        return
    if at.type.item in WRITTEN_AS_TEXT:
        at.misplaced(modifier, "lists of texts, numbers and booleans")
        return
    value = at.value(modifier, at.type)
    if value is None or not at.is_literal(modifier, value):
        return
    items = getattr(value, "items", ())
    if items:
        at.found["subset"] = items
        return
    at.at.report(
        "K3008",
        modifier.span,
        "Only an empty list fits an empty subset",
        help='name the items that are allowed: `subset: ["a", "b"]`',
    )


def _said(at: Modifiers, modifier: tree.Modifier) -> None:
    text = at.literal(modifier, TEXT)
    if text is not None:
        at.texts[modifier.word.text] = re.sub(r"\s+", " ", text).strip()


def _taken_from(at: Modifiers, modifier: tree.Modifier) -> None:
    """Read where the steps are known (`contracts.py`)."""
    if at.place != "responds with":
        at.at.report(
            "K3003",
            modifier.span,
            "`from` is for the fields of `responds with`",
            label="this field comes from outside the steps",
            help="leave it out here",
            fixes=(at.without(modifier),),
        )


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
