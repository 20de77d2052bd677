"""Decisions as commands ask for them, by the admin socket: only the data directory's owner can."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kanvas_runtime.approvals.hold import Hold
from kanvas_runtime.approvals.holds import Holds
from kanvas_runtime.auth.admin import AdminRefused, Handler
from kanvas_runtime.auth.changes import OPERATOR
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.record import timestamp


def told(hold: Hold) -> dict[str, object]:
    """A hold as whoever decides sees it, in JSON. Times are RFC 3339."""
    fields: dict[str, object] = {
        "hold": hold.id,
        "run": hold.run,
        "machine": hold.machine,
        "step": hold.step,
        "capability": hold.capability,
    }
    given = {"target": hold.target, "principal": hold.principal}
    fields |= {name: value for name, value in given.items() if value is not None}
    if hold.simulated:
        fields["simulated"] = True
    return fields | {
        "arguments": hold.said,
        "digest": hold.digest,
        "held_at": timestamp(datetime.fromtimestamp(hold.at, UTC)),
        "expires_at": timestamp(datetime.fromtimestamp(hold.until, UTC)),
    }


def decisions(holds: Holds) -> dict[str, Handler]:
    """For the admin socket."""

    async def list_(_request: dict[str, Any]) -> object:
        return [told(hold) for hold in holds.open]

    async def decide(request: dict[str, Any]) -> object:
        decider = OPERATOR + request["decider"]
        try:
            decided = await holds.decide(
                request["hold"],
                request["choice"],
                decider,
                reason=request.get("reason"),
                is_operator=True,
            )
        except Refusal as refusal:
            raise AdminRefused(refusal.message) from refusal
        except LedgerUnavailable as error:
            raise AdminRefused("the ledger cannot be written, so nothing was decided") from error
        return {"verdict": decided.verdict, "decider": decided.decider}

    return {"approvals.list": list_, "approvals.decide": decide}
