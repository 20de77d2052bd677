"""Programs with a state, a memory and schedules, under `kanvasc test`: nothing outlives a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.command import outcomes, run, verifies, write

DIARY = """machine diary
  accepts
    text as text, default: "nothing"
    n as integer, default: 1
    find as text
  responds with
    lines as integer
    found as list of text
    last as text, is optional, from state.last
  ensures
    permissions
      allowed to memory
  implements
    state
      lines as integer, default: 0, max: 3
      last as text
    runtime
      timeout: "5s"
    schedules
      every: "1h"
    set state.lines = state.lines + input.n
    set state.last = input.text
    remember line
      content: input.text
      ttl: "1h"
    recall like
      query: input.find ?? input.text
    compute answer
      {lines: state.lines, found: steps.like.results.map(line => line.content)}
"""

PASS = {
    "with its defaults": 'expect {lines: 1, last: "nothing", found: ["nothing"]}',
    "a state that begins anew": 'given {text: "tea"}\nexpect {lines: 1, last: "tea"}',
    "a state at its bound": "given {n: 3}\nexpect {lines: 3}",
    "a state that breaks its rules": 'given {n: 4}\nexpect error "step_failed"',
    "a memory that begins empty": 'given {text: "tea", find: "nothing"}\nexpect {found: []}',
    "a memory that finds": 'given {text: "a cup of tea", find: "tea"}\n'
    'expect {found: ["a cup of tea"]}',
}
FAIL = {
    "a count of other tests": "expect {lines: 2}",
    "a state that breaks its rules": "given {n: 4}\nexpect {lines: 4}",
}


def test_tests_see_nothing_of_each_other(tmp_path: Path) -> None:
    tests = [f"{title}\n{test}" for title, test in PASS.items()]
    done = run(write(tmp_path, DIARY + verifies(*tests)))
    assert outcomes(done.stdout) == {f"diary: {title}": "ok" for title in PASS}, (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize("test", FAIL.values(), ids=FAIL)
def test_it_fails(tmp_path: Path, test: str) -> None:
    done = run(write(tmp_path, DIARY + verifies(f"it\n{test}")))
    assert outcomes(done.stdout) == {"diary: it": "failed"}
