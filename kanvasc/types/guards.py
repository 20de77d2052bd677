"""`ensures guards`: what has to be true of an input before it runs, or of an output before it
leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.records import fields, is_dataclass
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children
from kanvasc.types import operators, options
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.governed import Action, Over, TypedGuard
from kanvasc.types.program import Constraints, FieldSpec, RecordSpec
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Get, InputRef, Local, Symbol, TypedExpr, faulty
from kanvasc.types.types import ANY, TEXT, Nullable
from kanvasc.types.wording import described

OPTIONS: Final = ("check", "on_violation", "fields")
ACTIONS: Final[dict[str, Action]] = {"block": "block", "redact": "redact", "record": "record"}
REDACTED: Final = "[redacted]"
_NOT_SEEN: Final = ("steps", "state", "secrets", "loop", "error")


def read(
    at: Elaborator, machine: tree.Machine, input_: RecordSpec, output: RecordSpec
) -> tuple[TypedGuard, ...]:
    """The machine's guards, in source order; those that are faulty are left out."""
    found: dict[str, tree.Guard] = {}
    made: list[TypedGuard] = []
    for guard in _written(machine):
        first = found.setdefault(guard.name.text, guard)
        if first is not guard:
            _twice(at, guard, first)
            continue
        typed = _Guard(at, guard, input_, output).typed()
        if typed is not None:
            made.append(typed)
    return tuple(made)


def _written(machine: tree.Machine) -> Iterator[tree.Guard]:
    for section in machine.sections:
        if isinstance(section, tree.Ensures):
            for block in section.blocks:
                if isinstance(block, tree.Guards):
                    yield from block.guards


def _twice(at: Elaborator, guard: tree.Guard, first: tree.Guard) -> None:
    at.report(
        "K1004",
        guard.name.span,
        f"The guard `{guard.name.text}` stands twice",
        related=(Related(first.name.span, "the first one"),),
        why="The ledger names the guard that was not passed, so that each needs a name of its own.",
        help="give one of the two another name",
    )


