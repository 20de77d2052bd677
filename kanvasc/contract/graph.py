"""A program as a picture: surfaces, machines, events and capabilities, in Mermaid's notation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kanvasc.records import dataclass, field
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import TypedAsk, TypedCall, TypedHttp, TypedMachine, TypedProgram

_SHAPES: Final = {
    "surface": ("([", "])"),
    "machine": ("[", "]"),
    "event": ("{{", "}}"),
    "capability": ("[/", "/]"),
    "clock": ("((", "))"),
}
_LONGEST: Final = 60


@dataclass
class _Drawing:
    """Nodes and arrows, each once; `ids`: kind and text of a node → its name in the notation."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    arrows: dict[str, None] = field(default_factory=dict)

    def node(self, kind: str, text: str) -> str:
        return self.ids.setdefault((kind, text), f"{kind}{len(self.ids) + 1}")

    def arrow(self, start: str, end: str, label: str = "", *, dotted: bool = False) -> None:
        line = "-.->" if dotted else "-->"
        said = f'|"{_escaped(label)}"|' if label else ""
        self.arrows[f"{start} {line}{said} {end}"] = None


def graph(program: TypedProgram) -> str:
    """The picture, left to right: who calls, what runs, what it reaches."""
    drawing = _Drawing()
    machines = {m.name: drawing.node("machine", _titled(m)) for m in program.machines}
    for machine in program.machines:
        _ways(drawing, machine, machines[machine.name])
        _calls(drawing, machine, machines)
        _needs(drawing, machine, machines[machine.name])
    lines = ["flowchart LR"]
    for (kind, text), name in drawing.ids.items():
        start, end = _SHAPES[kind]
        lines.append(f'  {name}{start}"{_escaped(text)}"{end}')
    lines += [f"  {arrow}" for arrow in drawing.arrows]
    lines += [*_classes(drawing)]
    return "\n".join(lines) + "\n"


def _titled(machine: TypedMachine) -> str:
    return f"{machine.name}: {machine.title}" if machine.title else machine.name


def _ways(drawing: _Drawing, machine: TypedMachine, name: str) -> None:
    """What leads to a run of the machine."""
    for surface in machine.surfaces:
        node = drawing.node("surface", f"{surface.kind} {surface.path}")
        ways = surface.options.get("auth")
        drawing.arrow(node, name, ", ".join(ways) if isinstance(ways, tuple) else "")
        on = surface.options.get("on")
        if isinstance(on, str):
            drawing.arrow(drawing.node("event", on), node)
    for schedule in machine.schedules:
        when = schedule.cron if schedule.every is None else f"every {schedule.every:g} s"
        drawing.arrow(drawing.node("clock", when), name)
    for subscription in machine.subscribes:
        node = drawing.node("event", subscription.event)
        drawing.arrow(node, name, subscription.flow or "")
    for event in machine.publishes:
        drawing.arrow(name, drawing.node("event", event.name))


def _calls(drawing: _Drawing, machine: TypedMachine, machines: dict[str, str]) -> None:
    for step in every(outermost(machine.steps, machine.flows)):
        if isinstance(step, TypedCall) and step.machine in machines:
            drawing.arrow(machines[machine.name], machines[step.machine], step.symbol.name)


def _needs(drawing: _Drawing, machine: TypedMachine, name: str) -> None:
    """Capabilities that steps use, with what they reach; and those that are held for a person."""
    held = {p.capability for p in machine.permissions if p.verdict == "requires approval"}
    for capability, target in dict.fromkeys(_reached(machine)):
        text = f"{capability}: {target}" if target else capability
        label = "held for approval" if capability in held else ""
        drawing.arrow(name, drawing.node("capability", text), label, dotted=bool(label))


def _reached(machine: TypedMachine) -> Iterator[tuple[str, str]]:
    for step in every(outermost(machine.steps, machine.flows)):
        if isinstance(step, TypedAsk):
            yield "reason", step.model
        elif isinstance(step, TypedHttp):
            yield "http", str(step.origin) if step.origin is not None else ""
    if any(need.capability == "memory" for need in machine.needs):
        yield "memory", ""


def _classes(drawing: _Drawing) -> Iterator[str]:
    """Kinds look different also where shapes are hard to tell."""
    styles = {
        "surface": "fill:#e8effd,stroke:#2453c9,color:#14181f",
        "event": "fill:#ffefcf,stroke:#7a4b00,color:#14181f",
        "capability": "fill:#fdeceb,stroke:#b3261e,color:#14181f",
    }
    for kind, style in styles.items():
        names = [name for (each, _), name in drawing.ids.items() if each == kind]
        if names:
            yield f"  classDef {kind} {style}"
            yield f"  class {','.join(names)} {kind}"


def _escaped(text: str) -> str:
    """Text of a program inside quotes: nothing of it ends them, or is markup."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(c if c.isalnum() or c in " .,:/_-*…()" else f"#{ord(c)};" for c in short)
