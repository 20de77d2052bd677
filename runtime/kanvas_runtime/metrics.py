"""What happens, in numbers, for Prometheus: counted from the records that go into the ledger.

Nothing is counted anywhere else, so figures and ledger say the same. Labels are words of the
program, of the protocol, or codes of a closed list: no client can add to them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from kanvas_runtime.ledger.interface import Journal, Scalar, Write

if TYPE_CHECKING:
    import asyncio

    from kanvas_runtime.ledger.form import Form, Values

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BOUNDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)
"""Seconds: what a run takes that asks nobody, that asks a host, that asks a model."""

_MICRO = 1e6
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Histogram(Struct):
    """How often a value was at most each of `BOUNDS`, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS, value)] += 1
        self.sum += value


class Family(Struct, frozen=True):
    """A metric and its labels. `samples` by their values."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    samples: Mapping[tuple[str, ...], float] = field(default_factory=dict)


class Metrics:
    """The counts of a process."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str, ...], float] = {}
        self._runs: dict[tuple[str, ...], Histogram] = {}
        self._connections: dict[tuple[str, ...], float] = {}
        self._steps: dict[tuple[str, ...], float] = {}
        self._tokens: dict[tuple[str, ...], float] = {}
        self._cost: dict[tuple[str, ...], float] = {}
        self._decisions: dict[tuple[str, ...], float] = {}
        self._guards: dict[tuple[str, ...], float] = {}

    def note(self, kind: str, fields: Mapping[str, Scalar]) -> None:
        """A record that is about to be written."""
        match kind:
            case "SurfaceAccess":
                self._accessed(fields)
            case "StepRun":
                self._stepped(fields)
            case "Decision":
                _add(self._decisions, _values(fields, "machine", "capability", "verdict"))
            case "GuardVerdict":
                _add(self._guards, _values(fields, "machine", "guard", "action"))
            case "ConnectionOpened":
                _add(self._connections, _values(fields, "path"))
            case "ConnectionClosed":
                _add(self._connections, _values(fields, "path"), -1)

    def counter(self, form: Form) -> Callable[[Sequence[Values]], None]:
        """What notes records of a form: for those of runs, without looking at their fields."""
        known, open_ = form.known, form.open
        words = ("machine", "surface", "outcome")
        simple = form.kind == "SurfaceAccess" and all(word in known for word in words)
        if not simple or "run" not in open_ or "duration_us" not in open_ or "count" in known:

            def note(filled: Sequence[Values]) -> None:
                for values in filled:
                    self.note(form.kind, form.fields(values))

            return note
        labels, duration = _values(known, *words), open_.index("duration_us")

        def count(filled: Sequence[Values]) -> None:
            _add(self._messages, labels, len(filled))
            histogram = self._runs.setdefault(labels[:2], Histogram())
            for values in filled:
                histogram.add(values[duration] / _MICRO)  # type: ignore[operator]  # an integer

        return count

    def _accessed(self, fields: Mapping[str, Scalar]) -> None:
        count = fields.get("count", 1)
        _add(self._messages, _values(fields, "machine", "surface", "outcome"), int(count))
        if "run" in fields:
            labels = _values(fields, "machine", "surface")
            took = int(fields.get("duration_us", 0)) / _MICRO
            self._runs.setdefault(labels, Histogram()).add(took)

    def _stepped(self, fields: Mapping[str, Scalar]) -> None:
        if fields.get("phase") != "end":
            return
        _add(self._steps, _values(fields, "machine", "step", "outcome"))
        if "tokens_in" in fields:
            labels = _values(fields, "machine", "model")
            _add(self._tokens, (*labels, "in"), int(fields["tokens_in"]))
            _add(self._tokens, (*labels, "out"), int(fields.get("tokens_out", 0)))
            _add(self._cost, labels, int(fields.get("cost", 0)) / _MICRO)

    def text(self, others: Iterable[Family] = ()) -> str:
        """All of it, and what else is known, in Prometheus' text format."""
        lines = [line for family in (*self._families(), *others) for line in _told(family)]
        lines[len(lines) :] = self._durations()
        return "\n".join(lines) + "\n"

    def _families(self) -> Iterator[Family]:
        yield Family(
            "kanvas_messages_total",
            "counter",
            "Messages and requests by what became of them, refused ones too.",
            ("machine", "surface", "outcome"),
            self._messages,
        )
        yield Family(
            "kanvas_connections",
            "gauge",
            "Open sockets.",
            ("path",),
            self._connections,
        )
        yield Family(
            "kanvas_steps_total",
            "counter",
            "Steps that went outside of their machine.",
            ("machine", "step", "outcome"),
            self._steps,
        )
        yield Family(
            "kanvas_step_tokens_total",
            "counter",
            "Tokens that models have read and written.",
            ("machine", "model", "direction"),
            self._tokens,
        )
        yield Family(
            "kanvas_step_cost_dollars_total",
            "counter",
            "What that has cost, where the price is known.",
            ("machine", "model"),
            self._cost,
        )
        yield Family(
            "kanvas_decisions_total",
            "counter",
            "Capabilities that were denied or held, and approvals that were decided.",
            ("machine", "capability", "verdict"),
            self._decisions,
        )
        yield Family(
            "kanvas_guard_verdicts_total",
            "counter",
            "Guards that did not pass.",
            ("machine", "guard", "action"),
            self._guards,
        )

    def _durations(self) -> Iterator[str]:
        name = "kanvas_run_duration_seconds"
        yield from _head(Family(name, "histogram", "From a message to the record of its answer."))
        for values, histogram in self._runs.items():
            labels = tuple(zip(("machine", "surface"), values, strict=True))
            below = 0
            for bound, count in zip((*map(repr, BOUNDS), "+Inf"), histogram.counts, strict=True):
                below += count
                yield f"{name}_bucket{_written((*labels, ('le', bound)))} {below}"
            yield f"{name}_sum{_written(labels)} {histogram.sum:.6f}"
            yield f"{name}_count{_written(labels)} {below}"


