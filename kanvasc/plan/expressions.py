"""Typed expressions as Python's.

Python's own syntax tree is built and unparsed: brackets follow from precedence, and a text of
the program can only ever become a string literal.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from kanvasc.plan import widening
from kanvasc.plan.conversions import converted
from kanvasc.plan.identifiers import Names
from kanvasc.plan.python import (
    call,
    calling,
    dotted,
    function,
    is_not_null,
    is_null,
    mentions,
    negated,
    simple,
)
from kanvasc.types import typed
from kanvasc.types.typed import Symbol, TypedExpr
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBER,
    TEXT,
    UUID,
    Enum,
    Function,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    nullable,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.plan.classes import Classes

_COMPARE: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
}
_ARITHMETIC: dict[str, ast.operator] = {
    "add": ast.Add(),
    "subtract": ast.Sub(),
    "multiply": ast.Mult(),
}
_READ_FROM_TEXT: dict[Type, str] = {DATE: "ops.date", DATETIME: "ops.moment", UUID: "ops.uuid_of"}
_PLAIN = (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, UUID, DATE, DATETIME)


class Expressions:
    """Writes the expressions of one function; `variables` holds its names, `locals` which symbol
    each name that was written stands for. `unseen`: what was tested out of type checkers' sight."""

    def __init__(self, classes: Classes, names: Names) -> None:
        self.classes = classes
        self.names = names
        self.variables: dict[str, list[tuple[Type, str]]] = {}
        self.symbols: dict[Symbol, str] = {}
        self.locals: dict[ast.Name, Symbol] = {}
        self.unseen: list[str] = []
        self.state = "state"
        self.inside_lambda = 0

    def of(self, value: TypedExpr) -> ast.expr:
        return HANDLERS[type(value)](self, value)

    def variable(self, symbol: Symbol) -> str:
        """The variable of a symbol."""
        if symbol not in self.symbols:
            step = symbol.kind == "step"
            self.symbols[symbol] = self._of_step(symbol) if step else self.names.take(symbol.name)
        return self.symbols[symbol]

    def _of_step(self, symbol: Symbol) -> str:
        """Steps of one name and type in several arms share a variable: only one of them runs."""
        known = self.variables.setdefault(symbol.name, [])
        for type_, name in known:
            if type_ in (symbol.type, nullable(symbol.type)):
                return name
        known.append((symbol.type, self.names.take(symbol.name)))
        return known[-1][1]

    def read_in(self, made: ast.expr) -> Iterable[Symbol]:
        """The symbols that an expression still reads, after all that was folded away."""
        names = (node for node in ast.walk(made) if isinstance(node, ast.Name))
        return (self.locals[name] for name in names if name in self.locals)

    def named(self) -> Iterable[tuple[Symbol, str]]:
        """Every symbol that got a variable, with its name."""
        return self.symbols.items()

    def class_of(self, record: Record) -> ast.expr:
        return dotted(self.classes.of(record))

    def once(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """`value` for its first use and for the later ones, evaluated only once."""
        if simple(value):
            return value, value
        name = self.names.take(calling(value))
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), ast.Name(name)

    def unless_null(self, value: ast.expr, then: Callable[[ast.expr], ast.expr]) -> ast.expr:
        """`None if value is None else then(value)`."""
        first, again = self.once(value)
        made = then(again)
        unnamed = isinstance(again, ast.Name) and not mentions(made, again.id)
        return ast.IfExp(is_null(value if unnamed else first), ast.Constant(None), made)


def _const(_: Expressions, value: typed.Const) -> ast.expr:
    if isinstance(value.value, Decimal):
        return call("ops.decimal", ast.Constant(str(value.value)))
    reader = _READ_FROM_TEXT.get(value.type)
    if reader is not None:
        return call(reader, ast.Constant(value.value))
    return ast.Constant(value.value)


def _input(_: Expressions, __: typed.InputRef) -> ast.expr:
    return ast.Name("input_")


def _context(_: Expressions, value: typed.ContextRef) -> ast.expr:
    return dotted(f"run.{value.name}")


def _secret(_: Expressions, value: typed.SecretRef) -> ast.expr:
    return call("run.secret", ast.Constant(value.name))


def _state(at: Expressions, _: typed.StateRef) -> ast.expr:
    return ast.Name(at.state)


def _local(at: Expressions, value: typed.Local) -> ast.expr:
    name = ast.Name(at.variable(value.symbol))
    at.locals[name] = value.symbol
    return name


def _get(at: Expressions, value: typed.Get) -> ast.expr:
    if not value.through_null:
        return ast.Attribute(at.of(value.object), _attribute(at, value))
    names = [_attribute(at, value)]
    source = value.object
    # Where only the first of several may be null, one test is enough.
    while isinstance(source, typed.Get) and source.through_null and not _own_null(source):
        names.insert(0, _attribute(at, source))
        source = source.object
    return at.unless_null(at.of(source), lambda found: reduce(ast.Attribute, names, found))


