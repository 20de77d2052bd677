"""`expect push`, and events that stay where they are published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.command import outcomes, run, verifies, write

COUNTER = """machine counter
  accepts
    to as integer is required
    fail as boolean, default: false
  responds with
    n as integer, max: 9
    note as text is optional
  implements
    publishes
      "counted"
        schema
          n as integer, min: 1
    for each n in [1, 2, 3, 10].filter(x => x <= input.to)
      push {n: n, note: "on the way"}
    publish "counted" {n: input.to}
    compute end
      {n: input.fail ? 1 % (input.to - input.to) : input.to}

machine hearer
  accepts
    n as integer is required
  responds with
    n as integer
  implements
    subscribes
      on "counted"
    ask other, from: "failing"
    compute end
      {n: input.n}
"""
FAILING = """
machine failing
  implements
    compute never
      1 % ([0].length - 1)
"""
CALLED = """
machine caller
  responds with
    n as integer
  ensures
    permissions
      allowed to call "counter"
  implements
    push {n: 7}
    ask counted, from: "counter"
      to: 2
    compute end
      {n: steps.counted.n}
"""


def program(*tests: str) -> str:
    hearer = COUNTER.partition("\nmachine hearer")
    allowed = '  ensures\n    permissions\n      allowed to call "failing"\n  implements'
    granted = hearer[2].replace("  implements", allowed)
    return f"{hearer[0]}{verifies(*tests)}\nmachine hearer{granted}{FAILING}"


@pytest.mark.parametrize(
    "test",
    [
        "given {to: 2}\nexpect {n: 2}\nexpect push [{n: 1}, {n: 2}]",
        'given {to: 1}\nexpect push [{n: 1, note: "on the way"}]',
        'given {to: 0}\nexpect error "step_failed"\nexpect push []',
        'given {to: 2, fail: true}\nexpect error "step_failed"\nexpect push [{}, {n: 2}]',
        'given {to: 10}\nexpect error "step_failed"\nexpect push [{}, {}, {n: 3}]',
    ],
)
def test_it_passes(tmp_path: Path, test: str) -> None:
    """Whoever hears of the event would fail, and the log would say it."""
    done = run(write(tmp_path, program(f"it\n{test}")))
    assert outcomes(done.stdout) == {"counter: it": "ok"}, done.stdout + done.stderr
    assert done.returncode == 0
    assert "hearer" not in done.stderr


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("given {to: 1}\nexpect push []", "push\n    expected  []  (0 items)"),
        (
            "given {to: 2}\nexpect push [{n: 1}, {n: 3}]",
            "push[1].n\n    expected  3\n    got       2",
        ),
        (
            "given {to: 2}\nexpect push [{n: 2}, {n: 1}]",
            "push[0].n\n    expected  2\n    got       1",
        ),
        ("given {to: 0}\nexpect {n: 0}", "counted is not published: n must be at least 1"),
    ],
)
def test_it_fails(tmp_path: Path, test: str, said: str) -> None:
    done = run(write(tmp_path, program(f"it\n{test}")))
    assert done.returncode == 1, done.stderr
    assert said in done.stdout


def test_what_a_called_machine_pushes_is_its_own(tmp_path: Path) -> None:
    test = verifies("it\nexpect {n: 2}\nexpect push [{n: 7}]")
    counter = COUNTER.partition("\nmachine hearer")[0]
    done = run(write(tmp_path, counter + CALLED + test))
    assert done.returncode == 0, done.stdout + done.stderr
