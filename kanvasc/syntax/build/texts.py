"""Text literals: escapes decoded, expressions inside them read, common indentation removed."""

from __future__ import annotations

import re
from typing import Final

from kanvasc.diagnostics import report
from kanvasc.source import Span
from kanvasc.syntax import messages, tree
from kanvasc.syntax.build.base import Builder, Token
from kanvasc.syntax.strings import Inside, pieces_of

_MARGIN: Final = re.compile(r"\n([ \t]*)(?=[^ \t\n])")


def text(builder: Builder, token: Token) -> tree.TextLit:
    """The literal of a STRING, EVENT or KEY token."""
    long = token.text.startswith('"""')
    parts = _long_parts(builder, token) if long else _parts(builder, token.inside)
    return tree.TextLit(token.span, _joined(parts), long)


def plain(builder: Builder, token: Token) -> str:
    """What a text says that may not hold expressions, such as a key."""
    literal = text(builder, token)
    if any(not isinstance(part, str) for part in literal.parts):
        builder.report(messages.computed_key(token.span))
    return "".join(part for part in literal.parts if isinstance(part, str))


def _parts(builder: Builder, inside: Span) -> list[str | tree.Expr]:
    parts: list[str | tree.Expr] = []
    for piece in pieces_of(builder.source.text, inside.start, inside.end, builder.diagnostics):
        parts.append(_inside(builder, piece) if isinstance(piece, Inside) else piece)
    return parts


def _inside(builder: Builder, inside: Inside) -> tree.Expr:
    span = Span(inside.start, inside.end)
    if builder.source.text[span.start : span.end].strip():
        return builder.inside(span)
    builder.report(
        report(
            "K0021",
            Span(span.start - 2, min(span.end + 1, len(builder.source.text))),
            "There is nothing between `${` and `}`",
            label="an expression belongs here",
            help="write an expression, as in `${input.name}`, or `\\${` for the two signs",
        )
    )
    return tree.Missing(span)


def _long_parts(builder: Builder, token: Token) -> list[str | tree.Expr]:
    """Without the first line end, the last line's margin, and the indentation of all lines."""
    source, (start, end) = builder.source.text, token.inside
    raw = source[start:end]
    common = margin(raw)
    last = raw.rfind("\n")
    if last >= 0 and not raw[last:].strip():
        end = start + last
    first = source.find("\n", start, end + 1)
    if first >= 0 and not source[start:first].strip():
        start = min(first + 1, end)
        at_line_start = True
    else:
        at_line_start = False
    parts: list[str | tree.Expr] = []
    if common == 0:
        return _parts(builder, Span(start, end))
    for piece in pieces_of(source, start, end, builder.diagnostics):
        if isinstance(piece, Inside):
            parts.append(_inside(builder, piece))
        else:
            parts.append(_dedented(piece, common, at_line_start))
        at_line_start = False
    return parts


def margin(raw: str) -> int:
    """Spaces that all lines behind the first have in common, the closing quotes' line included."""
    last = raw.rfind("\n")
    margins = [len(found.group(1)) for found in _MARGIN.finditer(raw)]
    if last >= 0 and not raw[last:].strip():
        margins.append(len(raw) - last - 1)
    return min(margins, default=0)


def _dedented(piece: str, margin: int, at_line_start: bool) -> str:
    lines = piece.split("\n")
    first = lines[0][margin:] if at_line_start else lines[0]
    rest = (line[min(margin, len(line) - len(line.lstrip(" \t"))) :] for line in lines[1:])
    return "\n".join([first, *rest])


def _joined(parts: list[str | tree.Expr]) -> tuple[str | tree.Expr, ...]:
    joined: list[str | tree.Expr] = []
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            joined.append("".join(texts))
            texts.clear()
        joined.append(part)
    if any(texts):
        joined.append("".join(texts))
    return tuple(joined)