class _Guard:
    """One guard."""

    def __init__(
        self, at: Elaborator, guard: tree.Guard, input_: RecordSpec, output: RecordSpec
    ) -> None:
        self.at = at
        self.guard = guard
        self.records: dict[Over, RecordSpec] = {"input": input_, "output": output}
        self.symbol = Symbol("output", output.type, guard.name.span, "parameter")

    def typed(self) -> TypedGuard | None:
        name = self.guard.name
        given = options.named(self.at, self.guard.options, OPTIONS, "A guard", "guard")
        action = ACTIONS[options.word(self.at, given.get("on_violation"), tuple(ACTIONS), "block")]
        if "check" not in given:
            self.at.report(
                "K4010",
                name.span,
                f"The guard `{name.text}` checks nothing",
                help="add what has to be true, for example `check: output.… != null`",
            )
            return None
        check = self._check(options.single(self.at, given["check"], "The option"))
        over = None if check is None else self._over(check)
        if check is None or over is None:
            return None
        redacted = self._redacted(given.get("fields"), action, over)
        reads = frozenset(_reads(check, self.records[over]))
        return TypedGuard(
            name.text, self.guard.span, over, check, action, self.symbol, redacted, reads
        )

    def _check(self, expr: tree.Expr) -> TypedExpr | None:
        if isinstance(expr, tree.Missing):
            return None
        scope = Scope(self.records["input"].type, locals={"output": self.symbol})
        for inner in _nodes(expr):
            if isinstance(inner, tree.NameRef) and inner.text in _NOT_SEEN:
                self._sees_more(inner)
                return None
        check = operators.condition(self.at, expr, scope)
        return None if faulty(check) else check

    def _sees_more(self, root: tree.NameRef) -> None:
        self.at.report(
            "K4010",
            root.span,
            f"A guard does not see `{root.text}`",
            why="It looks at what came in before any step runs, or at what is to go out after all "
            "of them.",
            help="check it in a step, or make it a part of the output",
        )

    def _over(self, check: TypedExpr) -> Over | None:
        sides: set[Over] = {side for node in _parts(check) if (side := self._side(node))}
        if len(sides) == 1:
            return sides.pop()
        both = bool(sides)
        self.at.report(
            "K4010",
            check.span,
            "A guard looks at `input` or at `output`, not at both"
            if both
            else "This guard looks at neither `input` nor `output`",
            why="One over `input` keeps a run from beginning, one over `output` keeps its result "
            "from leaving.",
            help="make two guards of it, or compare the two in a `decide` step"
            if both
            else "say which of their fields it is about: `input.…` or `output.…`",
        )
        return None

    def _side(self, node: object) -> Over | None:
        if isinstance(node, InputRef):
            return "input"
        return "output" if isinstance(node, Local) and node.symbol is self.symbol else None

    # What is taken out.

    def _redacted(
        self, option: tree.Option | None, action: Action, over: Over
    ) -> tuple[tuple[str, str | None], ...]:
        if (option is not None) is not (action == "redact"):
            self._fields_and_action(option)
            return ()
        names = () if option is None else _names(option)
        found = [(one[0].text, one[1]) for name in names if (one := self._field(name, over))]
        if option is not None and not names:
            self._fields_and_action(None)
        return tuple(dict(found).items())

    def _fields_and_action(self, option: tree.Option | None) -> None:
        name = self.guard.name
        if option is None:
            self.at.report(
                "K4011",
                name.span,
                f"The guard `{name.text}` does not say what to redact",
                help="name the fields that lose their values: `fields: [note]`",
            )
            return
        edits = (removal(self.at.source.text, option.span),)
        self.at.report(
            "K4011",
            option.span,
            "`fields` says nothing here",
            label='only `on_violation: "redact"` takes values out of fields',
            help='leave it out, or write `on_violation: "redact"`',
            fixes=(Fix("Remove it", edits, safe=False),),
        )

    def _field(
        self, expr: tree.Expr, over: Over
    ) -> tuple[tree.NameRef | tree.Name, str | None] | None:
        name = _name(expr)
        if name is None:
            if not isinstance(expr, tree.Missing):
                self.at.report(
                    "K4011",
                    expr.span,
                    f"This is no field of the {over}",
                    help="name the fields themselves: `fields: [note, summary]`",
                )
            return None
        known = {field.name: field for field in self.records[over].fields}
        field = known.get(name.text)
        if field is None:
            near = closest(name.text, known)
            self.at.report(
                "K1003",
                name.span,
                f"The {over} has no field `{name.text}`",
                help=did_you_mean(name.text, known, "fields"),
                fixes=(Fix(f"Write `{near}`", (Edit(name.span, near),), safe=False),)
                if near and isinstance(expr, tree.NameRef)
                else (),
            )
            return None
        return self._replacement(name, field, over)

    def _replacement(
        self, name: tree.NameRef | tree.Name, field: FieldSpec, over: Over
    ) -> tuple[tree.NameRef | tree.Name, str | None] | None:
        if isinstance(field.type, Nullable) or field.type == ANY:
            return name, None
        if field.type == TEXT and field.constraints == Constraints():
            return name, REDACTED
        held = field.type == TEXT
        self.at.report(
            "K4011",
            name.span,
            f"`{field.name}` cannot be redacted",
            label=f'its rules do not let it be "{REDACTED}"'
            if held
            else f"it is {described(field.type)}, and never null",
            related=(Related(field.span, "declared here"),),
            why=f'What is redacted becomes null where it may be, and else the text "{REDACTED}".',
            help="let the field be absent: leave `is required` out"
            if over == "input"
            else "let the field be null: `is optional`",
        )
        return None


def _names(option: tree.Option) -> tuple[tree.Expr, ...]:
    """The fields of `fields: [a, b]`, or of `fields: a, b`."""
    if len(option.values) == 1 and isinstance(option.values[0], tree.ListLit):
        return option.values[0].items
    return option.values


def _name(expr: tree.Expr) -> tree.NameRef | tree.Name | None:
    if isinstance(expr, tree.NameRef):
        return expr
    if isinstance(expr, tree.TextLit) and expr.plain is not None:
        return tree.Name(expr.span, expr.plain)
    return None


def _nodes(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def _parts(value: object) -> Iterator[object]:
    """An expression and all that it is made of."""
    if isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
    elif is_dataclass(value) and not isinstance(value, Symbol):
        yield value
        for field in fields(value):
            if field.name not in ("type", "span", "over"):
                yield from _parts(getattr(value, field.name))


def _reads(value: object, whole: RecordSpec) -> Iterator[str]:
    """The fields of the record that a check looks at: all where it takes it as one value."""
    match value:
        case Get(object=InputRef() | Local() as record, name=name) if record.type == whole.type:
            yield name
        case InputRef(type=type_) | Local(type=type_) if type_ == whole.type:
            yield from (field.name for field in whole.fields)
        case tuple():
            for item in value:
                yield from _reads(item, whole)
        case _ if is_dataclass(value) and not isinstance(value, Symbol):
            for field in fields(value):
                if field.name not in ("type", "span", "over"):
                    yield from _reads(getattr(value, field.name), whole)
