"""The form of a machine: a control for each input field, and the way back from text to a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kanvas_runtime.codec import TypeInfo, decode_json, encode_json
from kanvas_runtime.errors import Refusal
from kanvas_runtime.pages.shape import Field, Kind, Shape

_LONG = 120  # characters; longer texts are written in more than one line
_YES_NO = (("", "Not set"), ("true", "Yes"), ("false", "No"))
_JSON_KINDS = ("list", "map", "object", "any")
_INTEGER = re.compile(r"[+-]?\d{1,17}(?:\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_TEXT_TYPES = {"email": "email", "url": "url"}
_INPUT_TYPES = {"secret": "password", "date": "date", "datetime": "datetime-local"}
_ON = ("true", "on", "1")


@dataclass(frozen=True, slots=True)
class Control:
    """A labelled control as the template lays it out. `widget` is its kind of control.

    `kind` tells the script how to read it: the field's type, or `json`.
    """

    name: str
    kind: str
    label: str
    widget: str
    type: str = "text"
    required: bool = False
    value: str = ""
    checked: bool = False
    options: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    hint: str | None = None
    error: str | None = None

    @property
    def described_by(self) -> str:
        """The ids of what explains the control, for `aria-describedby`."""
        parts = {"about": self.description, "hint": self.hint, "error": self.error}
        present = [f"{part}-{self.name}" for part, text in parts.items() if text]
        return " ".join(present if self.error else [*present, f"error-{self.name}"])


@dataclass(frozen=True, slots=True)
class Broken(Exception):
    """A JSON field that holds no JSON: `text` is what was written there."""

    refusal: Refusal
    text: str


def controls(
    shape: Shape, filled: Mapping[str, str] | None, error: Refusal | None
) -> tuple[Control, ...]:
    """The controls of a form; `filled` is the text of each field, None for an untouched form."""
    at_fault = _first_name(error.field) if error and error.field else None
    return tuple(
        _control(entry, filled, error.message if error and entry.name == at_fault else None)
        for entry in shape.fields
    )


def _first_name(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _control(entry: Field, filled: Mapping[str, str] | None, error: str | None) -> Control:
    text = _shown(entry, filled)
    widget, type_ = _widget(entry.shape, text)
    return Control(
        name=entry.name,
        kind="json" if widget == "json" else entry.shape.kind,
        label=entry.label,
        widget=widget,
        type=type_,
        required=entry.required and widget != "checkbox",
        value=text,
        checked=text in _ON,
        options=_options(entry),
        attributes=_attributes(entry.shape, widget),
        description=entry.description,
        hint=_hint(entry.shape),
        error=error,
    )


def _widget(shape: Shape, text: str) -> tuple[str, str]:
    """The control and, for an `<input>`, its type."""
    modifiers = _modifiers(shape)
    if shape.kind in ("enum", "text") and modifiers.choices:
        return "select", ""
    if shape.kind == "boolean":
        return ("select", "") if modifiers.nullable else ("checkbox", "")
    if shape.kind in _JSON_KINDS:
        return "json", ""
    if shape.kind == "text" and ((modifiers.max_length or 0) > _LONG or "\n" in text):
        return "textarea", ""
    return "input", _input_type(shape)


def _input_type(shape: Shape) -> str:
    if shape.numeric:
        return "number"
    if shape.kind == "text":
        return _TEXT_TYPES.get(_modifiers(shape).format or "", "text")
    return _INPUT_TYPES.get(shape.kind, "text")


def _options(entry: Field) -> tuple[tuple[str, str], ...]:
    if entry.shape.kind == "boolean":
        return _YES_NO
    given = tuple((choice, choice) for choice in _modifiers(entry.shape).choices)
    return given if entry.default is not None else (("", "Choose…"), *given)


def _modifiers(shape: Shape) -> TypeInfo:
    return shape.type or TypeInfo("any")


def _attributes(shape: Shape, widget: str) -> dict[str, str]:
    """No `maxlength`: browsers count UTF-16 units, the language counts code points."""
    if shape.kind == "datetime":
        return {"step": "1"}
    if not shape.numeric or widget != "input":
        return {}
    limits = {"min": _modifiers(shape).min, "max": _modifiers(shape).max}
    attributes = {name: str(limit) for name, limit in limits.items() if limit is not None}
    return {**attributes, "step": "1" if shape.kind == "integer" else "any"}


def _hint(shape: Shape) -> str | None:
    modifiers = _modifiers(shape)
    if shape.kind in _JSON_KINDS:
        return "Written as JSON" + _json_example(shape)
    if shape.kind == "datetime":
        return "UTC"
    if shape.numeric:
        return _span(modifiers.min, modifiers.max, "")
    return _span(modifiers.min_length, modifiers.max_length, " characters")


def _json_example(shape: Shape) -> str:
    examples = {"list": '["a", "b"]', "map": '{"name": "value"}'}
    if shape.kind == "object":
        return ", an object with " + ", ".join(entry.name for entry in shape.fields)
    if shape.kind == "list" and shape.item is not None and shape.item.numeric:
        return ", such as [1, 2, 3]"
    if shape.kind == "list" and shape.item is not None and shape.item.kind == "object":
        return ", a list of objects with " + ", ".join(entry.name for entry in shape.item.fields)
    return f", such as {examples[shape.kind]}" if shape.kind in examples else ""


def _span(low: object, high: object, unit: str) -> str | None:
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    if low is not None:
        return f"At least {low}{unit}"
    return f"At most {high}{unit}" if high is not None else None


def _shown(entry: Field, filled: Mapping[str, str] | None) -> str:
    """The text of a control: what was sent, else the default. A secret is never sent back."""
    if entry.shape.confidential and (filled is not None or entry.shape.kind == "secret"):
        return ""
    if filled is None:
        return "" if entry.default is None else _written(entry.shape.kind, entry.default)
    text = filled.get(entry.name, "")
    if entry.shape.kind == "datetime":
        return text.removesuffix("Z")
    return text


def _written(kind: Kind, value: object) -> str:
    if isinstance(value, str) and kind not in _JSON_KINDS:
        return value
    return encode_json(value).decode()


def prefilled(shape: Shape, query: Mapping[str, str]) -> dict[str, str] | None:
    """The text of the fields as a link's query gives them; None when it names none of them."""
    known = {entry.name: entry for entry in shape.fields}
    if not known.keys() & query.keys():
        return None
    defaults = {name: _shown(entry, None) for name, entry in known.items()}
    return {name: query.get(name, default) for name, default in defaults.items()}


