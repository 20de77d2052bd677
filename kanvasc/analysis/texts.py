"""What may stand between the quotes of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.completing import Completion, Sort
from kanvasc.analysis.declared import declared
from kanvasc.analysis.places import wanted
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import nodes
from kanvasc.types.formats import FORMATS
from kanvasc.types.requests import METHODS
from kanvasc.types.surface_options import PROVIDERS

MODELS = ("anthropic:claude-haiku-4-5", "anthropic:claude-sonnet-4-5", "anthropic:claude-opus-4-5")
Files = Callable[[], Iterable[str]]


def inside_text(
    analysis: Analysis, path: tuple[tree.Node, ...], literal: tree.TextLit, files: Files
) -> list[Completion]:
    """`files` lists the programs beside this one, for `uses`."""
    owner = path[-2] if len(path) > 1 else None
    match owner:
        case tree.Uses():
            return _listed(files(), Sort.file)
        case tree.Ask(via="using"):
            return _listed(MODELS, Sort.value)
        case tree.Ask(via="from"):
            paths = [f"@std/http/{method}" for method in METHODS]
            return _listed(declared(analysis.tree).machines, Sort.machine) + _listed(
                paths, Sort.function
            )
        case tree.Capability(name=name) if name.text == "call":
            return _listed(declared(analysis.tree).machines, Sort.machine)
        case tree.Publish() | tree.Subscribe() | tree.PublishedEvent():
            return _events(analysis)
        case tree.Option(name=name):
            return _option(analysis, name.text)
        case tree.Modifier(word=word) if word.text == "format":
            return _listed(FORMATS, Sort.value)
    return wanted(_hint(analysis, owner, literal), quoted=False)


def _hint(analysis: Analysis, owner: tree.Node | None, literal: tree.TextLit):  # type: ignore[no-untyped-def]
    if isinstance(owner, tree.Binary) and owner.op in ("==", "!="):
        other = owner.left if owner.right is literal else owner.right
        return analysis.trace.type_of(other)
    if isinstance(owner, tree.Case):
        return None
    return analysis.trace.hint_of(literal)


def _option(analysis: Analysis, name: str) -> list[Completion]:
    if name == "on":
        return _events(analysis)
    if name == "method":
        return _listed((method.upper() for method in METHODS), Sort.value)
    if name == "provider":
        return _listed(PROVIDERS, Sort.value)
    if name == "backoff":
        return _listed(("none", "linear", "exponential"), Sort.value)
    return []


def _events(analysis: Analysis) -> list[Completion]:
    named = {
        node.event.plain
        for node in nodes(analysis.tree)
        if isinstance(node, tree.PublishedEvent) and isinstance(node.event, tree.TextLit)
    }
    return _listed(sorted(name for name in named if name), Sort.event)


def _listed(names: Iterable[str], sort: Sort) -> list[Completion]:
    return [Completion(name, sort, rank=0) for name in names]
