"""Patterns: whether the engine takes one, and what is wrong with it where it does not."""

from __future__ import annotations

_RE2_SAYS = {
    "invalid escape sequence": "no such escape, or a back-reference",
    "invalid perl operator": "look-around, or another group that RE2 does not have",
    "missing ]": "this `[` has no `]`",
    "missing )": "a `(` has no `)`",
    "unexpected )": "a `)` has no `(`",
    "missing argument to repetition operator": "there is nothing to repeat before this",
    "no argument for repetition operator": "there is nothing to repeat before this",
    "invalid repetition size": "it may repeat up to 1000 times",
    "invalid character class range": "the ends of this range are the wrong way round",
    "trailing \\": "a `\\` at the end escapes nothing",
}
"""What the engine says, in the words of somebody who writes a pattern."""


def way_out(fault: str) -> str:
    """What to do about a fault of `fault_of`."""
    if fault.startswith(("no such escape", "look-around")):
        return "write it without them, or check the text in a step"
    if "{" in fault:
        return "repeat it less often, or bound the field with `max_length`"
    return "a sign that is meant as itself has a backslash before it, which a text writes twice"


def fault_of(pattern: str) -> str | None:
    """Why RE2 refuses a pattern, or None."""
    # Imported only where a program has a pattern: the engine is a native library.
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as fault:
        said = fault.args[0] if fault.args else b"not a pattern"
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        kind, _, where = text.partition(": ")
        known = _RE2_SAYS.get(kind)
        return f"{known}: {where}" if known and where else known or text
    return None