def _attribute(at: Expressions, value: typed.Get) -> str:
    record = without_null(value.object.type)
    assert isinstance(record, Record)
    return at.classes.attribute(record, value.name)


def _own_null(value: typed.Get) -> bool:
    """Whether the field itself may be null, beside the object that it is read from."""
    record = without_null(value.object.type)
    field = record.get(value.name) if isinstance(record, Record) else None
    return field is None or isinstance(field.type, Nullable)


def _get_any(at: Expressions, value: typed.GetAny) -> ast.expr:
    source, name = at.of(value.object), ast.Constant(value.name)
    return _from_map(at, value.object.type, source, name)


def _key(at: Expressions, value: typed.Key) -> ast.expr:
    return _from_map(at, value.object.type, at.of(value.object), at.of(value.key))


def _from_map(at: Expressions, type_: Type, source: ast.expr, key: ast.expr) -> ast.expr:
    if without_null(type_) == ANY:
        return call("ops.get", source, key)
    if isinstance(type_, Nullable):
        return at.unless_null(source, lambda found: _get_key(found, key))
    return _get_key(source, key)


def _get_key(source: ast.expr, key: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(source, "get"), [key], [])


def _at(at: Expressions, value: typed.At) -> ast.expr:
    return call("ops.at", at.of(value.object), at.of(value.index))


def _length(at: Expressions, value: typed.Length) -> ast.expr:
    return call("len", at.of(value.object))


def _operate(at: Expressions, value: typed.Operate) -> ast.expr:
    left, right = at.of(value.left), at.of(value.right)
    if value.operation == "in":
        return _contains(value, left, right)
    if value.operation in _COMPARE:
        return _compare(value, left, right)
    if value.over == DECIMAL:
        return call(f"ops.decimal_{value.operation}", left, right)
    if value.operation in ("divide", "modulo"):
        return call(f"ops.{value.operation}", left, right)
    checked = "ops.integer" if value.over == INTEGER else "ops.number"
    return call(checked, ast.BinOp(left, _ARITHMETIC[value.operation], right))


def _contains(value: typed.Operate, left: ast.expr, right: ast.expr) -> ast.expr:
    container = value.right.type
    plain = container == TEXT or isinstance(container, Enum | MapOf)
    if isinstance(container, ListOf):
        plain = all(map(_is_plain, (container.item, value.left.type)))
    return ast.Compare(left, [ast.In()], [right]) if plain else call("ops.contains", left, right)


def _compare(value: typed.Operate, left: ast.expr, right: ast.expr) -> ast.expr:
    if value.operation in ("==", "!=") and not _plainly_equal(value):
        equal = call("ops.equal", left, right)
        return equal if value.operation == "==" else ast.UnaryOp(ast.Not(), equal)
    operator = _COMPARE[value.operation]
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        left, right, operator = right, left, _turned(value.operation)
    if isinstance(right, ast.Constant) and isinstance(right.value, bool):
        operator = ast.Is() if value.operation == "==" else ast.IsNot()
    return ast.Compare(left, [operator], [right])


