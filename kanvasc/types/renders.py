"""`render <field> as <form>`: how a page shows a field of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kanvasc.diagnostics import Edit, Fix, Related, removal, spelling
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import RecordSpec
from kanvasc.types.types import (
    ANY,
    NEVER,
    NUMERIC,
    UNKNOWN,
    ListOf,
    MapOf,
    Record,
    Type,
    show,
    without_null,
)


def _is_open(type_: Type) -> bool:
    """Whether the type leaves to the run what the value is."""
    return type_ in (ANY, NEVER, UNKNOWN)


def _is_one_value(type_: Type) -> bool:
    return _is_open(type_) or not isinstance(type_, ListOf | MapOf | Record)


def _is_number(type_: Type) -> bool:
    return _is_open(type_) or type_ in NUMERIC


def _is_course(type_: Type) -> bool:
    """A list of numbers."""
    return isinstance(type_, ListOf) and _is_number(without_null(type_.item))


def _has_entries(type_: Type) -> bool:
    """An object or a map."""
    return _is_open(type_) or isinstance(type_, MapOf | Record)


def _is_cards(type_: Type) -> bool:
    item = without_null(type_.item) if isinstance(type_, ListOf) else type_
    return _has_entries(item)


FORMS: dict[str, Callable[[Type], bool]] = {
    "table": lambda type_: isinstance(type_, ListOf) or _has_entries(type_),
    "cards": _is_cards,
    "metric": lambda type_: _is_one_value(type_) or _is_course(type_),
    "chart": lambda type_: _is_number(type_) or _is_course(type_),
    "text": _is_one_value,
    "json": lambda _: True,
}
"""The forms, and for which types there is each; null is shown in the same way by all of them."""


def fitting(type_: Type) -> tuple[str, ...]:
    """The forms that a field of this type can be shown in."""
    inner = without_null(type_)
    return tuple(form for form, fits in FORMS.items() if fits(inner))


def read(at: Elaborator, renders: Iterable[tree.Render], output: RecordSpec) -> dict[str, str]:
    """The form of each field that has one. What is wrong with them is reported."""
    found: dict[str, tree.Render] = {}
    known = {field.name: field.type for field in output.fields}
    for render in renders:
        name, form = render.field.text, render.style.text
        if name in found:
            _twice(at, render, found[name])
        elif _is_field(at, render.field, known) and _is_form(at, render.style):
            found[name] = render
            if form not in fitting(known[name]):
                _misfit(at, render, known[name])
    return {name: render.style.text for name, render in found.items()}


def _is_field(at: Elaborator, field: tree.Name, known: dict[str, Type]) -> bool:
    if field.text in known:
        return True
    if field.text:
        at.report(
            "K5020",
            field.span,
            f"This machine does not answer with `{field.text}`",
            help=did_you_mean(field.text, known, "fields of `responds with`"),
            fixes=spelling(field.span, closest(field.text, known)),
        )
    return False


def _is_form(at: Elaborator, form: tree.Name) -> bool:
    if form.text in FORMS:
        return True
    if form.text:
        at.report(
            "K5020",
            form.span,
            f"A page cannot show a field as `{form.text}`",
            help=did_you_mean(form.text, FORMS, "forms"),
            fixes=spelling(form.span, closest(form.text, FORMS)),
        )
    return False


def _misfit(at: Elaborator, render: tree.Render, type_: Type) -> None:
    name, form = render.field.text, render.style
    forms = fitting(type_)
    *most, last = (f"`{each}`" for each in forms)
    listed = f"{', '.join(most)} or {last}" if most else last
    at.report(
        "K5021",
        form.span,
        f"`{name}` cannot be shown as `{form.text}`",
        label=f"`{name}` is {show(without_null(type_))}",
        help=f"write {listed}, or leave it out: its type says how it is shown",
        fixes=(Fix(f"Write `{forms[0]}`", (Edit(form.span, forms[0]),), safe=False),),
    )


def _twice(at: Elaborator, render: tree.Render, first: tree.Render) -> None:
    edit = removal(at.source.text, render.span)
    at.report(
        "K1004",
        render.span,
        f"How `{render.field.text}` is shown stands twice in this page",
        related=(Related(first.span, "the first one"),),
        help="remove one of the two",
        fixes=(Fix("Remove it", (edit,), safe=False),),
    )
