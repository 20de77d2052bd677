"""`decide … match` as Python's `match`, where Python's patterns mean the same."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kanvasc.plan.functions import parsed
from kanvasc.plan.python import call, simple
from kanvasc.types.program import TypedDecide
from kanvasc.types.types import BOOLEAN, INTEGER, NUMBER, TEXT, Enum, without_null


def by_patterns(step: TypedDecide) -> bool:
    """Values of `any` have equality of their own, and decimals and dates no literals."""
    if step.subject is None:
        return False
    inner = without_null(step.subject.type)
    return isinstance(inner, Enum) or inner in (TEXT, INTEGER, NUMBER, BOOLEAN)


def is_gathered(subject: ast.expr, statements: Sequence[str]) -> bool:
    """Whether a case of this `match` makes a list, a map or a function's result of its subject.

    Type checkers take the subject for the case's literals there, and the list for one of these.
    """
    if not simple(subject):
        return False
    text = ast.unparse(subject)
    return any(
        ast.unparse(inner) == text
        for node in ast.walk(parsed(statements))
        if isinstance(node, ast.List | ast.Dict | ast.Lambda) or _reduces(node)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Attribute)
    )


def _reduces(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "library.reduce"


def unseen(subject: ast.expr) -> ast.expr:
    """The same subject, of which type checkers learn nothing."""
    return call("ops.matched", subject)