class Metered:
    """A journal whose records are counted."""

    def __init__(self, journal: Journal, metrics: Metrics) -> None:
        self._journal = journal
        self._note = metrics.note
        self._counter = metrics.counter
        self._append = journal.append
        self.fill = journal.fill  # a form is counted when its records are made
        self.digest = journal.digest
        self.load = journal.load
        self.scan = journal.scan
        self.close = journal.close

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Journal.append`."""
        self._note(kind, fields)
        return self._append(kind, fields, writes)

    def form(
        self,
        kind: str,
        known: Mapping[str, Scalar],
        open: Sequence[str],
        numbers: Sequence[str] = (),
        contents: Sequence[str] = (),
    ) -> Form:
        """See `Journal.form`."""
        form = self._journal.form(kind, known, open, numbers, contents)
        form.watch = self._counter(form)
        return form

    @property
    def chain(self) -> str:
        """See `Journal.chain`."""
        return self._journal.chain

    @property
    def seq(self) -> int:
        """See `Journal.seq`."""
        return self._journal.seq

    @property
    def available(self) -> bool:
        """See `Journal.available`."""
        return self._journal.available

    @property
    def low(self) -> bool:
        """See `Journal.low`."""
        return self._journal.low


def _add(samples: dict[tuple[str, ...], float], labels: tuple[str, ...], more: float = 1) -> None:
    samples[labels] = samples.get(labels, 0) + more


def _values(fields: Mapping[str, Scalar], *names: str) -> tuple[str, ...]:
    return tuple([str(fields.get(name, "")) for name in names])


def _told(family: Family) -> Iterator[str]:
    yield from _head(family)
    for values, number in family.samples.items():
        labels = tuple(zip(family.labels, values, strict=True))
        yield f"{family.name}{_written(labels)} {number:.15g}"


def _head(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"


def _written(labels: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""
