"""What a run means for the state: its tree walked with plain values."""

from __future__ import annotations

from typing import Any

from kanvasc.syntax import tree
from tests.soundness import reference_library as lib
from tests.soundness.reference import Place, accepted, evaluate, truth, typed
from tests.soundness.reference_library import Failed


class Kept:
    """The machine with its state, from run to run."""

    def __init__(self, machine: tree.Machine) -> None:
        sections = {type(section): section for section in machine.sections}
        accepts, implements = sections[tree.Accepts], sections[tree.Implements]
        assert isinstance(accepts, tree.Accepts)
        assert isinstance(implements, tree.Implements)
        (block,) = implements.blocks
        assert isinstance(block, tree.State)
        self._accepts, self._implements = accepts, implements
        self._fields = {field.name.text: field for field in block.fields}
        self._flows = {flow.name.text: flow.body for flow in implements.flows}
        self.state = {name: accepted(field, {}) for name, field in self._fields.items()}

    def answer(self, given: dict[str, Any]) -> dict[str, Any]:
        """The output of one run, in plain values. Raises Failed, and nothing has changed then."""
        before = dict(self.state)
        place = Place({f.name.text: accepted(f, given) for f in self._accepts.fields})
        place.names["state"] = self.state
        try:
            self._steps(self._implements.steps, place)
            for name, field in self._fields.items():
                _hold(field, self.state[name])
        except Failed:
            self.state.clear()
            self.state.update(before)
            raise
        return {name: lib.plain(value) for name, value in self.state.items()} | {
            "told": place.steps["told"]
        }

    def _steps(self, steps: tuple[tree.Step, ...], place: Place) -> None:
        for step in steps:
            self._step(step, place)

    def _step(self, step: tree.Step, place: Place) -> None:
        match step:
            case tree.Compute():
                assert step.value is not None
                place.steps[step.name.text] = evaluate(step.value, place)
            case tree.SetState(target=tree.Member(name=name), value=value):
                field = self._fields[name.text]
                self.state[name.text] = typed(field.type, evaluate(value, place))
            case tree.Decide():
                self._decide(step, place)
            case tree.ForEach():
                for item in evaluate(step.items, place):
                    self._body(step.body, place.also(**{step.variable.text: item}))
            case tree.RunFlow():
                inner = Place(place.input)
                inner.names["state"] = self.state
                self._body(self._flows[step.flow.text], inner)
            case _:
                raise AssertionError(step)

    def _decide(self, step: tree.Decide, place: Place) -> None:
        for when in step.whens:
            if truth(evaluate(when.condition, place)):
                self._body(when.body, place)
                return
        if step.otherwise is not None:
            self._body(step.otherwise, place)

    def _body(self, body: tree.Body, place: Place) -> None:
        try:
            self._steps(body.steps, place)
            if body.value is not None:
                evaluate(body.value, place)
        except Failed:
            if body.on_failure is None:
                raise
            self._body(body.on_failure, place)


def _hold(field: tree.Field, value: Any) -> None:
    """The one rule that generated states have, a range, which has to hold in the end."""
    for modifier in field.modifiers:
        if modifier.word.text == "range":
            assert isinstance(modifier.value, tree.ListLit)
            low, high = (evaluate(item, Place({})) for item in modifier.value.items)
            if not low <= value <= high:
                raise Failed
