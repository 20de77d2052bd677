"""One run as a story: who asked for what, what it did outside, what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from kanvas_runtime.ledger.line import printable

Record: TypeAlias = Mapping[str, Any]

_MICRO = 1_000_000  # of a dollar, of a second


class Told(NamedTuple):
    """A record of a run, in words. `moment`: since the run's first; `depth`: of machines that
    call each other."""

    seq: int | None
    moment: str
    depth: int
    sentence: str


def story(records: Sequence[Record]) -> list[str]:
    """The lines of it. `records` are those of one run, in their order; there is at least one.

    What a called machine did stands further to the right than the step that called it.
    """
    lines = [title(records), ""]
    for each, record in zip(told(records), records, strict=True):
        indent = "  " * each.depth
        seq = "?" if each.seq is None else each.seq
        lines.append(f"{seq:>8}  {each.moment:>14}  {indent}{each.sentence}")
        lines += [f"{'':>26}{indent}{payload}" for payload in _payloads(record)]
    if not is_over(records):
        lines += ["", "it has no end: it is still running, or the process ended before it did"]
    return lines


def told(records: Sequence[Record]) -> list[Told]:
    """Each of them."""
    machines = {record.get("machine") for record in records}
    since = _seconds(str(records[0].get("at"))) or 0.0
    found: list[Told] = []
    depth = 0
    for record in records:
        phase = record.get("phase") if record.get("target") in machines else None
        depth -= phase == "end"
        now = _seconds(str(record.get("at")))
        moment = "" if now is None else f"{now - since:+.6f} s"
        found.append(Told(record.get("seq"), moment, max(depth, 0), sentence(record)))
        depth += phase == "begin"
    return found


def is_over(records: Sequence[Record]) -> bool:
    """Whether the run's own record is there, which is its last."""
    return records[-1].get("kind") == "SurfaceAccess"


def title(records: Sequence[Record]) -> str:
    """Whose run it is, for whom, and when."""
    last = records[-1] if records[-1].get("kind") == "SurfaceAccess" else {}
    machine = _text(last, "machine") or _text(records[0], "machine") or "an unknown machine"
    asked = _text(records[0], "principal") or _text(last, "principal")
    where = " ".join(part for part in (_text(last, "surface"), _text(last, "path")) if part)
    parts = [f"run {_text(records[0], 'run')} of {machine}"]
    parts += [f"for {asked}"] if asked else []
    parts += [f"on {where}"] if where else []
    parts += ["simulated"] if any(record.get("simulated") for record in records) else []
    parts += [f"trace {_text(records[0], 'trace')}"] if records[0].get("trace") else []
    return ", ".join([*parts, f"at {_text(records[0], 'at')}"])


def sentence(record: Record) -> str:
    """What happened."""
    tell = _TELL.get(str(record.get("kind")), _other)
    return tell(record)


def _started(record: Record) -> str:
    return f"{_text(record, 'machine')} starts"


def _step(record: Record) -> str:
    name = f"{_text(record, 'machine')}.{_text(record, 'step')}"
    target = "/".join(part for part in (_text(record, "target"), _text(record, "model")) if part)
    if record.get("phase") == "begin":
        return f"{name} goes to {target}"
    return f"{name} ends: {', '.join(_result(record))}"


def _result(record: Record) -> Iterator[str]:
    yield _text(record, "outcome")
    if "duration_us" in record:
        yield f"{record['duration_us'] / _MICRO:.6f} s"
    if record.get("attempts", 1) != 1:
        yield f"{record['attempts']} attempts"
    if record.get("tokens_in") or record.get("tokens_out"):
        yield f"{record.get('tokens_in', 0)} tokens in, {record.get('tokens_out', 0)} out"
    if "cost" in record:
        yield f"${record['cost'] / _MICRO:.6f}"


def _decided(record: Record) -> str:
    what = " ".join(part for part in (_text(record, "capability"), _text(record, "target")) if part)
    by = f" by {_text(record, 'decider')}" if record.get("decider") else ""
    place = f"{_text(record, 'machine')}.{_text(record, 'step')}"
    because = f": {_text(record, 'reason')}" if record.get("reason") else ""
    return f"{place} wants {what}: {_text(record, 'verdict')}{by}{because}"


def _guarded(record: Record) -> str:
    guard, action = _text(record, "guard"), _text(record, "action")
    return f"{_text(record, 'machine')}: guard {guard} does not pass: {action}"


def _answered(record: Record) -> str:
    return f"{_text(record, 'machine')} answers: {', '.join(_result(record))}"


def _payloads(record: Record) -> Iterator[str]:
    """What was kept of what came or went: an input where the run begins, else where it ends."""
    for name in ("input", "output"):
        if name in record:
            yield f"{name} {_text(record, name)}"


def _other(record: Record) -> str:
    return _text(record, "kind")


_TELL: Mapping[str, Callable[[Record], str]] = {
    "RunStarted": _started,
    "StepRun": _step,
    "Decision": _decided,
    "GuardVerdict": _guarded,
    "SurfaceAccess": _answered,
}


def _text(record: Record, name: str) -> str:
    return printable(str(record.get(name, "")))


def _seconds(at: str) -> float | None:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return None
