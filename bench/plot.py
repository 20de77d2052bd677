"""A bar for each server, as an SVG: nothing is drawn by a library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

LEFT, WIDE, HIGH, GAP, RIGHT = 380, 380, 22, 10, 110


class Bar(NamedTuple):
    """A length, with its least and most, and whether it is ours."""

    name: str
    value: float
    least: float
    most: float
    is_ours: bool


def bars(title: str, shown: Sequence[Bar], figure: str = "{:,.0f}") -> str:
    """A picture that reads on light and dark ground."""
    longest = max(each.most for each in shown)
    height = 44 + len(shown) * (HIGH + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + RIGHT}" height="{height}"'
        ' font-family="system-ui, sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<text x="8" y="22" font-weight="600" fill="#888">{escape(title)}</text>',
    ]
    for place, each in enumerate(shown):
        top = 40 + place * (HIGH + GAP)
        length, least, most = (
            round(WIDE * value / longest, 1) for value in (each.value, each.least, each.most)
        )
        middle = top + HIGH / 2
        colour = "#2f81f7" if each.is_ours else "#9aa4af"
        parts += [
            f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end" fill="#888">'
            f"{escape(each.name)}</text>",
            f'<rect x="{LEFT}" y="{top}" width="{length}" height="{HIGH}" fill="{colour}"/>',
            f'<path d="M{LEFT + least} {middle}H{LEFT + most}" stroke="#555" stroke-width="2"/>',
            f'<text x="{LEFT + max(length, most) + 8}" y="{middle + 4}" fill="#888">'
            f"{figure.format(each.value)}</text>",
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
