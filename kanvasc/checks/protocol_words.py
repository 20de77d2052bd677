"""Field names that say on a socket what a message is."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.types.program import RecordSpec

CLIENT_WORDS = ("subscribe", "unsubscribe")
SERVER_WORDS = ("error", "held", "unsubscribed")
OTHER = {
    "subscribe": "subscription",
    "unsubscribe": "cancelled",
    "error": "problem",
    "held": "on_hold",
    "unsubscribed": "is_unsubscribed",
}


def protocol_words(context: Context) -> Iterator[Diagnostic]:
    for machine in context.program.machines:
        if any(surface.kind == "websocket" for surface in machine.surfaces):
            yield from _taken(machine.input, CLIENT_WORDS, "accept")
            yield from _taken(machine.output, SERVER_WORDS, "respond with")


def _taken(record: RecordSpec, words: tuple[str, ...], verb: str) -> Iterator[Diagnostic]:
    for field in record.fields:
        if field.name in words:
            yield report(
                "K5003",
                field.span,
                f"A machine on a socket cannot {verb} a field `{field.name}`",
                label="the socket's protocol uses this word",
                help=f"give it another name, such as `{OTHER[field.name]}`",
            )
