"""State, memory, schedules and the bounds of a run: what each takes, and what it refuses."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.types.kept import TypedRecall, TypedRemember
from kanvasc.types.program import TypedMachine
from kanvasc.types.typed import Const
from kanvasc.types.types import INTEGER, TEXT, ListOf, Nullable, Record
from tests.diagnostics.programs import codes

HEAD = (
    "machine m\n  accepts\n    n as integer, default: 1\n    who as text\n"
    "  responds with\n    b as integer\n  ensures\n    permissions\n      allowed to\n"
    "        memory\n  implements\n"
)
STATE = (
    "    state\n      count as integer, default: 0\n      last as text\n      some as integer\n"
    "      place as object {x as integer, y as integer is optional}, default: {x: 1}\n"
    "      names as list of text, default: []\n"
)
MEMORY = '    recall found\n      query: input.who ?? "x"\n'
END = "    compute answer\n      {b: 1}\n"


def typed(text: str) -> TypedMachine:
    compiled = Compilation(Source("app.kanvas", text))
    assert not [f for f in compiled.diagnostics if f.severity.name == "ERROR"]
    return compiled.program.machines[0]


def program(*lines: str, before: str = STATE, end: str = END) -> str:
    return HEAD + before + "".join(f"    {line}\n" for line in lines) + MEMORY + end


def test_fields_without_a_default_begin_as_null() -> None:
    state = typed(program()).state
    assert state is not None
    types = {field.name: field.type for field in state.type.fields}
    assert types["count"] == INTEGER
    assert types["last"] == Nullable(TEXT)
    assert types["some"] == Nullable(INTEGER)
    assert isinstance(types["place"], Record)
    assert types["names"] == ListOf(TEXT)
    assert not any(field.required for field in state.fields)


SETS = {
    "a value of its type": ("set state.count = state.count + input.n", []),
    "null where it may be": ("set state.last = null", []),
    "a value that may be null": ("set state.last = input.who", []),
    "a record that lacks what may be absent": ("set state.place = {x: 2}", []),
    "an empty list": ("set state.names = []", []),
    "an integer for a number that may be null": ("set state.some = 3", []),
    "a value that may be null, where null may not be": ("set state.count = state.some", ["K2003"]),
    "another type": ("set state.names = [1]", ["K2001"]),
    "a record that lacks a field": ("set state.place = {y: 2}", ["K2001"]),
    "a part": ("set state.place.x = 2", ["K3041"]),
    "an input": ("set input.n = 2", ["K3041"]),
    "a call": ("set now() = 2", ["K3041"]),
    "the whole": ("set state = {count: 1}", ["K3041"]),
    "what is not there": ("set state.counts = 2", ["K1003"]),
    "a value that is not there": ("set state.count = inputt.n", ["K1001"]),
}


@pytest.mark.parametrize(("line", "expected"), SETS.values(), ids=SETS)
def test_what_can_be_set(line: str, expected: list[str]) -> None:
    assert codes(program(line)) == expected


KNOWN = {
    "in the condition itself": ["compute c", "  state.last is not null ? state.last.length : 0"],
    "in the arm": ["decide c", "  when state.last is not null", "    state.last.length"],
    "where another field is set": [
        "decide c",
        "  when state.last is not null",
        "    set state.count = 1",
        "    state.last.length",
    ],
    "in the value that it is set to": [
        "decide c",
        "  when state.last is not null",
        "    set state.last = state.last.upper()",
    ],
}
FORGOTTEN = {
    "behind a set": [
        "decide c",
        "  when state.last is not null",
        "    set state.last = input.who",
        "    state.last.length",
    ],
    "behind a decision that sets it": [
        "decide c",
        "  when state.last is not null",
        "    decide d",
        "      when input.n is 1",
        "        set state.last = null",
        "    state.last.length",
    ],
    "behind a flow that sets it": [
        "decide c",
        "  when state.last is not null",
        "    run flow(outer)",
        "    state.last.length",
    ],
    "before a set in a loop": [
        "decide c",
        "  when state.last is not null",
        "    for each i in [1, 2]",
        "      compute d",
        "        state.last.length",
        "      set state.last = null",
    ],
    "before a set in a retry": [
        "decide c",
        "  when state.last is not null",
        "    retry d, max: 2",
        "      compute e",
        "        state.last.length",
        "      set state.last = null",
    ],
    "where a body that sets it has failed": [
        "decide c",
        "  when state.last is not null",
        "    set state.last = null",
        "    1 / input.n",
        "    on failure",
        "      toNumber(state.last.length)",
    ],
    "in a flow": ["decide c", "  when state.last is not null", "    run flow(reads)"],
}
FLOWS = "    flow outer\n      run flow(inner)\n    flow inner\n      set state.last = null\n"
READS = "    flow reads\n      state.last.length\n"


@pytest.mark.parametrize("lines", KNOWN.values(), ids=KNOWN)
def test_conditions_tell_of_the_state(lines: list[str]) -> None:
    assert codes(program(*lines)) == []


@pytest.mark.parametrize("name", FORGOTTEN)
def test_what_was_known_of_the_state_is_forgotten_when_it_is_set(name: str) -> None:
    lines = FORGOTTEN[name]
    text = program(*lines, end=END + FLOWS + (READS if "reads" in lines[-1] else ""))
    assert [code for code in codes(text) if code != "K1023"] == ["K2003"]


CONCURRENT = {
    "set": ["together t", "  set state.count = 1", "  compute a", "    1"],
    "deep inside": [
        "together t",
        "  decide a",
        "    when input.n is 1",
        "      set state.count = 1",
        "  compute b",
        "    1",
    ],
    "in a loop that runs at once": ["for each i in [1], concurrency: 2", "  set state.count = i"],
    "in a loop inside one that runs at once": [
        "for each i in [1], concurrency: 2",
        "  for each j in [1]",
        "    set state.count = j",
    ],
    "by a flow": ["together t", "  run flow(outer)", "  compute a", "    1"],
}
IN_TURN = {
    "in a loop that takes turns": ["for each i in [1]", "  set state.count = i"],
    "in a loop of one at a time": ["for each i in [1], concurrency: 1", "  set state.count = i"],
    "behind": ["together t", "  compute a", "    1", "set state.count = 1"],
    "where all of it has failed": [
        "together t",
        "  compute a",
        "    1 / input.n",
        "  on failure",
        "    set state.count = 1",
    ],
    "read at once": ["together t", "  compute a", "    state.count", "  compute b", "    1"],
}


@pytest.mark.parametrize("lines", CONCURRENT.values(), ids=CONCURRENT)
def test_nothing_is_set_at_the_same_time(lines: list[str]) -> None:
    found = codes(program(*lines, end=END + FLOWS))
    assert [code for code in found if code != "K1023"] == ["K3040"]


@pytest.mark.parametrize("lines", IN_TURN.values(), ids=IN_TURN)
def test_what_comes_in_turn_may_be_set(lines: list[str]) -> None:
    assert codes(program(*lines)) == []


def test_no_machine_that_sets_is_called_at_the_same_time() -> None:
    called = program("set state.count = 1")
    between = (
        "machine b\n  responds with\n    b as integer\n  ensures\n    permissions\n"
        '      allowed to\n        call "m", memory\n  implements\n    ask it, from: "m"\n'
    )
    caller = (
        between.replace("machine b", "machine c")
        .replace('"m"', '"b"')
        .replace("memory", 'memory, call "m"')
    )
    at_once = caller.replace(
        '    ask it, from: "b"\n',
        '    together t\n      ask it, from: "b"\n      compute one\n        1\n    {b: 1}\n',
    )
    assert codes(called + between + caller) == []
    assert codes(called + between + at_once) == ["K3040"]


NAMESPACES = {
    "written out": ('"orders"', []),
    "of who signed in": ('"of ${context.principal ?? "anyone"}"', []),
    "by who signed in": ('context.principal is "ada" ? "a" : "b"', []),
    "of the day": ('DateTime.format(context.now, "YYYY")', []),
    "in other letters": ('"Orders".lower()', []),
    "null": ("context.principal", ["K2003"]),
    "what comes in": ('input.who ?? "x"', ["K4008"]),
    "chosen by what comes in": ('input.n is 1 ? "a" : "b"', ["K4008"]),
    "deep inside": ('["a", "b"].map(x => x + input.n).join()', ["K4008"]),
    "of a step": ("steps.found.results[0].content", ["K4008"]),
    "of the state": ('state.last ?? "x"', ["K4008"]),
    "a number": ("1", ["K2001"]),
}


@pytest.mark.parametrize(("written", "expected"), NAMESPACES.values(), ids=NAMESPACES)
@pytest.mark.parametrize("step", ["remember again\n      content", "recall again\n      query"])
def test_who_may_choose_a_namespace(step: str, written: str, expected: list[str]) -> None:
    end = f'    {step}: "x"\n      namespace: {written}\n{END}'
    assert codes(program(end=end)) == expected


INPUTS = {
    "limit": ("limit: 1000", []),
    "limit, computed": ("limit: input.n", []),
    "limit, too high": ("limit: 1001", ["K3007"]),
    "limit, no integer": ("limit: 1.5", ["K2001"]),
    "threshold": ("threshold: 0.25", []),
    "threshold, whole": ("threshold: 1", []),
    "threshold, below": ("threshold: -0.1", ["K3007"]),
    "filter": ("filter: {n: input.n, who: null}", []),
    "filter of a record": ("filter: state.place", []),
    "filter, a list": ("filter: [1]", ["K2001"]),
    "of the other step": ('ttl: "1h"', ["K3007"]),
    "collection that may be null": ("collection: input.who", ["K2003"]),
}


@pytest.mark.parametrize(("option", "expected"), INPUTS.values(), ids=INPUTS)
def test_inputs_of_recall(option: str, expected: list[str]) -> None:
    end = f'    recall again\n      query: "x"\n      {option}\n{END}'
    assert codes(program(end=end)) == expected


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('"24h"', 86_400), ('"500ms"', 0.5), ("1500", 1.5), ('"0.5s"', 0.5), ('"7d"', 604_800)],
)
def test_a_time_to_live_is_read_before_any_run(written: str, seconds: float) -> None:
    end = f'    remember it\n      content: "x"\n      ttl: {written}\n{END}'
    (step,) = (s for s in typed(program(end=end)).steps if isinstance(s, TypedRemember))
    ttl = dict(step.inputs)["ttl"]
    assert isinstance(ttl, Const)
    assert ttl.value == seconds


@pytest.mark.parametrize("written", ['"0s"', "0", '"1 day"', '"soon"', '"-1h"', '"99999d"'])
def test_a_time_to_live_that_is_none(written: str) -> None:
    end = f'    remember it\n      content: "x"\n      ttl: {written}\n{END}'
    assert codes(program(end=end)) == ["K3007"]


@pytest.mark.parametrize(
    ("written", "expected"), [('"${input.n}h"', []), ("input.n", ["K2001"])], ids=["text", "number"]
)
def test_a_time_to_live_that_the_run_says_is_text(written: str, expected: list[str]) -> None:
    end = f'    remember it\n      content: "x"\n      ttl: {written}\n{END}'
    assert codes(program(end=end)) == expected


def test_what_recall_gives_is_known() -> None:
    (step,) = (s for s in typed(program()).steps if isinstance(s, TypedRecall))
    assert isinstance(step.symbol.type, Record)
    assert [field.name for field in step.symbol.type.fields] == ["results", "count"]
    assert codes(program(end="    {b: steps.found.count}\n")) == []
    assert codes(program(end="    {b: steps.found.results[0].scor}\n")) == ["K1003"]


SCHEDULES = {
    "an interval": ('every: "10s"', (10, "")),
    "milliseconds": ("every: 250", (0.25, "")),
    "days": ('every: "366d"', (366 * 86_400, "")),
    "a calendar": ('cron: "*/5 0-6 1,15 jan mon"', (None, "*/5 0-6 1,15 jan mon")),
    "a calendar with blanks": ('cron: "  0 9  * * * "', (None, "0 9 * * *")),
    "a leap day": ('cron: "0 0 29 2 *"', (None, "0 0 29 2 *")),
    "the last day": ('cron: "0 0 L * *"', (None, "0 0 L * *")),
}
NO_SCHEDULES = {
    "nothing": ('every: "0ms"', ["K3007"]),
    "below": ("every: -5", ["K3007"]),
    "too long": ('every: "367d"', ["K3007"]),
    "a value of the run": ("every: input.n", ["K3007"]),
    "several": ('every: "1s", "2s"', ["K3007"]),
    "another word": ('at: "9:00"', ["K3007"]),
    "seconds too": ('cron: "0 0 9 * * *"', ["K3042"]),
    "a name for it": ('cron: "@daily"', ["K3042"]),
    "upside down": ('cron: "5-1 * * * *"', ["K3042"]),
    "a day that never comes": ('cron: "0 0 31 4 *"', ["K3042"]),
    "other digits": ('cron: "٣ 9 * * *"', ["K3042"]),
    "a number": ("cron: 5", ["K3042"]),
}


@pytest.mark.parametrize(("line", "expected"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedules(line: str, expected: tuple[float | None, str]) -> None:
    (schedule,) = typed(program(f"schedules\n      {line}")).schedules
    assert (schedule.every, schedule.cron) == expected


@pytest.mark.parametrize(("line", "expected"), NO_SCHEDULES.values(), ids=NO_SCHEDULES)
def test_no_schedules(line: str, expected: list[str]) -> None:
    assert codes(program(f"schedules\n      {line}")) == expected


RUNTIME = {
    "both": (['timeout: "90s"', "max_retries: 0"], (90, 0)),
    "neither": ([], (None, None)),
    "milliseconds": (["timeout: 1500"], (1.5, None)),
    "a day": (['timeout: "24h"'], (86_400, None)),
}


@pytest.mark.parametrize(("lines", "expected"), RUNTIME.values(), ids=RUNTIME)
def test_bounds_of_a_run(lines: list[str], expected: tuple[float | None, int | None]) -> None:
    runtime = typed(program("runtime", *(f"  {line}" for line in lines))).runtime
    assert (runtime.timeout, runtime.max_retries) == expected


@pytest.mark.parametrize(
    "line",
    ['timeout: "25h"', "timeout: 0", "max_retries: 11", "max_retries: -1", 'max_retries: "2"'],
)
def test_bounds_that_are_none(line: str) -> None:
    assert codes(program("runtime", f"  {line}")) == ["K3007"]
