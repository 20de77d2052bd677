"""Approvals in the playground: whoever writes the program owns its data, and decides without a key.

Built apps have `/_kanvas/approvals` for that, which asks for one.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from kanvas_runtime.approvals.changes import told
from kanvas_runtime.approvals.requests import Decision
from kanvas_runtime.auth.changes import OPERATOR
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import check_origin, knock
from kanvas_runtime.http import read_body
from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.service import Service

PATH = "/_kanvas/dev/approvals"
DECIDER = OPERATOR + "developer"

_LARGEST = 16 * 1024


def waiting(service: Service) -> Response:
    """What waits, as `/_kanvas/approvals` tells it."""
    approvals = service.approvals
    holds = [] if approvals is None else approvals.holds.open
    told_ = [told(hold) for hold in holds]
    return JSONResponse({"approvals": told_}, headers={"Cache-Control": "no-store"})


async def decide(service: Service, hold: str, scope: Scope, receive: Receive) -> Response:
    """One decision, of a page of our own."""
    denial = check_origin(knock(scope), (), "decide in the playground itself")
    if denial is not None:
        return JSONResponse(denial.refusal.body(), status_code=denial.status)
    try:
        said = msgspec.json.decode(
            await read_body(Request(scope, receive), _LARGEST), type=Decision
        )
        if service.approvals is None:
            raise Refusal("overloaded", "the server is starting or stopping")
        decided = await service.approvals.holds.decide(
            hold, said.decision, DECIDER, reason=said.reason, digest=said.digest, is_operator=True
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _refusal(Refusal("invalid_input", str(error)))
    except LedgerUnavailable:
        return _refusal(Refusal("overloaded", "the ledger cannot be written"))
    except Refusal as refusal:
        return _refusal(refusal)
    return JSONResponse({"hold": hold, "verdict": decided.verdict, "decider": decided.decider})


def _refusal(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body(), status_code=STATUS[refusal.code])
