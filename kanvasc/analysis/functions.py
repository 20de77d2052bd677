"""Library functions at a place: which one a call names, and how it is shown."""

from __future__ import annotations

from kanvasc.analysis.trace import Trace
from kanvasc.syntax import tree
from kanvasc.types.library import FUNCTION_BY_NAME, NAMESPACES, LibraryFunction, methods_of
from kanvasc.types.types import DATETIME, TEXT, Enum, Type, show, without_null

NOW = LibraryFunction("now", (), DATETIME, "now", "When the run began.")
EVERY = {**FUNCTION_BY_NAME, "now": NOW}


def called(trace: Trace, callee: tree.Expr) -> LibraryFunction | None:
    """The function that stands before the brackets of a call, or would."""
    match callee:
        case tree.NameRef(text=text):
            return EVERY.get(text)
        case tree.Member(object=tree.NameRef(text=root), name=name) if root in NAMESPACES:
            return EVERY.get(f"{root}.{name.text}")
        case tree.Member(object=owner, name=name):
            return methods(trace.type_of(owner)).get(name.text)
    return None


def methods(type_: Type | None) -> dict[str, LibraryFunction]:
    """What may be called on a value of a type, by name."""
    inner = without_null(type_) if type_ is not None else None
    if inner is None:
        return {}
    return methods_of(TEXT if isinstance(inner, Enum) else inner)


def parameters(function: LibraryFunction) -> tuple[str, ...]:
    """Each parameter as the signature shows it."""
    return tuple(
        f"{p.name}{'?' if p.optional else ''} as {show(p.type)}" for p in function.parameters
    )
