"""Commands over programs of several files, as processes: a finding is shown once, in its file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.link.test_uses import PRICES, USER, write

WRONG = PRICES.replace("decimal", "decimall")
SECONDS = 120
TESTED = f"""{PRICES}
  verifies
    test "the price"
      expect {{price: {{net: 2.50}}}}
"""


def kanvasc(*arguments: str, cwd: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kanvasc", *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def test_a_finding_in_a_file_that_several_use_is_shown_once(tmp_path: Path) -> None:
    other = USER.replace("machine order", "machine offer")
    write(tmp_path, a=USER, b=other, prices=WRONG)
    for named in (["."], ["prices.kanvas", "b.kanvas", "a.kanvas"], ["a.kanvas", "b.kanvas"]):
        ended = kanvasc("check", *named, cwd=tmp_path)
        assert ended.returncode == 1
        assert ended.stdout.count("error[") == 1
        assert "╭─ prices.kanvas:2:10" in ended.stdout
        assert ended.stderr == "1 error in 3 files\n"


def test_json_says_in_which_file_a_finding_and_what_explains_it_are(tmp_path: Path) -> None:
    write(tmp_path, app=f"{USER}\ntype price\n  gross as decimal\n", prices=PRICES)
    ended = kanvasc("check", "app.kanvas", "--format", "json", cwd=tmp_path)
    told = json.loads(ended.stdout)
    (found,) = told["diagnostics"]
    assert (found["code"], found["file"]) == ("K1004", "app.kanvas")
    (related,) = found["related"]
    assert (related["file"], related["range"]["start"]["line"]) == ("prices.kanvas", 1)
    assert told["summary"]["files"] == 2


def test_files_that_no_uses_ties_are_programs_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, a="machine order\n", b="machine order\n")
    ended = kanvasc("check", ".", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_files_in_a_circle_are_all_checked(tmp_path: Path) -> None:
    write(tmp_path, a=f'uses "b.kanvas"\n\n{WRONG}', b='uses "a.kanvas"\n\ntype b\n  p as pricee\n')
    ended = kanvasc("check", ".", cwd=tmp_path)
    assert "a.kanvas:4:10" in ended.stdout
    assert "b.kanvas:4:8" in ended.stdout
    assert ended.stdout.count("error[") == 2


def test_standard_input_uses_files_beside_the_name_that_it_is_given(tmp_path: Path) -> None:
    write(tmp_path, shop__prices=PRICES)
    name = ("--stdin-filename", "shop/app.kanvas")
    assert kanvasc("check", "-", *name, cwd=tmp_path, given=USER).returncode == 0
    ended = kanvasc("check", "-", cwd=tmp_path, given=USER)
    assert "error[K1050]" in ended.stdout


def test_a_test_in_a_file_that_several_use_runs_once(tmp_path: Path) -> None:
    other = USER.replace("machine order", "machine offer")
    write(tmp_path, a=USER, b=other, prices=TESTED)
    ended = kanvasc("test", ".", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("price_of: the price") == 1
    assert "prices.kanvas" in ended.stdout
    assert "1 test in 3 files: 1 passed" in ended.stdout


def test_a_failing_test_and_an_error_name_the_file_that_they_stand_in(tmp_path: Path) -> None:
    write(
        tmp_path,
        app=USER,
        prices=TESTED.replace("expect {price: {net: 2.50", "expect {price: {net: 3"),
    )
    ended = kanvasc("test", "app.kanvas", "--junit", "out.xml", cwd=tmp_path)
    assert ended.returncode == 1
    assert "prices.kanvas:12: price_of: the price" in ended.stdout
    assert 'file="prices.kanvas"' in (tmp_path / "out.xml").read_text(encoding="utf-8")
    write(tmp_path, prices=WRONG)
    ended = kanvasc("test", "app.kanvas", "--junit", "out.xml", cwd=tmp_path)
    assert ended.returncode == 1
    assert "prices.kanvas:2:10" in ended.stderr
    assert 'file="prices.kanvas"' in (tmp_path / "out.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["build", "run"])
def test_an_error_in_a_used_file_stops_the_build(tmp_path: Path, command: str) -> None:
    write(tmp_path, app=USER, prices=WRONG)
    ended = kanvasc(command, "app.kanvas", cwd=tmp_path)
    assert ended.returncode == 1
    assert "prices.kanvas:2:10" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_build_is_current_until_any_of_its_files_changes(tmp_path: Path) -> None:
    write(tmp_path, app=USER, prices=PRICES)
    assert kanvasc("build", "app.kanvas", cwd=tmp_path).returncode == 0
    assert "# prices.kanvas:8" in (tmp_path / "out/machines/price_of.py").read_text("utf-8")
    assert kanvasc("build", "app.kanvas", "--check", cwd=tmp_path).returncode == 0
    write(tmp_path, prices=PRICES.replace("2.50", "2.60"))
    assert kanvasc("build", "app.kanvas", "--check", cwd=tmp_path).returncode == 1