def _turned(operation: str) -> ast.cmpop:
    return _COMPARE[{"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operation, operation)]


def _plainly_equal(value: typed.Operate) -> bool:
    """Python's `==` agrees with ours, except between records, structures and `any`."""
    return _is_plain(value.left.type) and _is_plain(value.right.type)


def _is_plain(type_: Type) -> bool:
    inner = without_null(type_)
    return inner in _PLAIN or isinstance(inner, Enum)


def _negate(at: Expressions, value: typed.Negate) -> ast.expr:
    operand = at.of(value.operand)
    if value.type == DECIMAL:
        return call("ops.decimal_negate", operand)
    match operand:
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return inner
        case ast.Constant(value=int(number) | float(number)):
            return ast.Constant(-number)
    return ast.UnaryOp(ast.USub(), operand)


def _not(at: Expressions, value: typed.Not) -> ast.expr:
    return negated(at.of(value.operand))


def _logic(at: Expressions, value: typed.Logic) -> ast.expr:
    left, right = at.of(value.left), at.of(value.right)
    decided_by = value.operator == "or"
    for side, other in ((left, right), (right, left)):
        if isinstance(side, ast.Constant):
            return side if side.value is decided_by else other
    operator: ast.boolop = ast.And() if value.operator == "and" else ast.Or()
    values: list[ast.expr] = []
    for side in (left, right):
        same = isinstance(side, ast.BoolOp) and type(side.op) is type(operator)
        values.extend(side.values if same and isinstance(side, ast.BoolOp) else [side])
    return ast.BoolOp(operator, values)


def _is_null(at: Expressions, value: typed.IsNull) -> ast.expr:
    operand = at.of(value.operand)
    if isinstance(operand, ast.Constant):
        return ast.Constant((operand.value is None) is not value.negated)
    return is_not_null(operand) if value.negated else is_null(operand)


def _coalesce(at: Expressions, value: typed.Coalesce) -> ast.expr:
    if isinstance(value.left, typed.Get) and value.left.through_null and not _own_null(value.left):
        # Null comes from the object alone: what stands behind `??` takes its place at once.
        member = at.of(value.left)
        assert isinstance(member, ast.IfExp)
        return ast.IfExp(member.test, at.of(value.right), member.orelse)
    first, again = at.once(at.of(value.left))
    return ast.IfExp(is_not_null(first), again, at.of(value.right))


def _if(at: Expressions, value: typed.If) -> ast.expr:
    condition = at.of(value.condition)
    then, otherwise = at.of(value.then), at.of(value.otherwise)
    if isinstance(condition, ast.Constant):
        return then if condition.value else otherwise
    match then, otherwise:
        case ast.Constant(value=True), ast.Constant(value=False):
            return condition
        case ast.Constant(value=False), ast.Constant(value=True):
            return negated(condition)
    if isinstance(condition, ast.UnaryOp):
        return ast.IfExp(condition.operand, otherwise, then)
    return ast.IfExp(condition, then, otherwise)


def _join(at: Expressions, value: typed.JoinText) -> ast.expr:
    return call("ops.text", *map(at.of, value.parts))


def _new_record(at: Expressions, value: typed.NewRecord) -> ast.expr:
    made = at.class_of(value.record)
    keywords = [
        ast.keyword(at.classes.attribute(value.record, name), at.of(entry))
        for name, entry in value.fields
    ]
    return ast.Call(made, [], keywords)


def _new_list(at: Expressions, value: typed.NewList) -> ast.expr:
    assert isinstance(value.type, ListOf)
    made = [at.of(item) for item in value.items]
    return ast.List(widening.items(made, value.items, value.type.item))


def _new_map(at: Expressions, value: typed.NewMap) -> ast.expr:
    keys: list[ast.expr | None] = [ast.Constant(name) for name, _ in value.entries]
    assert isinstance(value.type, MapOf)
    values = [entry for _, entry in value.entries]
    return ast.Dict(keys, widening.items(list(map(at.of, values)), values, value.type.item))


def _lambda(at: Expressions, value: typed.LambdaOf) -> ast.expr:
    names = tuple(at.variable(symbol) for symbol in value.parameters)
    at.inside_lambda += 1
    assert isinstance(value.type, Function)
    body = widening.value(at.of(value.body), value.body, value.type.result)
    at.inside_lambda -= 1
    # Only the body sees them: the next lambda may use the same names.
    at.names.release(names)
    return function(names, body)


def _library(at: Expressions, value: typed.CallLibrary) -> ast.expr:
    function, arguments = value.python, list(map(at.of, value.arguments))
    if function == "sum_" and value.type == DECIMAL:
        function = "decimal_sum"  # the sum of no decimals has to be one too
    if function == "reduce":
        function = _reduce(value.type)
        arguments[-1] = widening.value(arguments[-1], value.arguments[-1], value.type)
    return call(f"library.{function}", *arguments)


def _reduce(type_: Type) -> str:
    """Type checkers go by the start, which may be of a narrower type than what comes of it."""
    if isinstance(type_, Nullable):
        return "reduce_or_null"
    return "reduce_number" if type_ == NUMBER else "reduce"


def _present(at: Expressions, value: typed.Present) -> ast.expr:
    """Type checkers forget inside a lambda what was tested around it, and see no test of a call's
    result at all; `present` says it again."""
    operand = at.of(value.operand)
    # The state was asked for again since, and so type checkers have forgotten what was shown.
    seen = simple(operand) and not at.inside_lambda and not mentions(operand, at.state)
    seen = seen and ast.unparse(operand) not in at.unseen
    return operand if seen else call("ops.present", operand)


def _truth(at: Expressions, value: typed.Truth) -> ast.expr:
    operand = at.of(value.operand)
    if value.operand.type == ANY:
        return call("ops.truth", operand)
    return ast.Compare(operand, [ast.Is()], [ast.Constant(True)])


def _coerce(at: Expressions, value: typed.Coerce) -> ast.expr:
    return converted(at, at.of(value.operand), value.operand.type, value.type)


HANDLERS: dict[type[Any], Callable[[Expressions, Any], ast.expr]] = {
    typed.Const: _const,
    typed.InputRef: _input,
    typed.ContextRef: _context,
    typed.SecretRef: _secret,
    typed.StateRef: _state,
    typed.Local: _local,
    typed.Get: _get,
    typed.GetAny: _get_any,
    typed.Operate: _operate,
    typed.Negate: _negate,
    typed.Not: _not,
    typed.Logic: _logic,
    typed.IsNull: _is_null,
    typed.Coalesce: _coalesce,
    typed.If: _if,
    typed.JoinText: _join,
    typed.NewRecord: _new_record,
    typed.NewList: _new_list,
    typed.NewMap: _new_map,
    typed.At: _at,
    typed.Key: _key,
    typed.Length: _length,
    typed.LambdaOf: _lambda,
    typed.CallLibrary: _library,
    typed.Truth: _truth,
    typed.Present: _present,
    typed.Coerce: _coerce,
}
