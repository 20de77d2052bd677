"""The blocks `runtime` and `schedules`: how long a machine may run, and when it does by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from kanvasc.diagnostics import Fix, Related, removal
from kanvasc.syntax import tree
from kanvasc.types import options
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.kept import Runtime, Schedule
from kanvasc.types.program import RecordSpec
from kanvasc.types.wording import default_of

B = TypeVar("B", bound=tree.Node)

LONGEST_RUN = 86_400.0
MOST_RETRIES = 10
LONGEST_INTERVAL = 366 * 86_400.0
CRON_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_START = datetime(2026, 1, 1, tzinfo=UTC)
"""Any moment does: the calendar repeats itself."""


def _block(implements: tree.Implements | None, kind: type[B]) -> B | None:
    blocks = implements.blocks if implements is not None else ()
    return next((block for block in blocks if isinstance(block, kind)), None)


def runtime(at: Elaborator, implements: tree.Implements | None) -> Runtime:
    block = _block(implements, tree.RuntimeOptions)
    if block is None:
        return Runtime()
    known = options.named(at, block.options, ("timeout", "max_retries"), "`runtime`", "block")
    retries = known.get("max_retries")
    return Runtime(
        options.seconds(at, known.get("timeout"), LONGEST_RUN, '"30s"'),
        None if retries is None else options.whole(at, retries, 0, MOST_RETRIES, 2),
    )


def schedules(
    at: Elaborator, implements: tree.Implements | None, accepts: RecordSpec
) -> tuple[Schedule, ...]:
    """The schedules of a machine that takes `accepts`, in source order."""
    block = _block(implements, tree.Schedules)
    if block is None:
        return ()
    _report_required(at, block, accepts)
    found: list[Schedule] = []
    for option in block.options:
        made = _schedule(at, option)
        if made is None:
            continue
        first = next((one for one in found if _same(one, made)), None)
        if first is None:
            found.append(made)
        else:
            _twice(at, option, first)
    return tuple(found)


def _schedule(at: Elaborator, option: tree.Option) -> Schedule | None:
    known = options.named(at, (option,), ("every", "cron"), "`schedules`")
    if "every" in known:
        every = options.seconds(at, option, LONGEST_INTERVAL, '"10s"')
        return None if every is None else Schedule(option.span, every=every)
    return _cron(at, option) if "cron" in known else None


def _same(one: Schedule, other: Schedule) -> bool:
    return (one.every, one.cron) == (other.every, other.cron)


def _twice(at: Elaborator, option: tree.Option, first: Schedule) -> None:
    at.report(
        "K1004",
        option.span,
        "This schedule stands twice",
        related=(Related(first.span, "the first one"),),
        help="remove one of the two",
        fixes=(Fix("Remove it", (removal(at.source.text, option.span),), safe=False),),
    )


def _report_required(at: Elaborator, block: tree.Schedules, accepts: RecordSpec) -> None:
    needed = next((field for field in accepts.fields if field.required), None)
    if needed is not None:
        at.report(
            "K3043",
            block.span if not block.options else block.options[0].span,
            f"Nobody sends `{needed.name}` to a run of a schedule",
            related=(Related(needed.span, f"`{needed.name}` is required"),),
            help=f"give it a default (`default: {default_of(needed.type)}`), or let it be absent: "
            "leave out `is required`",
        )


def _cron(at: Elaborator, option: tree.Option) -> Schedule | None:
    value = option.values[0] if len(option.values) == 1 else None
    if isinstance(value, tree.Missing):
        return None
    text = value.plain if isinstance(value, tree.TextLit) else None
    problem = "this is no plain text" if text is None else _cron_problem(text)
    if problem is None and text is not None:
        return Schedule(option.span, cron=" ".join(text.split()))
    at.report(
        "K3042",
        value.span if value is not None else option.span,
        "`cron` takes five fields: minute, hour, day of the month, month, day of the week",
        label=problem or "",
        why="They are read as in a crontab, and the times are in UTC.",
        help='for example `cron: "0 9 * * *"`, each day at nine',
    )
    return None


def _cron_problem(text: str) -> str | None:
    """What is wrong with an expression, or None."""
    fields = text.split()
    if len(fields) != len(CRON_FIELDS):
        return f"here {'is' if len(fields) == 1 else 'are'} {len(fields)}"
    for position, name in enumerate(CRON_FIELDS):
        alone = ["*"] * len(CRON_FIELDS)
        alone[position] = fields[position]
        if not _is_cron(" ".join(alone)):
            return f"`{fields[position]}` is no {name}"
    return None if _is_cron(text) else "there is no such day in any year"


def _is_cron(text: str) -> bool:
    # Imported here because few programs have a calendar.
    from cronsim import CronSim, CronSimError

    try:
        return next(CronSim(text, _START), None) is not None
    except CronSimError:
        return False
