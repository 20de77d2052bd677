"""The expression library: the one table that checker, emitter, docs and completion share.

Variables in signatures: `T` and `U` hold anything, `N` a numeric type, `O` a type with an order.
"""

from __future__ import annotations

from kanvasc.records import dataclass
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBER,
    TEXT,
    UUID,
    Function,
    ListOf,
    MapOf,
    Nullable,
    Type,
    Variable,
    show,
)

T, U, N, O = Variable("T"), Variable("U"), Variable("N"), Variable("O")  # noqa: E741


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Type
    optional: bool = False


@dataclass(frozen=True, slots=True)
class LibraryFunction:
    """A method (`receiver` is set) or a function such as `Math.round`.

    `python` names it in the runtime's library; the receiver is its first argument.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    python: str
    doc: str
    receiver: Type | None = None

    @property
    def signature(self) -> str:
        given = ", ".join(
            f"{p.name}{'?' if p.optional else ''} as {show(p.type)}" for p in self.parameters
        )
        head = f"{show(self.receiver)}." if self.receiver is not None else ""
        return f"{head}{self.name}({given}) gives {show(self.result)}"


def _p(name: str, type_: Type, *, optional: bool = False) -> Parameter:
    return Parameter(name, type_, optional)


def _method(
    receiver: Type,
    name: str,
    parameters: tuple[Parameter, ...],
    result: Type,
    python: str,
    doc: str,
) -> LibraryFunction:
    return LibraryFunction(name, parameters, result, python, doc, receiver)


_EACH = _p("each", Function((T,), U))
_TEST = _p("test", Function((T,), BOOLEAN))
_FROM_TO = (_p("start", INTEGER), _p("end", INTEGER, optional=True))
_LIST = ListOf(T)
_MAP = MapOf(T)

METHODS: tuple[LibraryFunction, ...] = (
    _method(TEXT, "upper", (), TEXT, "upper", "In capital letters."),
    _method(TEXT, "lower", (), TEXT, "lower", "In small letters."),
    _method(TEXT, "trim", (), TEXT, "trim", "Without white space at both ends."),
    _method(
        TEXT,
        "split",
        (_p("separator", TEXT),),
        ListOf(TEXT),
        "split",
        "The parts between separators.",
    ),
    _method(
        TEXT,
        "replace",
        (_p("old", TEXT), _p("new", TEXT)),
        TEXT,
        "replace",
        "Every `old` replaced by `new`.",
    ),
    _method(
        TEXT, "includes", (_p("part", TEXT),), BOOLEAN, "text_includes", "Whether it holds `part`."
    ),
    _method(
        TEXT,
        "startsWith",
        (_p("part", TEXT),),
        BOOLEAN,
        "starts_with",
        "Whether it begins with `part`.",
    ),
    _method(
        TEXT, "endsWith", (_p("part", TEXT),), BOOLEAN, "ends_with", "Whether it ends with `part`."
    ),
    _method(TEXT, "slice", _FROM_TO, TEXT, "text_slice", "From `start` up to `end`, without it."),
    _method(
        TEXT,
        "padStart",
        (_p("length", INTEGER), _p("fill", TEXT, optional=True)),
        TEXT,
        "pad_start",
        "Filled at the start up to `length`.",
    ),
    _method(
        TEXT,
        "padEnd",
        (_p("length", INTEGER), _p("fill", TEXT, optional=True)),
        TEXT,
        "pad_end",
        "Filled at the end up to `length`.",
    ),
    _method(_LIST, "map", (_EACH,), ListOf(U), "map_", "`each` of every item."),
    _method(_LIST, "filter", (_TEST,), _LIST, "filter_", "The items that pass."),
    _method(
        _LIST,
        "reduce",
        (_p("step", Function((U, T), U)), _p("start", U)),
        U,
        "reduce",
        "`step` of what was so far and each item, beginning with `start`.",
    ),
    _method(_LIST, "find", (_TEST,), Nullable(T), "find", "The first item that passes, or null."),
    _method(_LIST, "some", (_TEST,), BOOLEAN, "some", "Whether any item passes."),
    _method(_LIST, "every", (_TEST,), BOOLEAN, "every", "Whether all items pass."),
    _method(
        _LIST, "includes", (_p("item", T),), BOOLEAN, "list_includes", "Whether it holds `item`."
    ),
    _method(_LIST, "first", (), Nullable(T), "first", "The first item, or null."),
    _method(_LIST, "last", (), Nullable(T), "last", "The last item, or null."),
    _method(ListOf(O), "sort", (), ListOf(O), "sort", "In ascending order."),
    _method(
        _LIST,
        "sortBy",
        (_p("by", Function((T,), O)),),
        _LIST,
        "sort_by",
        "In ascending order of `by`.",
    ),
    _method(_LIST, "reverse", (), _LIST, "reverse", "The last item first."),
    _method(_LIST, "slice", _FROM_TO, _LIST, "list_slice", "From `start` up to `end`, without it."),
    _method(
        _LIST,
        "join",
        (_p("separator", TEXT, optional=True),),
        TEXT,
        "join",
        "The items as text, with `separator` (a comma) between.",
    ),
    _method(ListOf(N), "sum", (), N, "sum_", "All items added; 0 for an empty list."),
    _method(ListOf(O), "min", (), Nullable(O), "min_", "The smallest item, or null."),
    _method(ListOf(O), "max", (), Nullable(O), "max_", "The largest item, or null."),
    _method(_LIST, "unique", (), _LIST, "unique", "Each item once, where it came first."),
    _method(ListOf(_LIST), "flat", (), _LIST, "flat", "The items of the lists in it."),
    _method(
        _LIST,
        "groupBy",
        (_p("by", Function((T,), TEXT)),),
        MapOf(_LIST),
        "group_by",
        "A map from each `by` to its items.",
    ),
    _method(
        _LIST,
        "toMap",
        (_p("key", Function((T,), TEXT)), _p("value", Function((T,), U))),
        MapOf(U),
        "to_map",
        "A map from each `key` to its `value`; of two with one key, the later one's.",
    ),
    _method(
        _LIST,
        "count",
        (_p("test", Function((T,), BOOLEAN), optional=True),),
        INTEGER,
        "count",
        "How many items there are, or pass.",
    ),
    _method(_MAP, "keys", (), ListOf(TEXT), "keys", "Its keys, in order."),
    _method(_MAP, "values", (), _LIST, "values", "Its values, in order of the keys."),
    _method(_MAP, "has", (_p("key", TEXT),), BOOLEAN, "has", "Whether it has `key`."),
    _method(_MAP, "get", (_p("key", TEXT),), Nullable(T), "get", "The value of `key`, or null."),
    _method(
        _MAP, "merge", (_p("other", _MAP),), _MAP, "merge", "Both maps; the other's values win."
    ),
)

_UNIT = _p("unit", TEXT)

FUNCTIONS: tuple[LibraryFunction, ...] = (
    LibraryFunction(
        "Math.round", (_p("x", N),), INTEGER, "math_round", "The nearest integer; halves go up."
    ),
    LibraryFunction("Math.floor", (_p("x", N),), INTEGER, "math_floor", "The integer below."),
    LibraryFunction("Math.ceil", (_p("x", N),), INTEGER, "math_ceil", "The integer above."),
    LibraryFunction(
        "Math.trunc", (_p("x", N),), INTEGER, "math_trunc", "Without what follows the point."
    ),
    LibraryFunction("Math.abs", (_p("x", N),), N, "math_abs", "Without its sign."),
    LibraryFunction("Math.sign", (_p("x", N),), INTEGER, "math_sign", "-1, 0 or 1."),
    LibraryFunction("Math.min", (_p("a", N), _p("b", N)), N, "math_min", "The smaller one."),
    LibraryFunction("Math.max", (_p("a", N), _p("b", N)), N, "math_max", "The larger one."),
    LibraryFunction(
        "Math.pow", (_p("x", NUMBER), _p("y", NUMBER)), NUMBER, "math_pow", "`x` to the power `y`."
    ),
    LibraryFunction("Math.sqrt", (_p("x", NUMBER),), NUMBER, "math_sqrt", "The square root."),
    LibraryFunction(
        "DateTime.parse",
        (_p("text", TEXT),),
        DATETIME,
        "datetime_parse",
        "RFC 3339 text as datetime.",
    ),
    LibraryFunction(
        "DateTime.add",
        (_p("at", DATETIME), _p("amount", INTEGER), _UNIT),
        DATETIME,
        "datetime_add",
        'Later (or earlier) by `amount` of a unit ("second" … "year").',
    ),
    LibraryFunction(
        "DateTime.diff",
        (_p("later", DATETIME), _p("earlier", DATETIME), _UNIT),
        NUMBER,
        "datetime_diff",
        "The time between, in a unit.",
    ),
    LibraryFunction(
        "DateTime.format",
        (_p("at", DATETIME), _p("pattern", TEXT)),
        TEXT,
        "datetime_format",
        "By a pattern of YYYY MM DD HH mm ss, in UTC.",
    ),
    LibraryFunction(
        "DateTime.startOf",
        (_p("at", DATETIME), _UNIT),
        DATETIME,
        "datetime_start_of",
        "The beginning of its unit, in UTC.",
    ),
    LibraryFunction("JSON.parse", (_p("text", TEXT),), ANY, "json_parse", "What a JSON text says."),
    LibraryFunction(
        "JSON.stringify", (_p("value", ANY),), TEXT, "json_stringify", "The value as JSON text."
    ),
    LibraryFunction("UUID.generate", (), UUID, "uuid_generate", "A new random UUID."),
    LibraryFunction("toNumber", (_p("value", ANY),), NUMBER, "to_number", "The number it says."),
    LibraryFunction("toText", (_p("value", ANY),), TEXT, "to_text", "The value as text."),
    LibraryFunction(
        "toInteger", (_p("value", ANY),), INTEGER, "to_integer", "The integer it says."
    ),
    LibraryFunction(
        "toDecimal", (_p("value", ANY),), DECIMAL, "to_decimal", "The decimal it says, exactly."
    ),
)

NAMESPACES = ("Math", "DateTime", "JSON", "UUID")
"""Words that are only something with a member behind them."""

CONSTANTS: dict[str, float] = {"Math.PI": 3.141592653589793}

FUNCTION_BY_NAME = {function.name: function for function in FUNCTIONS}


def methods_of(type_: Type) -> dict[str, LibraryFunction]:
    """The methods of a value of this type, by name."""
    kind = _kind(type_)
    return {} if kind is None else _METHODS_BY_KIND[kind]


def _kind(type_: Type) -> str | None:
    match type_:
        case ListOf():
            return "list"
        case MapOf():
            return "map"
    return "text" if type_ == TEXT else None


_METHODS_BY_KIND: dict[str, dict[str, LibraryFunction]] = {"text": {}, "list": {}, "map": {}}
for _entry in METHODS:
    assert _entry.receiver is not None
    _METHODS_BY_KIND[_kind(_entry.receiver) or ""][_entry.name] = _entry

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "FUNCTION_BY_NAME",
    "METHODS",
    "NAMESPACES",
    "LibraryFunction",
    "Parameter",
    "methods_of",
]
