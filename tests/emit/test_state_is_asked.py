"""Whatever kind of step reads the state, it sees what was set before it."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.soundness.running import errors

HEAD = """machine other
  accepts
    n as integer, default: 0
  responds with
    n as integer
  implements
    {n: input.n}

machine m
  responds with
    count as integer
    note as text, is optional, from state.note
  ensures
    permissions
      allowed to
        reason, memory, http "api.example.com", call "other"
  implements
    state
      count as integer, default: 0
      note as text
      many as list of integer, default: []
    publishes
      "it.happened"
    set state.count = state.count + 1
"""
END = "    compute answer\n      {count: 1}\n"

STEPS = {
    "ask": ['ask it, using: "anthropic:claude-haiku-4-5"', '  with task "At ${state.count}"'],
    "call": ['ask it, from: "other"', "  n: state.count"],
    "http": ['ask it, from: "@std/http/get"', '  url: "https://api.example.com/${state.count}"'],
    "compute": ["compute it", "  let x = state.count", "  x"],
    "decide": ["decide it", "  when state.count is 1", "    state.count", "  otherwise", "    0"],
    "a later arm": ["decide it", "  when 1 > 2", "    1", "  when state.count is 1", "    2"],
    "match": ["decide it", "  match state.note", '    "a" => 1', "    otherwise => 2"],
    "for each": ["for each x in state.many", "  compute it", "    x"],
    "at once": ["for each x in state.many, concurrency: 2", "  compute it", "    x"],
    "inside at once": ["for each x in [1], concurrency: 2", "  compute it", "    state.count"],
    "together": ["together it", "  compute a", "    state.count", "  compute b", "    2"],
    "retry": ["retry it, max: 2", "  compute a", "    state.count"],
    "on failure": [
        "retry it, max: 2",
        "  compute a",
        "    1 / 0",
        "  on failure",
        "    state.count",
    ],
    "remember": ["remember it", '  content: "${state.count}"'],
    "recall": ["recall it", '  query: "${state.count}"'],
    "push": ["push {count: state.count, note: state.note}"],
    "publish": ['publish "it.happened" {count: state.count}'],
    "set": ["set state.note = toText(state.count)"],
    "the value behind": ["{count: state.count}"],
}
ASKED = "await run.state(State)"


@pytest.mark.parametrize("lines", STEPS.values(), ids=STEPS)
def test_a_step_behind_a_set_asks_anew(lines: list[str]) -> None:
    body = "".join(f"    {line}\n" for line in lines)
    text = HEAD + body + ("" if lines[0].startswith("{") else END)
    compiled = Compilation(Source("app.kanvas", text))
    assert not errors(compiled), [found.title for found in errors(compiled)]
    written = compiled.files["machines/m.py"].decode()
    _, _, behind = written.partition("run.set_state(")
    reading = behind.splitlines()[1:]
    first = next(number for number, line in enumerate(reading) if "state." in _code(line))
    assert ASKED in "\n".join(reading[: first + 1]), "\n".join(reading[: first + 1])


def _code(line: str) -> str:
    """The line without the calls that begin with the same word, and nothing of a step's name."""
    if "run.step = " in line:
        return ""
    return line.replace("run.state(", "").replace("run.set_state(", "")
