"""Functions of text."""

from __future__ import annotations

from kanvas_runtime.fuel import check_list, check_text, weigh_text


def upper(text: str) -> str:
    capitals = text.upper()
    check_text(len(capitals))  # “ß” becomes “SS”
    return capitals


def lower(text: str) -> str:
    small = text.lower()
    check_text(len(small))
    return small


def trim(text: str) -> str:
    """Without white space at both ends."""
    weigh_text(len(text))
    return text.strip()


def split(text: str, separator: str) -> list[str]:
    """The parts between separators; the single characters when the separator is empty."""
    weigh_text(len(text))
    check_list(text.count(separator) + 1 if separator else len(text))
    return text.split(separator) if separator else list(text)


def replace(text: str, old: str, new: str) -> str:
    """Every `old` replaced by `new`, as JavaScript's `replaceAll`."""
    check_text(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def text_includes(text: str, part: str) -> bool:
    weigh_text(len(text))
    return part in text


def starts_with(text: str, part: str) -> bool:
    return text.startswith(part)


def ends_with(text: str, part: str) -> bool:
    return text.endswith(part)


def text_slice(text: str, start: int, end: int | None = None) -> str:
    """From `start` up to `end`, without it. Negative positions count from the end."""
    return text[start:end]


def pad_start(text: str, length: int, fill: str = " ") -> str:
    """Filled at the start up to `length`; longer text stays as it is."""
    return _padding(text, length, fill) + text


def pad_end(text: str, length: int, fill: str = " ") -> str:
    """Filled at the end up to `length`; longer text stays as it is."""
    return text + _padding(text, length, fill)


def _padding(text: str, length: int, fill: str) -> str:
    missing = length - len(text)
    if missing <= 0 or not fill:
        return ""
    check_text(length)
    return (fill * (missing // len(fill) + 1))[:missing]
