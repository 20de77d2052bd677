"""What passes and what fails, by the real command."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.testing import runner
from kanvasc.testing.cases import Suite, cases
from tests.e2e.apps import EXAMPLES
from tests.testing.command import DOUBLE, JUDGE, outcomes, run, verifies, write


def one(folder: Path, program: str, test: str) -> tuple[str, str]:
    """How the one test of a program ended, and all that was printed."""
    done = run(write(folder, program + verifies(f"it\n{test}")))
    assert done.returncode in (0, 1), done.stderr
    (outcome,) = outcomes(done.stdout).values()
    assert (outcome == "ok") is (done.returncode == 0)
    return outcome, done.stdout


@pytest.mark.parametrize(
    "test",
    [
        "given {n: 2}\nexpect {twice: 4}",
        "expect {twice: 4}\ngiven {n: 2}",
        "given {n: 2}\nexpect {half: 1}",
        "given {n: 5}\nexpect {half: 2.50}",
        "given {n: 2}\nexpect {words: [{size: 3}]}",
        "given {n: 2}\nexpect {twice: 4}\nexpect {half: 1.0}",
        "given {n: 2}\nexpect {}",
        'given {n: 101}\nexpect error "invalid_input"',
        'given {n: "2"}\nexpect error "invalid_input"',
        'given {}\nexpect error "invalid_input"',
        'expect error "invalid_input"',
        'given {n: 1.5}\nexpect error "invalid_input"',
        'given {n: null}\nexpect error "invalid_input"',
        'given {n: 2, m: 3}\nexpect error "unknown_field"',
        "given {n: 2}\nexpect push []",
    ],
)
def test_it_passes(tmp_path: Path, test: str) -> None:
    assert one(tmp_path, DOUBLE, test)[0] == "ok"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("given {n: 2}\nexpect {twice: 5}", "  twice\n    expected  5\n    got       4\n"),
        ("given {n: 2}\nexpect {half: 1.1}", '  half\n    expected  "1.1"\n    got       "1"\n'),
        (
            "given {n: 2}\nexpect {words: []}",
            "  words\n    expected  []  (0 items)\n"
            '    got       [{"text": "one", "size": 3}]  (1 item)\n',
        ),
        (
            'given {n: 2}\nexpect {words: [{text: "two"}]}',
            '  words[0].text\n    expected  "two"\n    got       "one"\n',
        ),
        (
            'given {n: 2}\nexpect error "timeout"',
            'it was to fail with "timeout", and answered {"twice":4,',
        ),
        (
            'given {n: 101}\nexpect error "unknown_field"',
            'it was to fail with "unknown_field", and failed with "invalid_input" (n):',
        ),
        (
            "given {n: 2}\nexpect push [{twice: 4}]",
            '  push\n    expected  [{"twice": 4}]  (1 item)\n    got       []  (0 items)\n',
        ),
    ],
)
def test_it_fails_and_says_where(tmp_path: Path, test: str, said: str) -> None:
    outcome, output = one(tmp_path, DOUBLE, test)
    assert outcome == "failed"
    assert f"{tmp_path}/app.kanvas:12: double: it\n" in output
    assert said in output


def test_every_departure_is_told(tmp_path: Path) -> None:
    test = 'given {n: 2}\nexpect {twice: 5, half: 1}\nexpect {words: [{text: "a", size: 4}]}'
    _, output = one(tmp_path, DOUBLE, test)
    assert re.findall(r"^  (\S+)$", output, re.M) == ["twice", "words[0].text", "words[0].size"]


def test_a_step_that_fails_is_named(tmp_path: Path) -> None:
    program = DOUBLE.replace("input.n * 2", "Math.floor(6 / input.n)")
    outcome, output = one(tmp_path, program, "given {n: 0}\nexpect {twice: 5}")
    assert outcome == "failed"
    assert 'it failed with "step_failed" (step both): division by zero' in output
    assert one(tmp_path, program, 'given {n: 0}\nexpect error "step_failed"')[0] == "ok"


def test_a_test_answers_for_a_step(tmp_path: Path) -> None:
    test = 'given {passage: "x"}\nassuming look {tone: "warm", score: 0.5}\nexpect {%s}'
    assert one(tmp_path, JUDGE, test % 'tone: "warm", score: 0.50')[0] == "ok"
    assert one(tmp_path, JUDGE, test % 'tone: "cold"')[0] == "failed"


def test_the_steps_own_answer_is_taken_when_the_test_has_none(tmp_path: Path) -> None:
    program = f'{JUDGE}      assuming {{tone: "dry", score: 1}}\n'
    assert one(tmp_path, program, 'given {passage: "x"}\nexpect {tone: "dry"}')[0] == "ok"
    own = 'given {passage: "x"}\nassuming look {tone: "warm", score: 2}\nexpect {tone: "warm"}'
    assert one(tmp_path, program, own)[0] == "ok"


def test_a_step_without_returns_is_answered_with_its_text(tmp_path: Path) -> None:
    asks = JUDGE[: JUDGE.index("      returns")].replace("    score as decimal\n", "")
    program = f"{asks}    compute said\n      {{tone: steps.look.text}}\n"
    test = 'given {passage: "x"}\nassuming look {text: "so so"}\nexpect {tone: "so so"}'
    assert one(tmp_path, program, test)[0] == "ok"


@pytest.mark.parametrize("wanted", ['{tone: "warm"}', 'error "step_failed"', "push []"])
def test_a_step_that_nobody_answers_for_fails_the_test_by_name(tmp_path: Path, wanted: str) -> None:
    outcome, output = one(tmp_path, JUDGE, f'given {{passage: "x"}}\nexpect {wanted}')
    assert outcome == "failed"
    assert "look asks somebody outside, and neither the test nor the step says" in output
    assert "add `assuming look {…}`" in output


NOW = """machine clock
  responds with
    at as datetime
    tomorrow as datetime
  implements
    compute times
      {at: now(), tomorrow: DateTime.add(context.now, 1, "day")}
