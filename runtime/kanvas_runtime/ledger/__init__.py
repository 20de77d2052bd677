"""The behavioral ledger: what happened, in a hash chain that shows when it was touched."""

from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import (
    Journal,
    LedgerLocked,
    LedgerUnavailable,
    Recorder,
    Scalar,
)
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.ledger.writer import Ledger

__all__ = [
    "Journal",
    "Ledger",
    "LedgerLocked",
    "LedgerUnavailable",
    "MemoryLedger",
    "Recorder",
    "Scalar",
    "uuid7",
]
