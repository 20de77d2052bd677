from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kanvas_runtime import cli
from kanvas_runtime.ledger import commands, progress
from kanvas_runtime.ledger.line import line

from tests.runtime.ledger.ledgers import RECORDS, bodies, edit, fill
from tests.runtime.ledger.processes import holding, running

COMMAND = "import sys; from kanvas_runtime.cli import main; sys.exit(main(sys.argv[1:]))"


def run(*arguments: str | Path) -> int:
    return cli.main(list(map(str, arguments)))


def test_a_sound_ledger_is_told_and_ends_with_0(
    original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ledger", "verify", "--data-dir", original) == 0
    told = capsys.readouterr()
    head = json.loads(bodies(original)[-1])["hash"]
    assert told.out == f"sound: {RECORDS} records, head {head}\n"
    assert told.err == f"data directory: {original}\n"


def test_a_broken_ledger_is_told_and_ends_with_1(
    ledger_of_12: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(ledger_of_12, "DELETE FROM ledger WHERE seq = 5")
    assert run("ledger", "verify", "--data-dir", ledger_of_12) == 1
    assert capsys.readouterr().out.splitlines() == [
        "broken: record 5 was dropped: it is missing",
        "the 4 records before are sound",
    ]


def test_the_first_record_may_be_the_broken_one(
    ledger_of_12: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(ledger_of_12, "DELETE FROM ledger WHERE seq < 3")
    assert run("ledger", "verify", "--data-dir", ledger_of_12) == 1
    assert capsys.readouterr().out == "broken: record 1 was dropped: 1 to 2 are missing\n"


def test_a_report_for_programs(ledger_of_12: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ledger", "verify", "--json", "--data-dir", ledger_of_12) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["records"], report["fault"]) == (True, RECORDS, None)
    edit(ledger_of_12, "UPDATE ledger SET machine = 'x' WHERE seq = 2")
    assert run("ledger", "verify", "--json", "--data-dir", ledger_of_12) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["records"]) == (False, 1)
    assert (report["fault"]["seq"], report["fault"]["problem"]) == (2, "changed")


async def test_a_sealed_tail_is_mentioned(
    ledger_of_12: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(ledger_of_12, f"DELETE FROM ledger WHERE seq = {RECORDS}")
    await fill(ledger_of_12, 1)
    assert run("ledger", "verify", "--data-dir", ledger_of_12) == 0
    note, verdict = capsys.readouterr().out.splitlines()
    assert note.startswith(f"note: record {RECORDS} seals a torn tail: 0 rows")
    assert verdict.startswith("sound: 13 records")


@pytest.mark.parametrize("command", ["verify", "tail"])
def test_no_ledger_ends_with_2(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ledger", command, "--data-dir", tmp_path) == 2
    assert capsys.readouterr().err.endswith(f"error: there is no ledger in {tmp_path}\n")


@pytest.mark.parametrize(
    "arguments", [["ledger"], [], ["ledger", "tail", "-n", "-1"], ["ledger", "verify", "extra"]]
)
def test_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_our_own_bug_ends_with_3_and_a_report(
    original: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "verify", lambda *_: 1 / 0)
    assert run("ledger", "verify", "--data-dir", original) == 3
    told = capsys.readouterr().err.splitlines()[-1]
    report = Path(told.rsplit(maxsplit=1)[-1])
    assert "please report it" in told
    assert "ZeroDivisionError" in report.read_text()
    report.unlink()


@pytest.mark.parametrize(
    ("variable", "found"), [("data", "data"), (None, ".kanvas"), ("", ".kanvas")]
)
async def test_the_directory_comes_from_the_environment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str | None,
    found: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KANVAS_DATA_DIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("KANVAS_DATA_DIR", variable)
    await fill(tmp_path / found, 1)
    assert run("ledger", "verify") == 0
    assert capsys.readouterr().err == f"data directory: {tmp_path / found}\n"


def test_tail_shows_the_last_records(original: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ledger", "tail", "-n", "3", "--data-dir", original) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [words.split()[0] for words in lines] == ["10", "11", "12"]
    assert lines[0].split()[2:6] == ["SurfaceAccess", "live_metrics", "ok", "run-9"]
    assert "path=/ws/metrics" in lines[0]
    assert "\x1b" not in lines[0]
    assert run("ledger", "tail", "-n", "0", "--data-dir", original) == 0
    assert capsys.readouterr().out == ""


def test_tail_for_programs_prints_the_exact_texts(
    original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ledger", "tail", "--json", "--data-dir", original) == 0
    assert capsys.readouterr().out.splitlines() == bodies(original)


async def test_following_shows_what_comes(directory: Path) -> None:
    await fill(directory, 2)
    with running(
        COMMAND, "ledger", "tail", "-n", "1", "-f", "--json", "--data-dir", directory
    ) as tail:
        assert tail.stdout
        assert json.loads(tail.stdout.readline())["seq"] == 2
        await fill(directory, 2)
        assert [json.loads(tail.stdout.readline())["seq"] for _ in range(2)] == [3, 4]
        tail.send_signal(2)
        assert tail.wait() == 0


async def test_readers_read_while_a_server_has_the_directory(directory: Path) -> None:
    await fill(directory, 2)
    with holding(directory):
        assert run("ledger", "verify", "--data-dir", directory) == 0
        assert run("ledger", "tail", "--data-dir", directory) == 0


def test_a_reader_that_leaves_early_is_no_error(original: Path) -> None:
    ended = subprocess.run(
        f"{sys.executable} -m kanvas_runtime ledger tail --data-dir {original} | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert len(ended.stdout.splitlines()) == 1
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_FIRST", 0)
    quiet = progress.Progress()
    quiet(1_000)
    quiet.done()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = progress.Progress()
    shown(1_000)
    shown(2_000)  # too soon after the first
    shown.done()
    assert capsys.readouterr().err == "\r1,000 records\r\x1b[K"


def test_an_interrupted_command_ends_as_shells_count(
    original: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "verify", interrupted)
    assert run("ledger", "verify", "--data-dir", original) == 130


def test_a_directory_that_may_not_be_entered_ends_with_2(
    original: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: Path) -> bool:
        raise PermissionError("Permission denied")

    monkeypatch.setattr(Path, "is_file", refused)
    assert run("ledger", "verify", "--data-dir", original) == 2
    assert "Permission denied" in capsys.readouterr().err


def test_the_commands_need_neither_server_nor_compiler() -> None:
    program = (
        "import sys, kanvas_runtime.cli; "
        "print(sorted({'fastapi', 'uvicorn', 'jinja2', 'anthropic', 'kanvasc', 'typer'} "
        "& set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "[]\n"


def test_a_strangers_text_cannot_drive_the_terminal() -> None:
    told = line('{"seq":1,"kind":"K","path":"\\u001b[2J\\n\\u009b\\u202e","n":true}', colour=False)
    assert told.isprintable()
    assert r"path=\x1b[2J\n\x9b\u202e n=true" in told


@pytest.mark.parametrize("body", ["no record", "[1]", ""])
def test_a_text_that_is_no_record_is_shown_as_it_is(body: str) -> None:
    assert line(body, colour=True) == f"(not a record) {body}"


def test_colours_tell_the_outcome() -> None:
    good = line('{"outcome":"ok","path":"/"}', colour=True)
    bad = line('{"outcome":"denied"}', colour=True)
    none = line('{"kind":"K"}', colour=True)
    assert "\x1b[32mok" in good
    assert "\x1b[31mdenied" in bad
    assert "\x1b" not in none


def test_a_digest_is_shortened() -> None:
    told = line(json.dumps({"input": "0123456789abcdef" * 4}), colour=False)
    assert told.endswith("input=0123456789ab…")