"""


def test_a_test_says_what_time_it_is(tmp_path: Path) -> None:
    test = 'assuming now "2026-01-31T23:30:00-01:00"\nexpect {at: "2026-02-01T00:30:00Z", %s}'
    assert one(tmp_path, NOW, test % 'tomorrow: "2026-02-02T00:30:00Z"')[0] == "ok"
    outcome, output = one(tmp_path, NOW, test % 'tomorrow: "2026-02-03T00:30:00Z"')
    assert outcome == "failed"
    assert 'got       "2026-02-02T00:30:00Z"' in output


def test_examples_are_tests(tmp_path: Path) -> None:
    examples = (
        '  achieves\n    goal "double"\n    for example\n      given {n: 2}\n'
        "      expect {twice: 4}\n    for example\n      given {n: 3}\n      expect {twice: 4}\n"
    )
    done = run(write(tmp_path, DOUBLE.replace("  implements\n", f"{examples}  implements\n")))
    assert outcomes(done.stdout) == {
        "double: for example": "ok",
        "double: for example 2": "failed",
    }
    assert f"{tmp_path}/app.kanvas:13: double: for example 2\n" in done.stdout


def test_a_decimal_keeps_all_of_its_digits(tmp_path: Path) -> None:
    program = DOUBLE.replace("toDecimal(input.n) / 2", 'toDecimal("0.1234567890123456789")')
    assert one(tmp_path, program, "given {n: 1}\nexpect {half: 0.1234567890123456789}")[0] == "ok"
    assert one(tmp_path, program, "given {n: 1}\nexpect {half: 0.123456789012345678}")[0] != "ok"


def test_machines_of_a_program_and_files_of_a_folder(tmp_path: Path) -> None:
    """Machines of the same name in two files are two machines."""
    test = verifies("it\ngiven {n: 2}\nexpect {twice: 4}")
    write(tmp_path, DOUBLE + test + DOUBLE.replace("double", "again") + test, "a.kanvas")
    write(tmp_path, DOUBLE.replace("* 2", "* 3") + test, "deep/b.kanvas")
    write(tmp_path, DOUBLE, "none.kanvas")
    done = run(tmp_path)
    lines = [line for line in done.stdout.splitlines() if line]
    assert [line.split(maxsplit=3)[-1] for line in lines[:5]] == [
        f"{tmp_path}/a.kanvas",
        "double: it",
        "again: it",
        f"{tmp_path}/deep/b.kanvas",
        "double: it",
    ]
    assert done.returncode == 1
    assert lines[-1].startswith("3 tests in 3 files: 1 failed, 2 passed (")


def test_without_arguments_it_is_about_this_folder(tmp_path: Path) -> None:
    write(tmp_path, DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(done.stdout) == {"double: it": "ok"}


def test_a_program_with_errors_fails_and_the_others_run(tmp_path: Path) -> None:
    write(tmp_path, DOUBLE.replace("input.n * 2", "input.m"), "a.kanvas")
    write(tmp_path, DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"), "b.kanvas")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "error[K1003]" in done.stderr
    assert outcomes(done.stdout) == {"double: it": "ok"}
    assert "1 test in 2 files: 1 passed, 1 file with errors (" in done.stdout


def test_no_tests_are_no_failure(tmp_path: Path) -> None:
    done = run(write(tmp_path, DOUBLE))
    assert done.returncode == 0
    assert re.fullmatch(r"0 tests in 1 file \(\d+\.\d\d s\)\n", done.stdout)


def test_tests_are_chosen(tmp_path: Path) -> None:
    test = "\ngiven {n: 2}\nexpect {twice: 4}"
    path = write(tmp_path, DOUBLE + verifies(f"small one{test}", f"large one{test}"))
    done = run(path, "-k", "one and not small")
    assert outcomes(done.stdout) == {"double: large one": "ok"}
    assert "1 test in 1 file: 1 passed, 1 left out (" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-k", "it and"], "-k: there should be a word at column 7, not the end"),
        (["-k", "other"], "-k means none of the 1 tests"),
        (["nowhere.kanvas"], "cannot read nowhere.kanvas: No such file or directory"),
        (["--watch", "-"], "standard input cannot be watched: name a file or a folder"),
        (["--junit", "no/such/folder/j.xml"], "cannot write no/such/folder/j.xml: No such file"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], message: str) -> None:
    write(tmp_path, DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert f"kanvasc: {message}" in done.stderr


def test_a_title_cannot_drive_the_terminal(tmp_path: Path) -> None:
    title = "\\u{1b}[2J\\nall fine \\u{7}日本"
    done = run(write(tmp_path, DOUBLE + verifies(f"{title}\ngiven {{n: 2}}\nexpect {{twice: 5}}")))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "double: \\u{1b}[2J\\u{a}all fine \\u{7}日本" in done.stdout


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    write(tmp_path / "here", DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    assert run(tmp_path / "here").returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["app.kanvas"]


def test_no_room_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "away"))
    source = Source("a.kanvas", DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    suite = Suite(Compilation(source), cases(Compilation(source)))
    with pytest.raises(runner.CannotBuild, match="cannot build the tests: No such file"):
        list(runner.run([suite]))


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ("exit 7", "the runtime ended with 7 after 0 tests"),
        ('echo \'{"folder": 1, "test": 0}\'', "the runtime speaks of another test"),
    ],
)
def test_a_runtime_that_breaks_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, message: str
) -> None:
    source = Source("a.kanvas", DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    suite = Suite(Compilation(source), cases(Compilation(source)))
    broken = write(tmp_path, f"#!/bin/sh\n{says}\n", "python")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(runner.RuntimeEnded, match=message):
        list(runner.run([suite]))


def test_a_program_on_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kanvasc", "test", "-"],
        input=DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 5}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "<stdin>:12: double: it\n" in done.stdout


def test_a_file_beside_the_program_is_no_module(tmp_path: Path) -> None:
    write(tmp_path, "raise SystemExit(7)\n", "json.py")
    write(tmp_path, "raise SystemExit(7)\n", "kanvas_runtime.py")
    write(tmp_path, DOUBLE + verifies("it\ngiven {n: 2}\nexpect {twice: 4}"))
    command = Path(sys.executable).parent / "kanvasc"
    done = subprocess.run([command, "test"], capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr


def test_the_examples_keep_their_word() -> None:
    done = run(EXAMPLES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(outcomes(done.stdout)) >= 4


def test_a_hundred_tests(tmp_path: Path) -> None:
    tests = [f"number {n}\ngiven {{n: {n}}}\nexpect {{twice: {2 * n}}}" for n in range(100)]
    done = run(write(tmp_path, DOUBLE + verifies(*tests)))
    assert done.returncode == 0
    assert list(outcomes(done.stdout).values()) == ["ok"] * 100
