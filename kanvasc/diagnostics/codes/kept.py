"""K304x, what outlives a run: state and schedules."""

from kanvasc.diagnostics.registry import Code

_HEAD = (
    "machine m\n  accepts\n    a as integer, default: 1\n  responds with\n    b as integer\n"
    "  implements\n    state\n      b as integer, default: 0\n"
)
_TOGETHER = "    together both\n      compute one\n        input.a\n      compute two\n        2\n"


def _scheduled(schedule: str, field: str = "a as integer, default: 1") -> str:
    return (
        f"machine m\n  accepts\n    {field}\n  responds with\n    b as integer\n  implements\n"
        f"    schedules\n      {schedule}\n    compute answer\n      {{b: input.a}}\n"
    )


CODES: tuple[Code, ...] = (
    Code(
        "K3040",
        "error",
        "State is set by steps that run at the same time",
        "Each of them would build on a value that the other is about to replace, and whichever "
        "came last would undo what the others did.",
        f"{_HEAD}{_TOGETHER}      set state.b = 3\n    {{b: state.b}}\n",
        f"{_HEAD}{_TOGETHER}    set state.b = steps.both.one + steps.both.two\n"
        "    {b: state.b}\n",
    ),
    Code(
        "K3041",
        "error",
        "This cannot be set",
        "`set` gives a field of the state a new value; everything else keeps its value for the "
        "whole run.",
        f"{_HEAD}    set input.a = 3\n    {{b: state.b}}\n",
        f"{_HEAD}    set state.b = input.a\n    {{b: state.b}}\n",
    ),
    Code(
        "K3042",
        "error",
        "A calendar cannot be read",
        "`cron` says when a machine runs by itself, in the five fields of a crontab, in UTC.",
        _scheduled('cron: "9:00"'),
        _scheduled('cron: "0 9 * * *"'),
    ),
    Code(
        "K3043",
        "error",
        "A machine that runs by itself needs what nobody sends",
        "A schedule runs the machine with its defaults alone.",
        _scheduled('every: "10s"', "a as integer is required"),
        _scheduled('every: "10s"'),
    ),
)
