"""The import lines of a generated module: exactly what its text uses."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kanvasc.plan.identifiers import CONTRACT_NAMES, MACHINE_NAMES, SURFACE_CLASSES

_STANDARD = {"Annotated": "typing", "Literal": "typing"}
_OURS = {
    "Meta": "msgspec",
    "field": "msgspec",
    "Failure": "kanvas_runtime.control",
    "StepFailure": "kanvas_runtime.errors",
    "fuel": "kanvas_runtime",
    "Memory": "kanvas_runtime.memory",
    "Recalled": "kanvas_runtime.memory",
    "replace": "msgspec.structs",
    "library": "kanvas_runtime",
    "ops": "kanvas_runtime",
    "Run": "kanvas_runtime.run",
    "shaped": "kanvas_runtime.outside.shaped",
    "Service": "kanvas_runtime.service",
    **dict.fromkeys(SURFACE_CLASSES.values(), "kanvas_runtime.machine"),
    **dict.fromkeys(CONTRACT_NAMES, "kanvas_runtime.contract"),
    **dict.fromkeys(MACHINE_NAMES, "kanvas_runtime.machine"),
}


def imports(module: str, first_party: str = "") -> str:
    """Import lines for a module's text, in the order that isort keeps.

    `first_party` is a last line for the app's own modules.
    """
    used = {node.id for node in ast.walk(ast.parse(module)) if isinstance(node, ast.Name)}
    sections = [_lines(_STANDARD, used), _lines(_OURS, used)]
    if first_party:
        sections.append([first_party])
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _lines(known: dict[str, str], used: set[str]) -> list[str]:
    by_module: dict[str, list[str]] = {}
    for name, module in known.items():
        if name in used:
            by_module.setdefault(module, []).append(name)
    return [
        f"from {module} import {', '.join(ordered(names))}"
        for module, names in sorted(by_module.items())
    ]


def ordered(names: Iterable[str]) -> list[str]:
    """isort's order: constants, then classes, then the rest."""
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
