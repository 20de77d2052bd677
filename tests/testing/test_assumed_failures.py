"""`assuming STEP fails "TYPE"`, for every kind of step that leaves the run."""

from __future__ import annotations

from pathlib import Path

from tests.testing.command import outcomes, run, verifies, write

PROGRAM = """machine inner
  responds with
    n as integer
  implements
    compute answer
      {n: 5}

machine outer
  responds with
    asked as text
    fetched as text
    loose as text
    called as text
    kept as text
    found as text
  ensures
    permissions
      allowed to
        reason, http "api.example.com", memory, call "inner"
  implements
"""

STEPS = {
    "asked": (
        'ask judge, using: "anthropic:claude-haiku-4-5"\n  with task "Judge"\n'
        '  returns\n    tone as text\n  assuming\n    tone: "warm"\nsteps.judge.tone'
    ),
    "fetched": (
        'action shaped http\n  url: "https://api.example.com/a"\n  returns\n    name as text\n'
        '  assuming\n    name: "Ada"\nsteps.shaped.body.name'
    ),
    "loose": (
        'action bare http\n  url: "https://api.example.com/b"\n'
        "  assuming\n    status: 204\ntoText(steps.bare.status)"
    ),
    "called": 'ask below, from: "inner"\ntoText(steps.below.n)',
    "kept": 'remember note\n  content: "tea"\n"noted"',
    "found": (
        'recall like\n  query: "tea"\n'
        'steps.like.results.map(one => one.content).join() + "${steps.like.count}"'
    ),
}
FAILING = {
    "judge": "provider",
    "shaped": "timeout",
    "bare": "http",
    "below": "invalid_output",
    "note": "denied",
    "like": "runtime",
}


def program(*tests: str) -> str:
    """Every step in a body of its own, whose `on failure` says what became of it."""
    lines = PROGRAM
    for name, steps in STEPS.items():
        lines += f"    retry try_{name}, max: 1\n"
        lines += "".join(f"      {line}\n" for line in steps.splitlines())
        lines += '      on failure\n        "${error.type} in ${error.step}: ${error.message}"\n'
    entries = ", ".join(f"{name}: steps.try_{name}" for name in STEPS)
    return f"{lines}    compute answer\n      {{{entries}}}\n{verifies(*tests)}"


def test_every_step_outside_can_be_assumed_to_fail(tmp_path: Path) -> None:
    fails = "\n".join(f'assuming {step} fails "{type_}"' for step, type_ in FAILING.items())
    failed = ", ".join(
        f'{name}: "{type_} in {step}: {step} fails, as the test assumes"'
        for name, (step, type_) in zip(STEPS, FAILING.items(), strict=True)
    )
    tests = (
        'as it is\nexpect {asked: "warm", fetched: "Ada", loose: "204", called: "5"}\n'
        'expect {kept: "noted", found: "tea1"}',
        f"all fail\n{fails}\nexpect {{{failed}}}",
        'one fails\nassuming shaped fails "http"\n'
        'expect {asked: "warm", fetched: "http in shaped: shaped fails, as the test assumes"}',
        'what is recalled\nassuming like {results: [{content: "milk", metadata: {}, score: 0.5},'
        ' {content: "jam", metadata: {by: "Ada"}, score: 0.2}], count: 2}\n'
        'expect {found: "milk,jam2"}',
    )
    done = run(write(tmp_path, program(*tests)))
    assert set(outcomes(done.stdout).values()) == {"ok"}, done.stdout + done.stderr
    assert done.returncode == 0
    assert len(outcomes(done.stdout)) == len(tests)


CODES = {
    "timeout": "timeout",
    "denied": "denied",
    "invalid_output": "provider_error",
    "provider": "provider_error",
    "http": "step_failed",
    "runtime": "step_failed",
}


def test_a_failure_that_nothing_recovers_is_the_runs_own(tmp_path: Path) -> None:
    text = (
        "machine m\n  responds with\n    name as text\n  ensures\n    permissions\n"
        '      allowed to\n        http "api.example.com"\n  implements\n'
        '    action shaped http\n      url: "https://api.example.com/a"\n'
        "      returns\n        name as text\n"
        "    compute answer\n      {name: steps.shaped.body.name}\n"
    )
    tests = [
        f'{type_}\nassuming shaped fails "{type_}"\nexpect error "{code}"'
        for type_, code in CODES.items()
    ]
    done = run(write(tmp_path, text + verifies(*tests)))
    assert set(outcomes(done.stdout).values()) == {"ok"}, done.stdout + done.stderr
    assert len(outcomes(done.stdout)) == len(CODES)
