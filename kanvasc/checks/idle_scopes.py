"""Scopes of a surface where nobody signs in, so that nobody has any."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.types.program import SurfaceSpec
from kanvasc.types.surfaces import NOUNS


def idle_scopes(context: Context) -> Iterator[Diagnostic]:
    for machine in context.program.machines:
        for surface in machine.surfaces:
            said = surface.option_spans.keys() & {"auth", "scopes"}
            # An `auth` that is wrong has been reported.
            if surface.options.get("scopes") and (
                surface.options.get("auth") == ("none",) or "auth" not in said
            ):
                yield _idle(surface)


def _idle(surface: SurfaceSpec) -> Diagnostic:
    spans = surface.option_spans
    related = (Related(spans["auth"], "open to everybody"),) if "auth" in spans else ()
    return report(
        "K5007",
        spans["scopes"],
        f"This {NOUNS[surface.kind]} asks for scopes, and nobody signs in there",
        related=related,
        why="A scope belongs to credentials: where none are asked for, nobody has any.",
        help="write `auth: api_key` (or session, or oauth), or take `scopes` out",
    )
