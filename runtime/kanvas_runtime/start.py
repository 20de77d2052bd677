"""The start of a server: what is recorded, what is refused, what another server cannot promise."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import sys
from collections.abc import Iterable
from typing import Any

from kanvas_runtime.ledger import Scalar
from kanvas_runtime.machine import Machine, reached
from kanvas_runtime.version import VERSION

PROTOCOL = "kanvas_runtime.server"
HTTP_PROTOCOL = "kanvas_runtime.http_protocol"
"""Modules that only a server loads which uses the class in them."""

_BY_PROTOCOL = ("heartbeat", "the 1009 cap on huge messages", "compression off")
_ABORT = "dropping clients that do not read"
_BY_HTTP_PROTOCOL = "the 10 s limit on request headers"


class StartRefused(Exception):
    """The app cannot start; the message says why and what to do."""


def server_started(
    name: str, program: str, machines: Iterable[Machine[Any, Any]], simulated: bool
) -> dict[str, Scalar]:
    """The fields of the `ServerStarted` record."""
    return {
        "app": name,
        "program": program,
        "policy": policy_digest(machines),
        "runtime": VERSION,
        "python": platform.python_version(),
        "mode": "simulated" if simulated else "live",
    }


def policy_digest(machines: Iterable[Machine[Any, Any]]) -> str:
    """SHA-256 over what every machine may do, called ones too: same policies, same digest."""
    policies = {
        machine.name: {
            "allowed": machine.policy.allowed,
            "approval": machine.policy.approval,
            "denied": machine.policy.denied,
        }
        for machine in reached(machines)
    }
    text = json.dumps(policies, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unenforced(log: logging.Logger, sockets: list[str]) -> None:
    """Under another server than our own: one line that names what is not guaranteed there."""
    missing: list[str] = []
    if PROTOCOL not in sys.modules:
        missing += [*_BY_PROTOCOL, _ABORT]
    if HTTP_PROTOCOL not in sys.modules:
        missing.append(_BY_HTTP_PROTOCOL)
    if missing and sockets:
        log.warning(
            "this server is not asked for: %s. `python app.py` has them, and so has"
            " `uvicorn app:app --ws %s:Protocol --http %s:HttpProtocol`",
            ", ".join(missing),
            PROTOCOL,
            HTTP_PROTOCOL,
        )
