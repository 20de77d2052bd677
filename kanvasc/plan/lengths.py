"""Whether a run of a machine can be long.

Without loops, a run does no more than what stands in the program, once; that may be carried out at
one go. What has loops has to give others a turn now and then, and the runtime is told so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from kanvasc.types.control import TypedForEach, TypedRunFlow
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import TypedMachine


def is_long(machine: TypedMachine, functions: Iterable[Sequence[str]]) -> bool:
    """Of a machine that is written as these functions; what it calls is not looked at.

    Flows that run flows count as loops: each level may double the work. So it is with machines.
    """
    loops = any(
        isinstance(step, TypedForEach) for step in every(outermost(machine.steps, machine.flows))
    )
    nested = any(isinstance(step, TypedRunFlow) for step in every(outermost((), machine.flows)))
    return loops or nested or any(map(_has_lambda, functions))


def _has_lambda(function: Sequence[str]) -> bool:
    """Whether a library function calls something for each item; functions without parameters are
    not called for items."""
    nodes = ast.walk(ast.parse("\n".join(function)))
    return any(isinstance(node, ast.Lambda) and bool(node.args.args) for node in nodes)
