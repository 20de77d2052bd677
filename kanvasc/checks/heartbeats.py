"""A socket that is found idle before its heartbeat could show that it lives."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, report

IDLE, HEARTBEAT = 300.0, 20.0
"""What the runtime does when nothing is said, in seconds."""


def heartbeats(context: Context) -> Iterator[Diagnostic]:
    for machine in context.program.machines:
        for surface in machine.surfaces:
            idle = surface.options.get("idle_timeout", IDLE)
            beat = surface.options.get("heartbeat", HEARTBEAT)
            said = surface.options.keys() & {"idle_timeout", "heartbeat"}
            if surface.kind != "websocket" or not said:
                continue
            if isinstance(idle, float) and isinstance(beat, float) and beat > idle:
                yield report(
                    "K5007",
                    surface.span,
                    "The heartbeat of this socket is slower than its idle timeout",
                    label=f"heartbeat {beat:g} s, idle timeout {idle:g} s",
                    help="make `heartbeat` shorter than `idle_timeout`",
                )
