"""One step that waits for a person: what it wants to do, for whom, and until when."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.wishes import Notice

Choice: TypeAlias = Literal["approve", "deny"]
"""What a person may say."""

Verdict: TypeAlias = Literal["approved", "denied", "expired", "withdrawn"]
"""How a hold ends. `withdrawn`: the run ended otherwise, and nobody has to decide any more."""

LONGEST_REASON = 1_000
"""Characters."""


class Hold(msgspec.Struct, frozen=True, omit_defaults=True):
    """`arguments` is JSON of what will be executed, secrets masked; `digest`, of that and the step.

    `at` and `until` are seconds since 1970. `principal`: whose run it is; `by_self`: whether that
    one may decide. `machine` has the step.
    """

    id: str
    run: str
    machine: str
    step: str
    capability: str
    arguments: str
    digest: str
    at: float
    until: float
    target: str | None = None
    principal: str | None = None
    by_self: bool = False
    simulated: bool = False

    @property
    def notice(self) -> Notice:
        """What the caller is told."""
        return Notice(self.run, self.capability, self.step)

    @property
    def said(self) -> object:
        """The arguments, decoded."""
        return msgspec.json.decode(self.arguments)

    @property
    def wants(self) -> str:
        """The capability as a permission names it."""
        return self.capability if self.target is None else f'{self.capability} "{self.target}"'

    def facts(self, verdict: Verdict | Literal["held"]) -> dict[str, Scalar]:
        """The fields of a `Decision`."""
        fields: dict[str, Scalar] = {
            "machine": self.machine,
            "run": self.run,
            "step": self.step,
            "capability": self.capability,
            "verdict": verdict,
            "hold": self.id,
            "arguments_digest": self.digest,
        }
        if self.target is not None:
            fields["target"] = self.target
        if self.principal is not None:
            fields["principal"] = self.principal
        if self.simulated:
            fields["simulated"] = True
        return fields


class Decided(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a hold ended, and by whom; nobody where time or the run's end decided."""

    verdict: Verdict
    decider: str | None = None
    reason: str | None = None

    def facts(self) -> dict[str, Scalar]:
        """The fields of a `Decision` that say so."""
        given = {"decider": self.decider, "reason": self.reason}
        return {name: value for name, value in given.items() if value is not None}
