"""Steps that only the body around them sees, and what stands for them outside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.typed import Bad

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


@dataclass(frozen=True, slots=True)
class Enclosed:
    """`instead`: what to write for `steps.<name>`, where something gives the same value."""

    span: Span
    where: str
    help: str
    instead: str | None = None


def note(at: Elaborator, step: tree.Step) -> None:
    """Keeps the steps inside of `step`, for whoever refers to one of them behind it."""
    match step:
        case tree.ForEach(name=name, body=body):
            lists = "with `as …` it gets a name, which is the list of what its body gives"
            if name is not None:
                lists = f"`steps.{name.text}` is the list of what its body gives, turn by turn"
            _note(at, body, "it stands inside this `for each`", lists)
        case tree.Retry(name=name, body=body):
            gives = f"`steps.{name.text}` is what the whole body gives"
            _note(at, body, f"it stands inside `retry {name.text}`", gives)
        case tree.Together(name=name, body=body):
            for inner in _named(body):
                instead = f"steps.{name.text}.{inner.text}"
                where = f"it stands inside `together {name.text}`"
                found = Enclosed(inner.span, where, f"write `{instead}`", instead)
                at.enclosed[inner.text] = found
        case tree.RunFlow(flow=flow):
            help_ = "end a body with it that has a name, such as that of a `retry`"
            at.enclosed[flow.text] = Enclosed(flow.span, "this runs a flow, under no name", help_)


def note_flow(at: Elaborator, flow: tree.Flow) -> None:
    """The same for a flow, whose place says nothing: others see no more than its value."""
    name = flow.name.text
    gives = f"only `{name}` sees it; `run flow({name})` gives the value of the flow"
    _note(at, flow.body, f"it stands inside the flow `{name}`", gives)


def report(at: Elaborator, expr: tree.Member) -> Bad | None:
    """The finding about `steps.<name>` outside of the body that has the step."""
    found = at.enclosed.get(expr.name.text)
    if found is None:
        return None
    fixes: tuple[Fix, ...] = ()
    if found.instead is not None:
        edits = (Edit(expr.span, found.instead),)
        fixes = (Fix(f"Write `{found.instead}`", edits, safe=False),)
    return at.report(
        "K1002",
        expr.name.span,
        f"There is no step `{expr.name.text}` that can be seen from here",
        related=(Related(found.span, found.where),),
        why="What a body does inside stays there; those behind it see what it gives.",
        help=found.help,
        fixes=fixes,
    )


def _note(at: Elaborator, body: tree.Body, where: str, help_: str) -> None:
    for name in _named(body):
        at.enclosed[name.text] = Enclosed(name.span, where, help_)


def _named(body: tree.Body) -> Iterator[tree.Name]:
    for step in body.steps:
        name = getattr(step, "name", None)
        if isinstance(name, tree.Name):
            yield name
