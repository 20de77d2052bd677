"""The parameters of an endpoint's path: each is a field that a request must bring."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import FieldSpec, RecordSpec, SurfaceSpec
from kanvasc.types.surface_paths import parameters_of
from kanvasc.types.types import ANY, UNKNOWN, Enum, Scalar, show


def check(at: Elaborator, surface: SurfaceSpec, accepted: RecordSpec) -> None:
    """Reports each parameter that no required field of one value stands behind."""
    fields = {field.name: field for field in accepted.fields}
    for name in parameters_of(surface.path):
        field = fields.get(name)
        span = _span(at, surface, name)
        if field is None:
            _unknown(at, name, span, list(fields))
        elif not field.required:
            at.report(
                "K5010",
                span,
                f"The field `{name}` of this path may be left out",
                related=(Related(field.span, "it is not required", field.source),),
                why="Without it there would be no path, so nobody can leave it out.",
                help=f"write `is required` behind `{name}`, or take it out of the path",
            )
        elif not _is_plain(field):
            at.report(
                "K5010",
                span,
                f"The field `{name}` cannot stand in a path",
                label=f"it is {show(field.type)}",
                related=(Related(field.span, "its type", field.source),),
                why="A part of a path is one text, number, date or the like.",
                help="take it out of the path: it is read from the body, or from the query",
            )


def _unknown(at: Elaborator, name: str, span: Span, known: list[str]) -> None:
    near = closest(name, known)
    fix = Fix(f"Write {{{near}}}", (Edit(span, f"{{{near}}}"),), safe=False)
    at.report(
        "K5010",
        span,
        f"The machine accepts no field `{name}`",
        help=did_you_mean(name, known, "fields"),
        fixes=() if near is None else (fix,),
    )


def _is_plain(field: FieldSpec) -> bool:
    if field.type == UNKNOWN:
        return True  # reported where it is declared
    return isinstance(field.type, Scalar | Enum) and field.type != ANY


def _span(at: Elaborator, surface: SurfaceSpec, name: str) -> Span:
    """Where the parameter stands; the whole path where the text is written in another way."""
    whole = surface.path_span
    start = at.source.text.find(f"{{{name}}}", whole.start, whole.end)
    return whole if start < 0 else Span(start, start + len(name) + 2)
