"""`ask … from`: what the target names, a machine of the program or a request."""

from __future__ import annotations

from kanvasc.syntax import tree
from kanvasc.types import calling, requests
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.program import TypedCall, TypedHttp
from kanvasc.types.scope import Scope


def ask(
    at: Elaborator, declarations: Declarations, step: tree.Ask, scope: Scope
) -> TypedCall | TypedHttp | None:
    """The typed step, or None where its target is unusable."""
    target = step.target
    if target is None or isinstance(target, tree.Missing):
        return None
    name = target.plain if isinstance(target, tree.TextLit) else None
    if name is None:
        at.report(
            "K3006",
            target.span,
            "Whom a step asks is written out as a text",
            why="Which machines a machine calls can be read before it runs; nothing that comes in "
            "may choose them.",
            help='write `from: "name_of_a_machine"`, and `decide` between several such steps',
        )
        return None
    if name.startswith(requests.STD):
        return requests.from_path(at, declarations, step, name, scope)
    return calling.call(at, declarations, step, name, scope)
