"""`dataclass`, for a program that starts often: the standard library's meaning, later work.

A tree has some 200 kinds of parts. The library's decorator writes and compiles up to six methods
for each of them at import, which is half of what `check` of a short program would take, and its
own import costs as much as reading the grammar. Here a method is compiled when it is first called.
What is not used is left out: order, `init=False`, keyword-only fields, `__post_init__`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_FIELDS: Final = "__record_fields__"
_MISSING: Final[Any] = object()


class FrozenError(AttributeError):
    """Somebody sets what cannot change."""


class Field:
    """One part of a record, as it was declared."""

    __slots__ = ("compare", "default", "factory", "name", "repr")

    def __init__(
        self, default: Any, factory: Callable[[], Any] | None, compare: bool, repr: bool
    ) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.compare = compare
        self.repr = repr


@overload
def field(*, compare: bool = True, repr: bool = True) -> Any: ...
@overload
def field(*, default: T, compare: bool = True, repr: bool = True) -> T: ...
@overload
def field(*, default_factory: Callable[[], T], compare: bool = True, repr: bool = True) -> T: ...
def field(
    *,
    default: Any = _MISSING,
    default_factory: Callable[[], Any] | None = None,
    compare: bool = True,
    repr: bool = True,
) -> Any:
    """More about a part than its type and default: whether it counts in `==`, and is shown."""
    return Field(default, default_factory, compare, repr)


@overload
def dataclass(cls: type[T], /) -> type[T]: ...
@overload
def dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(field_specifiers=(field,))
def dataclass(
    cls: type[T] | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Any:
    """As `dataclasses.dataclass`."""

    def made(kind: Any) -> Any:
        return _record(kind, frozen, slots, eq)

    return made if cls is None else made(cls)


def fields(record: Any) -> tuple[Field, ...]:
    """The parts of a record or of its kind, those of its bases first. TypeError for others."""
    try:
        found: dict[str, Field] = getattr(record, _FIELDS)
    except AttributeError:
        raise TypeError(f"{record!r} is no record") from None
    return tuple(found.values())


def is_dataclass(value: object) -> bool:
    """Whether a value is a record, or a kind of them."""
    return hasattr(value, _FIELDS)


def replace(record: T, /, **changes: Any) -> T:
    """A copy with other parts."""
    kept: dict[str, Field] = getattr(record, _FIELDS)
    for name in kept:
        if name not in changes:
            changes[name] = getattr(record, name)
    return type(record)(**changes)


def _record(cls: Any, frozen: bool, slots: bool, eq: bool) -> Any:
    own = _own_fields(cls)
    every: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        every.update(base.__dict__.get(_FIELDS, {}))
    every.update(own)
    if slots:
        cls = _with_slots(cls, own)
    setattr(cls, _FIELDS, every)
    setattr(cls, "__match_args__", tuple(every))  # noqa: B010 (a name of its own to mypy)
    _later(cls, "__init__", lambda: _init(cls, every, frozen))
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = _repr
    if frozen:
        cls.__setattr__ = _refuse_set
        cls.__delattr__ = _refuse_set
    if eq:
        compared = [name for name, part in every.items() if part.compare]
        if "__eq__" not in cls.__dict__:
            _later(cls, "__eq__", lambda: _eq(cls, compared))
        if not _has_own_hash(cls):
            if frozen:
                _later(cls, "__hash__", lambda: _hash(cls, compared))
            else:
                cls.__hash__ = None
    return cls


def _has_own_hash(cls: Any) -> bool:
    """Python itself puts None there for a class that says only what is equal."""
    return cls.__dict__.get("__hash__") is not None


def _own_fields(cls: Any) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for name in cls.__annotations__:
        given = cls.__dict__.get(name, _MISSING)
        part = given if isinstance(given, Field) else Field(given, None, True, True)
        part.name = name
        found[name] = part
        if given is part:
            if part.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, part.default)
    return found


def _with_slots(cls: Any, own: dict[str, Field]) -> Any:
    """The class again: slots can only be named when one is made."""
    inherited = {name for base in cls.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
    space = dict(cls.__dict__)
    space["__slots__"] = tuple(name for name in own if name not in inherited)
    for name in (*own, "__dict__", "__weakref__"):
        space.pop(name, None)
    made = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    return made


def _later(cls: Any, name: str, make: Callable[[], Any]) -> None:
    """`name` compiles itself at its first call."""

    def method(*arguments: Any, **named: Any) -> Any:
        made = make()
        setattr(cls, name, made)
        return made(*arguments, **named)

    method.__name__ = name
    setattr(cls, name, method)


def _init(cls: Any, every: dict[str, Field], frozen: bool) -> Any:
    space: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    parameters, lines = ["self"], []
    for name, part in every.items():
        value = name
        if part.factory is not None:
            space[f"_make_{name}"] = part.factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif part.default is not _MISSING:
            space[f"_default_{name}"] = part.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    body = "\n ".join(lines) or "pass"
    return _compiled(cls, "__init__", f"def __init__({', '.join(parameters)}):\n {body}", space)


def _eq(cls: Any, names: list[str]) -> Any:
    ours, theirs = (
        "(" + "".join(f"{side}.{name}," for name in names) + ")" for side in ("self", "other")
    )
    return _compiled(
        cls,
        "__eq__",
        "def __eq__(self, other):\n"
        f" if other.__class__ is self.__class__: return {ours} == {theirs}\n"
        " return NotImplemented",
        {},
    )


def _hash(cls: Any, names: list[str]) -> Any:
    ours = "".join(f"self.{name}," for name in names)
    return _compiled(cls, "__hash__", f"def __hash__(self): return hash(({ours}))", {})


def _compiled(cls: Any, name: str, text: str, space: dict[str, Any]) -> Any:
    # The text holds nothing but the names of fields, which are identifiers of this package.
    exec(text, space)
    made = space[name]
    made.__qualname__ = f"{cls.__qualname__}.{name}"
    return made


def _repr(self: Any) -> str:
    shown = (f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_set(self: Any, name: str, *_: Any) -> None:
    raise FrozenError(f"{type(self).__qualname__}.{name} cannot change")
