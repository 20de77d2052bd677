"""Which step is being carried out: in each task its own, since branches run at the same time."""

from __future__ import annotations

from contextvars import ContextVar

current: ContextVar[str] = ContextVar("step", default="")
"""The name of the step; empty before the first."""
