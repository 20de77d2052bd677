"""Looking for records: by what they have in common, as a table, and one run as a story."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kanvas_runtime import cli
from kanvas_runtime.ledger import Ledger, Scalar
from kanvas_runtime.ledger.since import instant

from tests.runtime.ledger.ledgers import bodies, edit

RUN = "01988f1e-0000-7000-8000-000000000001"
OTHER = "01988f1e-0000-7000-8000-000000000002"
OF_RUN: dict[str, Scalar] = {"machine": "triage", "run": RUN, "principal": "ada"}
INSIDE: dict[str, Scalar] = {"machine": "lookup", "run": RUN, "principal": "ada"}


@pytest.fixture
async def told(directory: Path) -> Path:
    """A run that calls another machine and asks a model, among records of others."""
    ledger = await Ledger.open(directory)
    step = {"step": "sort", "target": "anthropic", "model": "m-1"}
    ledger.append("ServerStarted", {"app": "desk"})
    ledger.append("RunStarted", OF_RUN | {"input_digest": "0" * 64})
    ledger.append("StepRun", OF_RUN | {"step": "find", "target": "lookup", "phase": "begin"})
    ledger.append("StepRun", INSIDE | {"step": "get", "target": "https://a.test", "phase": "begin"})
    ledger.append("SurfaceAccess", {"machine": "triage", "run": OTHER, "outcome": "ok"})
    ended: dict[str, Scalar] = {"phase": "end", "outcome": "ok", "duration_us": 1500}
    ledger.append("StepRun", INSIDE | {"step": "get", "target": "https://a.test"} | ended)
    ledger.append("StepRun", OF_RUN | {"step": "find", "target": "lookup"} | ended)
    ledger.append("StepRun", OF_RUN | step | {"phase": "begin"})
    used: dict[str, Scalar] = {"tokens_in": 210, "tokens_out": 35, "cost": 1200, "attempts": 2}
    ledger.append("StepRun", OF_RUN | step | ended | used)
    denied = {"capability": "http", "target": "https://b.test", "step": "send", "verdict": "denied"}
    ledger.append("Decision", OF_RUN | denied)
    ledger.append("GuardVerdict", OF_RUN | {"guard": "polite", "action": "block"})
    asked = {"surface": "page", "path": "/desk", "outcome": "denied", "duration_us": 9000}
    ledger.append("SurfaceAccess", OF_RUN | asked)
    await ledger.append("SurfaceAccess", {"outcome": "overloaded", "path": "=1+1", "count": 7})
    await ledger.close()
    return directory


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str]]:
    code = cli.main(["ledger", *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def numbers(lines: list[str]) -> list[int]:
    return [json.loads(line)["seq"] for line in lines]


def test_a_run_is_told_as_a_story(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = run(capsys, "show", RUN, "--data-dir", told)
    assert code == 0
    assert lines[0].startswith(f"run {RUN} of triage, for ada, on page /desk, at 20")
    assert [line[26:] for line in lines[2:]] == [
        "triage starts",
        "triage.find goes to lookup",
        "  lookup.get goes to https://a.test",
        "  lookup.get ends: ok, 0.001500 s",
        "triage.find ends: ok, 0.001500 s",
        "triage.sort goes to anthropic/m-1",
        "triage.sort ends: ok, 0.001500 s, 2 attempts, 210 tokens in, 35 out, $0.001200",
        "triage.send wants http https://b.test: denied",
        "triage: guard polite does not pass: block",
        "triage answers: denied, 0.009000 s",
    ]
    assert [int(line.split()[0]) for line in lines[2:]] == [2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    assert lines[2].split()[1:3] == ["+0.000000", "s"]


def test_the_beginning_of_an_id_is_enough_when_it_is_one_runs(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(told, f"UPDATE ledger SET run = 'f{OTHER}' WHERE run = '{OTHER}'")
    code, lines = run(capsys, "show", RUN[:8], "--json", "--data-dir", told)
    assert (code, numbers(lines)) == (0, [2, 3, 4, 6, 7, 8, 9, 10, 11, 12])


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("0198", "is the beginning of several runs"),
        (RUN[:20], "is the beginning of several runs"),
        ("ffff", "no record is about a run ffff"),
        ("0198%", "no record is about a run 0198%"),
    ],
)
def test_an_id_that_names_no_one_run(
    told: Path, asked: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ledger", "show", asked, "--data-dir", str(told)]) == 2
    assert answer in capsys.readouterr().err


def test_an_id_of_one_run_that_is_too_short(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(told, f"UPDATE ledger SET run = 'f{OTHER}' WHERE run = '{OTHER}'")
    assert cli.main(["ledger", "show", "0198", "--data-dir", str(told)]) == 2
    assert "write at least 8 characters" in capsys.readouterr().err


def test_a_run_without_an_end_says_so(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(told, "DELETE FROM ledger WHERE seq >= 12")
    _, lines = run(capsys, "show", RUN, "--data-dir", told)
    assert lines[-1].startswith("it has no end")


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (["--machine", "lookup"], [4, 6]),
        (["--outcome", "denied"], [12]),
        (["--outcome", "refused"], [12, 13]),
        (["--outcome", "ok", "--machine", "triage"], [5, 7, 9]),
        (["--kind", "GuardVerdict"], [11]),
        (["--since", "1h"], list(range(1, 14))),
        (["--since", "2999-01-01"], []),
    ],
)
def test_records_are_chosen(
    told: Path, choice: list[str], found: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert numbers(run(capsys, "query", "--json", *choice, "--data-dir", told)[1]) == found
    assert numbers(run(capsys, "export", *choice, "--data-dir", told)[1]) == found


def test_a_query_shows_a_line_a_record(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = run(capsys, "query", "--kind", "Decision", "--data-dir", told)
    assert [line.split()[0] for line in lines] == ["10"]


def test_a_query_that_finds_nothing_says_so(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["ledger", "query", "--machine", "nobody", "--data-dir", str(told)]
    assert cli.main(command) == 0
    told_of = capsys.readouterr()
    assert (told_of.out, "no record is like that" in told_of.err) == ("", True)


def test_help_names_the_command_that_was_called(capsys: pytest.CaptureFixture[str]) -> None:
    for called, name in (([], "python -m kanvas_runtime"), (["--called-as", "kanvasc"], "kanvasc")):
        with pytest.raises(SystemExit) as ended:
            cli.main([*called, "ledger", "query", "--since", "never"])
        assert ended.value.code == 2
        assert f"usage: {name} ledger query" in capsys.readouterr().err


def test_an_export_has_the_exact_texts(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "export", "--data-dir", told)[1] == bodies(told)


def test_a_table_has_a_column_for_every_field(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = run(capsys, "export", "--format", "csv", "--data-dir", told)
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    texts = [json.loads(body) for body in bodies(told)]
    assert len(rows) == len(texts)
    assert set(rows[0]) == {"trace"} | {name for text in texts for name in text}
    for row, text in zip(rows[:-1], texts, strict=False):
        assert {name: cell for name, cell in row.items() if cell} == {
            name: str(value) for name, value in text.items()
        }
    assert rows[-1]["path"] == "'=1+1"


def test_a_text_that_is_no_record_ends_no_command(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(told, "UPDATE ledger SET body = 'gone' WHERE seq = 12")
    assert run(capsys, "query", "--outcome", "denied", "--data-dir", told) == (0, [])
    assert run(capsys, "show", RUN, "--data-dir", told)[0] == 0
    assert run(capsys, "export", "--format", "csv", "--data-dir", told)[0] == 0


@pytest.mark.parametrize("command", [["query"], ["export"], ["show", RUN]])
def test_no_ledger_ends_with_2(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *command, "--data-dir", tmp_path)[0] == 2


NOW = datetime(2031, 5, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("15min", "2031-05-02T07:45:00.000000Z"),
        ("2h", "2031-05-02T06:00:00.000000Z"),
        ("7d", "2031-04-25T08:00:00.000000Z"),
        ("90s", "2031-05-02T07:58:30.000000Z"),
        ("2031-05-01", "2031-05-01T00:00:00.000000Z"),
        ("2031-05-01T10:00:00+02:00", "2031-05-01T08:00:00.000000Z"),
    ],
)
def test_points_in_time(text: str, meant: str) -> None:
    assert instant(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "soon", "5", "5m", "999999d", "2031-13-01"])
def test_what_is_no_time_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["ledger", "query", "--since", text])
    assert "write it as one of these" in capsys.readouterr().err
