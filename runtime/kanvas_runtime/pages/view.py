"""A result as the template lays it out: every decision about it is made here, none in the template.

The script draws the same elements from the same shape; a test holds the two together.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kanvas_runtime.pages.shape import Field, Kind, Shape

Look = Literal[
    "none", "text", "prose", "number", "badge", "time", "hidden", "metric", "table", "cards",
    "chart", "list", "pairs", "json",
]  # fmt: skip

_ANY = Shape("any")
_NUMBER = Shape("number")
_LINE = 48  # characters; a longer text is set as prose
_DEEPEST = 6  # levels of nesting that are laid out; what lies deeper is shown as JSON
_CHART = (600, 160)  # the chart's own units; it is stretched to its place
_SPARK = (200, 32)
_HISTORY = 60  # numbers of a sparkline
_COMPOUND = ("table", "cards", "chart", "list", "pairs", "json")


@dataclass(frozen=True, slots=True)
class View:
    """A value to show. `text` is what is read; compound values have `items` or `rows` as well.

    A metric has one item, which is printed large; `last`: as it is, or the newest of a chart's
    numbers, with no more digits than one reads.
    """

    look: Look
    text: str = ""
    label: str = ""
    title: str = ""
    on: bool = False
    items: tuple[View, ...] = ()
    columns: tuple[View, ...] = ()
    rows: tuple[tuple[View, ...], ...] = ()
    points: str = ""
    low: str = ""
    high: str = ""
    last: str = ""

    @property
    def end(self) -> str:
        """The last one of the points."""
        return self.points.rpartition(" ")[2]

    @property
    def wide(self) -> bool:
        """True for what takes the whole width rather than a tile."""
        return self.compound or self.look == "prose"

    @property
    def compound(self) -> bool:
        """True for what is folded away inside a table's cell or a list."""
        return self.look in _COMPOUND


def tiles(shape: Shape, value: Mapping[str, object]) -> tuple[View, ...]:
    """The fields of a result, in the contract's order."""
    return tuple(replace(_tile(e.shape, value.get(e.name)), label=e.label) for e in shape.fields)


def _tile(shape: Shape, value: object) -> View:
    """A field of the result, in the form that the program asks for where the value has it."""
    shown = view(shape, value)
    if shape.form == "json" and shown.look not in ("hidden", "none"):
        return _json(value, shown.text)
    if shape.form == "text" and shown.look == "number":
        return replace(shown, look="text")
    if shape.form == "chart" and shown.look == "number":
        return _chart([value])
    if shape.form == "metric" and shown.look == "chart":
        return _course(shown)
    if shown.look == "number":
        return View("metric", shown.text, items=(shown,), last=short_text(value))
    if shape.form == "metric" and shown.look in ("text", "prose", "badge", "time"):
        return View("metric", shown.text, items=(shown,))
    return shown


def _course(chart: View) -> View:
    """A list of numbers as one: the last of them, with a sparkline of all."""
    numbers = [float(item.title) for item in chart.items[-_HISTORY:]]
    points = polyline(numbers, min(numbers), max(numbers), _SPARK) if len(numbers) > 1 else ""
    text = f"The last {len(numbers)} values"
    return View("metric", text, items=chart.items[-1:], points=points, last=chart.last)


def _entry(entry: Field, value: Mapping[str, object], depth: int) -> View:
    return replace(view(entry.shape, value.get(entry.name), depth), label=entry.label)


def view(shape: Shape, value: object, depth: int = 0) -> View:
    """How a value of this shape is shown."""
    if shape.kind == "secret":
        return View("hidden", "Hidden")
    if value is None:
        return View("none", "—")
    shape = replace(_guess(value), form=shape.form) if shape.kind == "any" else shape
    if isinstance(value, list):
        return _list(shape, value, depth)
    if isinstance(value, dict):
        return _pairs(shape, value, depth)
    return _scalar(shape.kind, value)


def _guess(value: object) -> Shape:
    """The shape of a value whose type says nothing."""
    if isinstance(value, bool):
        return Shape("boolean")
    if isinstance(value, (int, float)):
        return Shape("number")
    if isinstance(value, list):
        return Shape("list", item=_guess_item(value))
    return Shape("map", item=_ANY) if isinstance(value, dict) else Shape("text")


def _guess_item(items: Sequence[object], part: Shape = _ANY) -> Shape:
    """The shape of a list's items; `part` is that of a map's values, where it is known."""
    records = [item for item in items if isinstance(item, dict)]
    if items and len(records) == len(items):
        names = dict.fromkeys(name for record in records for name in record)
        return Shape("object", fields=tuple(_guess_field(name, records, part) for name in names))
    return _NUMBER if _are_numbers(items) else _ANY


def _guess_field(name: str, records: Sequence[dict[str, object]], part: Shape) -> Field:
    numbers = _are_numbers([record.get(name) for record in records])
    return Field(name, _NUMBER if numbers else part, name)


def _are_numbers(values: Sequence[object]) -> bool:
    return bool(values) and all(type(value) in (int, float) for value in values)


