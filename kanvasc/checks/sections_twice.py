"""Each section comes at most once in a machine."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.syntax import tree

TITLES: dict[type[tree.Node], str] = {
    tree.Accepts: "accepts",
    tree.RespondsWith: "responds with",
    tree.Achieves: "achieves",
    tree.Ensures: "ensures",
    tree.Implements: "implements",
    tree.Expresses: "expresses",
    tree.Verifies: "verifies",
}


def sections_twice(context: Context) -> Iterator[Diagnostic]:
    for machine in context.file.machines:
        seen: dict[type[tree.Node], tree.Node] = {}
        for section in machine.sections:
            title = TITLES.get(type(section))
            first = seen.setdefault(type(section), section)
            if title is None or first is section:
                continue
            start = section.span.start
            yield report(
                "K1005",
                type(section.span)(start, start + len(title)),
                f"The section `{title}` stands twice in `{machine.name.text}`",
                related=(
                    Related(
                        type(section.span)(first.span.start, first.span.start + len(title)),
                        "the first one",
                    ),
                ),
                help="move its lines into the first one",
            )
