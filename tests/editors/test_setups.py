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


@pytest.mark.parametrize("entry", ENTRIES)
def test_hooks_pass_a_sound_program_and_stop_a_broken_one(entry: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", *entry.split()]
    sound = ROOT / "examples" / "ticket_triage" / "app.kanvas"
    copy = tmp_path / "app.kanvas"
    copy.write_bytes(sound.read_bytes())
    assert subprocess.run([*command, str(copy)], capture_output=True, check=False).returncode == 0
    copy.write_text("machine m\n  accepts\n    a as (\n", encoding="utf-8")
    assert subprocess.run([*command, str(copy)], capture_output=True, check=False).returncode == 1
