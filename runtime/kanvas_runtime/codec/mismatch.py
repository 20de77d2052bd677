"""A value that does not fit, on its way from where it was found to the reply."""

from __future__ import annotations

from decimal import Decimal

from kanvas_runtime.errors import Refusal

_LONGEST_NAME = 60
"""Names from a message are cut here: a reply must not carry what the client sent back to it."""


class Mismatch(Exception):
    """`message` says what was expected (`must be text, not a number`), without the place.

    Containers put the place in front while the exception passes them.
    """

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.unknown = unknown
        self.place: list[str | int] = []

    def within(self, step: str | int) -> Mismatch:
        """The same one level further out: `step` is a key, or an index of a list."""
        self.place.append(step)
        return self

    def refusal(self, path: str, whole: str) -> Refusal:
        """The error for the caller. `path` is where the value stands, `whole` names it."""
        field = path + "".join(map(_step, reversed(self.place)))
        field = field if path else field.removeprefix(".")
        if self.unknown:
            return Refusal("unknown_field", self.message, field=field)
        return Refusal("invalid_input", f"{field or whole} {self.message}", field=field or None)


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{cut(step)}"


def cut(name: str) -> str:
    """A name from a message, short enough to repeat."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def named(value: object) -> str:
    """What sort of value it is, for the end of a sentence: `a list`."""
    return _NAMES.get(type(value), "something else")


def expected(what: str, value: object) -> Mismatch:
    """`must be <what>, not <what it is>`."""
    return Mismatch(f"must be {what}, not {named(value)}")