def _scalar(kind: Kind, value: object) -> View:
    if isinstance(value, bool):
        return View("badge", "Yes" if value else "No", on=value)
    if kind in ("integer", "number", "decimal"):
        return View("number", number_text(value), title=str(value))
    text = str(value)
    if kind == "datetime":
        return View("time", moment(text), title=text)
    return View("prose" if len(text) > _LINE or "\n" in text else "text", text)


def number_text(value: object) -> str:
    """A number with its whole part in groups of three; decimals arrive as text."""
    text = value if isinstance(value, str) else json.dumps(value)
    whole, point, rest = text.partition(".")
    digits = whole.removeprefix("-")
    if not digits.isdecimal():
        return text
    return f"{whole[: len(whole) - len(digits)]}{int(digits):,}{point}{rest}"


def short_text(value: object) -> str:
    """A number that is set in large: no more digits than one reads."""
    if isinstance(value, float) and re.search(r"\.\d{7}", json.dumps(value)):
        rounded = float(f"{value:.6g}")
        return number_text(int(rounded) if rounded.is_integer() else rounded)
    return number_text(value)


def moment(text: str) -> str:
    try:
        moment = datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)
    except ValueError:
        return text
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _list(shape: Shape, values: list[object], depth: int) -> View:
    count = f"{len(values):,} {'item' if len(values) == 1 else 'items'}"
    if not values:
        return View("none", "Empty")
    if depth >= _DEEPEST:
        return _json(values, count)
    item = shape.item or _ANY
    item = _guess_item(values, item.item or _ANY) if item.kind in ("any", "map") else item
    records = item.kind == "object" and bool(item.fields)
    if records and shape.form == "cards":
        cards = (_card(item, value, depth) for value in values)
        return View("cards", count, items=tuple(cards))
    if records:
        return _table(item.fields, values, depth, count)
    if shape.form == "table":
        fields = (Field("value", item, "Value"),)
        return _table(fields, [{"value": value} for value in values], depth, count)
    if item.numeric and None not in values:
        return _chart(values)
    return View("list", count, items=tuple(view(item, value, depth + 1) for value in values))


def _card(item: Shape, value: object, depth: int) -> View:
    return _entries(item.fields, value, depth) if isinstance(value, dict) else view(item, value)


def _table(fields: Sequence[Field], values: Sequence[object], depth: int, count: str) -> View:
    rows = tuple(
        tuple(view(entry.shape, row.get(entry.name), depth + 1) for entry in fields)
        for row in (value if isinstance(value, dict) else {} for value in values)
    )
    columns = tuple(View("text", entry.label, on=entry.shape.numeric) for entry in fields)
    return View("table", count, columns=columns, rows=rows)


def _pairs(shape: Shape, value: dict[str, object], depth: int) -> View:
    count = f"{len(value):,} {'entry' if len(value) == 1 else 'entries'}"
    if not value:
        return View("none", "Empty")
    if depth >= _DEEPEST:
        return _json(value, count)
    item = shape.item or _ANY
    fields = shape.fields if shape.kind == "object" else [Field(name, item, name) for name in value]
    if shape.form == "cards":
        return View("cards", count, items=(_entries(fields, value, depth),))
    if shape.form != "table":
        return replace(_entries(fields, value, depth), text=count)
    numbers = bool(fields) and all(entry.shape.numeric for entry in fields)
    columns = Field("name", Shape("text"), "Name"), Field("value", _ANY, "Value")
    if numbers:
        columns = columns[0], replace(columns[1], shape=fields[0].shape)
    lines = [{"name": entry.label, "value": value.get(entry.name)} for entry in fields]
    return _table(columns, lines, depth, count)


def _entries(fields: Sequence[Field], value: Mapping[str, object], depth: int) -> View:
    return View("pairs", items=tuple(_entry(entry, value, depth + 1) for entry in fields))


def _json(value: object, count: str) -> View:
    return View("json", count, title=json.dumps(value, indent=2, ensure_ascii=False))


def _chart(values: Sequence[object]) -> View:
    numbers = [float(str(value)) for value in values]
    low, high = min(numbers), max(numbers)
    return View(
        "chart",
        f"{len(values):,} {'item' if len(values) == 1 else 'items'}",
        items=tuple(View("number", number_text(value), title=str(value)) for value in values),
        points=polyline(numbers if len(numbers) > 1 else numbers * 2, low, high, _CHART),
        low=short_text(values[numbers.index(low)]),
        high=short_text(values[numbers.index(high)]),
        last=short_text(values[-1]),
    )


def polyline(
    numbers: Sequence[float], low: float, high: float, size: tuple[int, int] = _CHART
) -> str:
    """The points of an SVG line through the numbers, from `low` at the bottom to `high`.

    Scaled before subtracting: the range of two finite doubles need not be finite.
    """
    width, height = size
    scale = max(abs(low), abs(high), 1.0)
    step = width / max(len(numbers) - 1, 1)
    span = high / scale - low / scale

    def up(number: float) -> float:
        return (number / scale - low / scale) / span if span else 0.5

    return " ".join(
        f"{index * step:.1f},{height - up(number) * height:.1f}"
        for index, number in enumerate(numbers)
    )
