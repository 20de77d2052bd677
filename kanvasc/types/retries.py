"""`retry`: a body that is tried again while a step of it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from kanvasc.syntax import tree
from kanvasc.types import attempts, enclosed, options
from kanvasc.types.control import Backoff, TypedRetry
from kanvasc.types.program import TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Symbol
from kanvasc.types.types import NULL

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps

MOST_TRIES = 10
LONGEST_DELAY = 60_000
BACKOFFS = ("exponential", "linear", "none")


def retry(self: Steps, step: tree.Retry, scope: Scope) -> TypedStep | None:
    """`on failure` of the body is for the last try: the others are tried again instead."""
    known = options.named(self.at, step.options, ("max", "backoff", "delay"), "`retry`")
    hint = self.hints.get(step.name.text)
    written = tree.Body(step.body.span, step.body.steps, step.body.value)
    with self.unasked():
        body, _ = self.body(written, scope, hint)
    symbol = Symbol(
        step.name.text, NULL if body.value is None else body.value.type, step.name.span, "step"
    )
    tried = TypedRetry(
        symbol,
        step.span,
        body,
        options.whole(self.at, known.get("max"), 1, MOST_TRIES, 3),
        cast(Backoff, options.word(self.at, known.get("backoff"), BACKOFFS, "exponential")),
        options.milliseconds(self.at, known.get("delay"), LONGEST_DELAY, 1000),
    )
    if step.body.on_failure is None:
        return tried
    enclosed.note(self.at, step)
    return attempts.around(self, step.body.on_failure, tried, scope, hint)
