"""What steps mean that hold other steps: their tree walked with plain values, one after the other,
since none of them can see whether others run at the same time."""

from __future__ import annotations

from typing import Any

from kanvasc.syntax import tree
from tests.soundness import reference_library as lib
from tests.soundness.reference import Place, accepted, evaluate, typed
from tests.soundness.reference_library import Failed, equal


class Program:
    """The machines of a file by name."""

    def __init__(self, file: tree.File) -> None:
        self._machines = {machine.name.text: machine for machine in file.machines}

    def answer(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The output of a run, in plain values. Raises Failed."""
        output = self.run(name, given)
        return {field: lib.plain(value) for field, value in output.items()}

    def run(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The output as the caller sees it."""
        sections = {type(section): section for section in self._machines[name].sections}
        accepts, responds = sections[tree.Accepts], sections[tree.RespondsWith]
        implements = sections[tree.Implements]
        assert isinstance(accepts, tree.Accepts)
        assert isinstance(responds, tree.RespondsWith)
        assert isinstance(implements, tree.Implements)
        place = Place({f.name.text: accepted(f, given) for f in accepts.fields})
        last = _Steps(self, implements).sequence(implements.steps, place)
        return {f.name.text: typed(f.type, last[f.name.text]) for f in responds.fields}


class _Steps:
    """The steps of one machine."""

    def __init__(self, program: Program, implements: tree.Implements) -> None:
        self._program = program
        self._flows = {flow.name.text: flow.body for flow in implements.flows}

    def sequence(self, steps: tuple[tree.Step, ...], place: Place) -> Any:
        last = None
        for step in steps:
            last = self._step(step, place)
            name = getattr(step, "name", None)
            if name is not None:
                place.steps[name.text] = last
        return last

    def _step(self, step: tree.Step, place: Place) -> Any:
        match step:
            case tree.Compute(value=value) if value is not None:
                return evaluate(value, place)
            case tree.Decide(subject=subject) if subject is not None:
                return self._match(step, evaluate(subject, place), place)
            case tree.ForEach():
                items = enumerate(evaluate(step.items, place))
                return [self._turn(step, item, index, place) for index, item in items]
            case tree.Together(body=body):
                return {child.name.text: self._apart(child, place) for child in body.steps}
            case tree.Retry(body=body):
                return self.body(body, _inside(place))
            case tree.RunFlow(flow=flow):
                return self.body(self._flows[flow.text], Place(place.input))
            case tree.Ask(target=tree.TextLit(plain=str(name)), inputs=inputs):
                given = {one.name.text: evaluate(one.values[0], place) for one in inputs}
                return self._program.run(name, given)
        raise AssertionError(step)

    def _match(self, step: tree.Decide, subject: Any, place: Place) -> Any:
        for case in step.cases:
            if any(equal(subject, evaluate(literal, place)) for literal in case.literals):
                return self.body(case.body, place)
        return None if step.otherwise is None else self.body(step.otherwise, place)

    def _turn(self, step: tree.ForEach, item: Any, index: int, place: Place) -> Any:
        names = {step.variable.text: item, "loop": {"index": index}}
        return self.body(step.body, _inside(place.also(**names)))

    def _apart(self, child: tree.Step, place: Place) -> Any:
        return self._step(child, _inside(place))

    def body(self, body: tree.Body, place: Place) -> Any:
        """Tried as often as one likes, a body that asks nobody gives the same."""
        own = {step.name.text for step in body.steps if hasattr(step, "name") and step.name}
        for name in own:
            place.steps[name] = None
        try:
            last = self.sequence(body.steps, place)
            return last if body.value is None else evaluate(body.value, place)
        except Failed:
            if body.on_failure is None:
                raise
        return self.body(body.on_failure, place.also(error={"type": "runtime"}))


def _inside(place: Place) -> Place:
    return Place(place.input, dict(place.steps), place.names)
