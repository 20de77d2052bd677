"""Which map literals a value comes from, where no declaration says which fields it has."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.analysis.declared import Members, bodies
from kanvasc.records import dataclass, field
from kanvasc.syntax import tree

DEEPEST = 30


@dataclass(frozen=True)
class Origins:
    """Looks for the literals behind expressions of one machine. `lets` are those in sight."""

    members: Members
    lets: dict[str, tree.Let] = field(default_factory=dict)
    depth: int = 0

    def of(self, expr: tree.Expr | None) -> Iterator[tree.MapLit]:
        if expr is None or self.depth > DEEPEST:
            return
        deeper = Origins(self.members, self.lets, self.depth + 1)
        match expr:
            case tree.MapLit():
                yield expr
            case tree.Conditional(then=then, otherwise=otherwise):
                yield from deeper.of(then)
                yield from deeper.of(otherwise)
            case tree.Binary(op="??", left=left, right=right):
                yield from deeper.of(left)
                yield from deeper.of(right)
            case tree.NameRef(text=text) if text in self.lets:
                yield from deeper.of(self.lets[text].value)
            case tree.Member(object=tree.NameRef(text="steps"), name=name):
                for step in self.members.steps.get(name.text, ()):
                    yield from deeper.of_step(step)
            case tree.Member(object=inner, name=name):
                for literal in deeper.of(inner):
                    for entry in literal.entries:
                        if entry.key.text == name.text:
                            yield from deeper.of(entry.value)

    def of_step(self, step: tree.Step) -> Iterator[tree.MapLit]:
        """The literals that may be a step's value."""
        if isinstance(step, tree.Compute):
            lets = {let.name.text: let for let in step.lets}
            yield from Origins(self.members, lets, self.depth).of(step.value)
        elif isinstance(step, tree.RunFlow):
            flow = self.members.flows.get(step.flow.text)
            if flow is not None:
                yield from self._of_body(flow.body)
        for body in bodies(step):
            yield from self._of_body(body)

    def _of_body(self, body: tree.Body) -> Iterator[tree.MapLit]:
        if self.depth > DEEPEST:
            return
        deeper = Origins(self.members, {}, self.depth + 1)
        if body.value is not None:
            yield from deeper.of(body.value)
        elif body.steps:
            yield from deeper.of_step(body.steps[-1])
        if body.on_failure is not None:
            yield from deeper._of_body(body.on_failure)
