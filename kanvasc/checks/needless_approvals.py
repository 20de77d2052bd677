"""A test that says what a person decides, of a machine that asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, Fix, removal, report
from kanvasc.syntax import tree
from kanvasc.types.program import TypedMachine, TypedTest
from kanvasc.types.reach import calls


def needless_approvals(context: Context) -> Iterator[Diagnostic]:
    by_name = {machine.name: machine for machine in context.machines}
    for written in context.file.machines:
        machine = by_name.get(written.name.text)
        # What could not be read may be what asks a person.
        if machine is None or context.unit.broken or _asks(machine, by_name, set()):
            continue
        decided = {test.span: test for test in machine.tests if test.approval is not None}
        for node in nodes(written):
            if isinstance(node, tree.Test | tree.Example) and node.span in decided:
                yield from _needless(context, node, decided[node.span])


def _asks(machine: TypedMachine, by_name: Mapping[str, TypedMachine], seen: set[str]) -> bool:
    """Whether a run may wait for a person, here or in a machine that is called."""
    seen.add(machine.name)
    if any(rule.verdict == "requires approval" for rule in machine.permissions):
        return True
    below = {step.machine for step in calls(machine)} & by_name.keys()
    return any(name not in seen and _asks(by_name[name], by_name, seen) for name in below)


def _needless(
    context: Context, written: tree.Test | tree.Example, test: TypedTest
) -> Iterator[Diagnostic]:
    for clause in written.clauses:
        if clause.word == "assuming" and clause.subject and clause.subject.text == "approval":
            edit = removal(context.source.text, clause.span)
            yield report(
                "K6003",
                clause.span,
                "No step of this machine waits for a person",
                label=f"so nobody is asked, and nothing becomes {test.approval}",
                help="leave it out, or write `requires approval for …` under `permissions`",
                fixes=(Fix("Remove it", (edit,), safe=False),),
            )
