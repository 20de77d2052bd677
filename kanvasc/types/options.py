"""Options of steps: known, once each, constants within their bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def named(
    at: Elaborator,
    written: tuple[tree.Option, ...],
    known: Iterable[str],
    what: str,
    place: str = "step",
) -> dict[str, tree.Option]:
    """The options by name; those that `what` does not take, and second ones in this `place`, are
    reported."""
    found: dict[str, tree.Option] = {}
    names = tuple(known)
    for option in written:
        name = option.name.text
        if name not in names:
            near = closest(name, names)
            edits = (Edit(option.name.span, near or ""),)
            at.report(
                "K3007",
                option.name.span,
                f"{what} has no `{name}`",
                help=did_you_mean(name, names, "options"),
                fixes=(Fix(f"Write `{near}`", edits, safe=False),) if near else (),
            )
        elif name in found:
            at.report(
                "K1004",
                option.span,
                f"`{name}` stands twice in this {place}",
                related=(Related(found[name].span, "the first one"),),
                help="remove one of the two",
                fixes=(Fix("Remove it", (removal(at.source.text, option.span),), safe=False),),
            )
        else:
            found[name] = option
    return found


def single(at: Elaborator, option: tree.Option, what: str, *, lists: bool = False) -> tree.Expr:
    """Its value; several are reported. `what` it is: "The input"; `lists`: it may be a list."""
    if len(option.values) == 1:
        return option.values[0]
    name, written = option.name.text, option.values[0].span.to(option.values[-1].span)
    listed = f"[{at.text(written)}]"
    edits = (Edit(written, listed),) if lists else ()
    at.report(
        "K3007",
        option.span,
        f"{what} `{name}` is given several values",
        help=f"for a list of them, write `{name}: {listed}`" if lists else "leave one of them",
        fixes=(Fix("Make a list of them", edits, safe=False),) if lists else (),
    )
    return tree.Missing(option.span)


def whole(at: Elaborator, option: tree.Option | None, low: int, high: int, default: int) -> int:
    """A whole number from `low` to `high`."""
    if option is None:
        return default
    value = option.values[0] if len(option.values) == 1 else None
    if (
        isinstance(value, tree.NumberLit)
        and value.text.isdigit()
        and low <= int(value.text) <= high
    ):
        return int(value.text)
    if not isinstance(value, tree.Missing):
        _wrong(at, option, f"a whole number from {low} to {high}", str(default))
    return default


def milliseconds(at: Elaborator, option: tree.Option | None, most: int, default: int) -> int:
    """A duration, of `"2s"` or of a bare number of milliseconds."""
    if option is None:
        return default
    value = option.values[0] if len(option.values) == 1 else None
    found: float | None = None
    if isinstance(value, tree.NumberLit):
        found = float(value.text)
    elif isinstance(value, tree.TextLit):
        match = _DURATION.fullmatch(value.plain or "")
        found = float(match[1]) * _MILLISECONDS[match[2]] if match else None
    if found is not None and found <= most and found == int(found):
        return int(found)
    if not isinstance(value, tree.Missing):
        _wrong(at, option, f"a duration of up to {most // 1000} seconds", '"2s"')
    return default


def seconds(at: Elaborator, option: tree.Option | None, most: float, example: str) -> float | None:
    """Seconds above 0, of a duration or of a bare number of milliseconds; None where there are
    none."""
    value = option.values[0] if option is not None and len(option.values) == 1 else None
    if option is None or isinstance(value, tree.Missing):
        return None
    found = 0.0
    if isinstance(value, tree.NumberLit):
        found = float(value.text) / 1000
    elif isinstance(value, tree.TextLit):
        match = _DURATION.fullmatch(value.plain or "")
        found = float(match[1]) * _MILLISECONDS[match[2]] / 1000 if match else 0.0
    if 0 < found <= most:
        return found
    longest = f"{most / 86_400:g} days" if most > 86_400 else f"{most / 3600:g} hours"
    _wrong(at, option, f"a duration above 0, up to {longest}", example)
    return None


def word(at: Elaborator, option: tree.Option | None, words: tuple[str, ...], default: str) -> str:
    """One of a few texts."""
    if option is None:
        return default
    value = option.values[0] if len(option.values) == 1 else None
    text = value.plain if isinstance(value, tree.TextLit) else None
    text = value.text if isinstance(value, tree.NameRef) else text
    if text in words:
        return text
    if not isinstance(value, tree.Missing):
        near = closest(text or "", words) or default
        listed = ", ".join(f'"{known}"' for known in words)
        _wrong(at, option, f"one of {listed}", f'"{near}"')
    return default


def switch(at: Elaborator, option: tree.Option | None, default: bool) -> bool:
    """True or false."""
    value = option.values[0] if option is not None and len(option.values) == 1 else None
    if isinstance(value, tree.BoolLit):
        return value.value
    if option is not None and not isinstance(value, tree.Missing):
        _wrong(at, option, "true or false", "true")
    return default


def _wrong(at: Elaborator, option: tree.Option, wanted: str, example: str) -> None:
    span = option.values[0].span if len(option.values) == 1 else option.span
    name = option.name.text
    edits = (Edit(span, example if span is not option.span else f"{name}: {example}"),)
    at.report(
        "K3007",
        span,
        f"`{name}` is {wanted}",
        why="It is settled when the program is built, so that a reader can see it.",
        help=f"write `{name}: {example}`, for example",
        fixes=(Fix(f"Write `{name}: {example}`", edits, safe=False),),
    )