def value_of(shape: Shape, texts: Mapping[str, str]) -> dict[str, object]:
    """The input that a form's texts stand for; the codec still judges it. Raises `Broken`.

    An empty control is an absent field. Names that the form does not have go through, so that
    they are refused like anywhere else.
    """
    known = {entry.name: entry for entry in shape.fields}
    value: dict[str, object] = {
        name: text for name, text in texts.items() if name not in known and text
    }
    for entry in shape.fields:
        text = texts.get(entry.name, "").replace("\r\n", "\n")
        if _widget(entry.shape, text)[0] == "checkbox":
            value[entry.name] = text in _ON
        elif text:
            value[entry.name] = _parsed(entry, text)
    return value


def _parsed(entry: Field, text: str) -> object:
    kind = entry.shape.kind
    if kind == "integer" and _INTEGER.fullmatch(text.strip()):
        return int(text.strip().partition(".")[0])
    if kind == "number" and _NUMBER.fullmatch(text.strip()):
        return _number(text.strip())
    if kind == "decimal":
        return text.strip()
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "datetime" and _LOCAL_TIME.fullmatch(text):
        return (text if text.count(":") > 1 else f"{text}:00") + "Z"
    if kind in _JSON_KINDS:
        return _json(entry, text)
    return text


def _number(text: str) -> int | float:
    return int(text) if _INTEGER.fullmatch(text) and "." not in text else float(text)


def _json(entry: Field, text: str) -> object:
    try:
        return decode_json(text)
    except Refusal as refusal:
        told = Refusal("invalid_json", f"{entry.label} is not JSON", field=entry.name)
        raise Broken(told, text) from refusal
