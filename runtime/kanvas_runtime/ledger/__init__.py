"""The behavioral ledger: what happened, in a hash chain that shows when it was touched."""

from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import (
    Journal,
    LedgerLocked,
    LedgerUnavailable,
    Recorder,
    Scalar,
    StateStore,
    Write,
)
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.ledger.refusals import Refusals, Refused
from kanvas_runtime.ledger.verification import Verification, verify
from kanvas_runtime.ledger.writer import Ledger

__all__ = [
    "Journal",
    "Ledger",
    "LedgerLocked",
    "LedgerUnavailable",
    "MemoryLedger",
    "Recorder",
    "Refusals",
    "Refused",
    "Scalar",
    "StateStore",
    "Verification",
    "Write",
    "uuid7",
    "verify",
]
