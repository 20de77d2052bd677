"""All files of a built app, as bytes: same program, same bytes, on any machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kanvasc import resources
from kanvasc.emit.contracts import contracts
from kanvasc.emit.format import format_python
from kanvasc.emit.imports import imports, ordered
from kanvasc.emit.pins import RUNTIME_WHEEL, requirements
from kanvasc.emit.settings import hooks, other_settings, settings
from kanvasc.plan.app import AppPlan
from kanvasc.plan.classes import literal
from kanvasc.types.program import TypedProgram

Files: TypeAlias = Mapping[str, bytes]
"""Path relative to the output folder, with `/` → content."""


def emit(plan: AppPlan, program: TypedProgram) -> Files:
    """Lays out every file of the app.

    Raises FileNotFoundError when this installation of kanvasc lacks its templates or wheels.
    """
    modules = {"app.py": _app(plan), "machines/__init__.py": '"""The machines of this app."""\n'}
    if plan.records:
        modules["machines/records.py"] = _module("records.py", (), app=plan)
    for machine in plan.machines:
        path = f"machines/{machine.module}.py"
        modules[path] = _module("machine.py", machine.imports, app=plan, machine=machine)
    texts = format_python(modules)
    texts["requirements.txt"] = requirements(
        reasons=plan.reasons,
        fetches=plan.fetches,
        takes_tokens=plan.takes_tokens,
        tools=plan.has_tools,
    )
    texts["README.md"] = _text(
        "README.md",
        app=plan,
        surfaces=_surfaces(program),
        sockets=settings(program),
        others=other_settings(program),
        hooks=hooks(program),
        events=_events(program),
    )
    texts["Dockerfile"] = _text("Dockerfile")
    texts[".dockerignore"] = ".kanvas\n__pycache__\n"
    for name, text in contracts(plan.name, program).items():
        texts[f"contract/{name}"] = text
    files = {path: text.encode() for path, text in texts.items()}
    wheel = resources.folder("wheels") / RUNTIME_WHEEL
    files[f"wheels/{RUNTIME_WHEEL}"] = wheel.read_bytes()
    if plan.has_page:
        files.update(_page_files())
    return dict(sorted(files.items()))


@cache
def _templates() -> Environment:
    folder = resources.folder("templates") / "app"
    # The texts are Python, Markdown and a Dockerfile: nothing here is HTML. What comes from the
    # program has been made a literal, or is an identifier or a checked path, in the plan.
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )


def _text(template: str, **values: Any) -> str:
    return _templates().get_template(f"{template}.jinja").render(**values)


def _module(name: str, siblings: tuple[str, ...], **values: Any) -> str:
    """A module with the import lines that its own text asks for, and its `siblings`."""
    bare = _text(name, imports="", **values)
    used = {*siblings, *(("records",) if "records." in bare and name != "records.py" else ())}
    line = f"from . import {', '.join(ordered(used))}" if used else ""
    return _text(name, imports=imports(bare, line), **values)


def _app(plan: AppPlan) -> str:
    modules = ", ".join(ordered({*(s.module for s in plan.surfaces), *plan.unserved}))
    line = f"from machines import {modules}" if modules else ""
    values = {"app": plan, "name": literal(plan.name)}
    bare = _text("app.py", imports="", **values)
    return _text("app.py", imports=imports(bare, line), **values)


def _surfaces(program: TypedProgram) -> list[tuple[str, str, str]]:
    return [
        (surface.kind, machine.name, surface.path)
        for machine in program.machines
        for surface in machine.surfaces
    ]


def _events(program: TypedProgram) -> list[tuple[str, str, str]]:
    """Each event of the program, the machines that publish it and those that it runs."""
    names = [e.name for m in program.machines for e in m.publishes]
    names += [s.event for m in program.machines for s in m.subscribes]
    found = []
    for name in dict.fromkeys(names):
        by = [m.name for m in program.machines if any(e.name == name for e in m.publishes)]
        runs = [m.name for m in program.machines if any(s.event == name for s in m.subscribes)]
        found.append((name, _listed(by), _listed(runs)))
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing here"


def _page_files() -> dict[str, bytes]:
    folder = resources.folder("templates") / "page"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not Path(path).name.startswith(".")
    }
