"""What the documentation shows of a running program is what the built app says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.apps import ROOT, App, build
from tests.e2e.test_examples import replay

TALKS = [
    pytest.param(program, talk, id=f"{page.stem}-{number}")
    for page in sorted(ROOT.glob("docs/**/*.md"))
    for number, (program, talk) in enumerate(
        # The program that stands last before the conversation.
        re.findall(
            r"^```kanvas\n([^`]*?)^```$(?:(?!^```kanvas$).)*?^```conversation\n(.*?)^```$",
            page.read_text("utf-8"),
            re.M | re.S,
        )
    )
]


def test_there_are_conversations() -> None:
    written = sum(
        len(re.findall(r"^```conversation$", page.read_text("utf-8"), re.M))
        for page in ROOT.glob("docs/**/*.md")
    )
    assert len(TALKS) == written > 0


@pytest.mark.parametrize(("program", "talk"), TALKS)
def test_a_program_of_the_documentation_answers_as_shown(
    program: str, talk: str, tmp_path: Path
) -> None:
    built = build(program, tmp_path / "app")
    with App(built, tmp_path / "data", "--simulate") as app:
        assert replay(app, talk.splitlines()) > 0
