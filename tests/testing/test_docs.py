"""What docs/testing.md shows is true."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.apps import ROOT
from tests.testing.command import outcomes, run, write

DOCS = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def test_the_programs_pass_their_tests(tmp_path: Path) -> None:
    programs = blocks("kanvas")
    for number, program in enumerate(programs):
        write(tmp_path, program, f"{number}.kanvas")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(outcomes(done.stdout)) == sum(
        len(re.findall(r"^ +(?:test \"|for example$)", program, re.MULTILINE))
        for program in programs
    )


def test_a_failure_is_shown_as_it_is_printed(tmp_path: Path) -> None:
    (program,) = blocks("kanvas")
    write(tmp_path, program.replace("fee: 1.5}", "fee: 1.6}"))
    done = run("app.kanvas", cwd=tmp_path)
    shown = next(block for block in blocks("") if "expected" in block)
    assert shown in done.stdout


def test_all_programs_of_the_documentation_pass_their_tests(tmp_path: Path) -> None:
    pages = [page for page in ROOT.glob("docs/**/*.md") if page.name != "diagnostics.md"]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    programs = [p for text in texts for p in re.findall(r"^```kanvas\n([^`]*?)^```$", text, re.M)]
    tested = [p for p in programs if re.search(r"^ +(?:test \"|for example$)", p, re.MULTILINE)]
    for number, program in enumerate(tested):
        write(tmp_path, program, f"{number}.kanvas")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
