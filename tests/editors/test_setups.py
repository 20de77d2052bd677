"""The set-ups in docs/editors.md and the hooks: as far as they can be read here, they are right."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^  entry: (.+)$", HOOKS, re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("editor", ["Visual Studio Code", "Neovim", "Helix", "Zed", "Emacs"])
def test_every_editor_has_its_set_up(editor: str) -> None:
    section = PAGE.split(f"\n## {editor}\n")[1].split("\n## ")[0]
    assert "```" in section


def test_set_ups_start_the_server_that_there_is() -> None:
    helix, extension, _ = (tomllib.loads(block) for block in blocks("toml"))
    assert [helix["language-server"]["kanvasc"]["command"]] == ["kanvasc"]
    assert helix["language-server"]["kanvasc"]["args"] == ["lsp"]
    assert helix["language"][0]["file-types"] == ["kanvas"]
    assert extension["language_servers"]["kanvasc"]["languages"] == ["Kanvas"]
    assert all('{ "kanvasc", "lsp" }' in block for block in blocks("lua"))
    assert '("kanvasc" "lsp")' in blocks("elisp")[0]


def test_hooks_have_the_names_that_the_page_uses() -> None:
    assert re.findall(r"- id: (\S+)", blocks("yaml")[0]) == re.findall(r"^- id: (\S+)", HOOKS, re.M)


def run(entry: str, program: Path) -> int:
    command = [sys.executable, "-m", *entry.split(), str(program)]
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("entry", ENTRIES)
def test_hooks_pass_a_sound_program_as_it_is(entry: str, tmp_path: Path) -> None:
    sound = (ROOT / "examples" / "ticket_triage" / "app.kanvas").read_bytes()
    program = tmp_path / "app.kanvas"
    program.write_bytes(sound)
    assert run(entry, program) == 0
    assert program.read_bytes() == sound


@pytest.mark.parametrize("entry", ENTRIES)
def test_hooks_stop_a_program_that_is_not(entry: str, tmp_path: Path) -> None:
    program = tmp_path / "app.kanvas"
    broken = "machine m\n  accepts\n      a as text\n  responds with\n    b as (\n"
    odd = "machine m accepts a as text\n"
    text = odd if entry.endswith("fmt") else broken
    program.write_text(text, encoding="utf-8")
    failed = run(entry, program) != 0
    # A hook that changes a file stops a commit too.
    assert failed or program.read_text(encoding="utf-8") != text
