"""The extension for Visual Studio Code: its parts, its grammar, the package that it builds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kanvasc.syntax.words import KEYWORDS, PHRASES
from tests import npm

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "editors" / "vscode"
GRAMMAR = ROOT / "grammar" / "kanvas.tmLanguage.json"
LARK = ROOT / "grammar" / "kanvas.lark"
_ALTERNATIVES = re.compile(r"\\b\(\?:(.+)\)\\b")


def test_both_grammars_have_the_same_keywords() -> None:
    declared = set(re.findall(r"\b[A-Z][A-Z_]+\b", LARK.read_text(encoding="utf-8")))
    ours = {word for word, terminals in KEYWORDS.items() if set(terminals) & declared}
    ours |= {
        " ".join((first, *rest))
        for first, phrases in PHRASES.items()
        for rest, terminal in phrases
        if terminal in declared
    }
    grammar = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    theirs: list[str] = []
    for rule in grammar["repository"]["keywords"]["patterns"]:
        found = _ALTERNATIVES.fullmatch(rule["match"])
        assert found is not None, rule
        theirs += [word.replace(r"\s+", " ") for word in found[1].split("|")]
    assert sorted(theirs) == sorted(ours)


def test_longer_keywords_are_tried_before_those_that_they_begin_with() -> None:
    grammar = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    seen: list[str] = []
    for rule in grammar["repository"]["keywords"]["patterns"]:
        found = _ALTERNATIVES.fullmatch(rule["match"])
        assert found is not None
        seen += [word.replace(r"\s+", " ") for word in found[1].split("|")]
    for at, word in enumerate(seen):
        shadowed = [late for late in seen[at + 1 :] if late.startswith(f"{word} ")]
        assert shadowed == [], f"`{word}` hides {shadowed}"


def test_the_lock_file_names_no_registry() -> None:
    assert npm.registries(SOURCE) == []


def test_what_the_manifest_names_is_there() -> None:
    manifest = _manifest()
    contributed = manifest["contributes"]
    paths = [manifest["main"], contributed["languages"][0]["configuration"]]
    for path in paths:
        assert (SOURCE / path).is_file()
    json.loads((SOURCE / "language-configuration.json").read_text(encoding="utf-8"))
    assert contributed["grammars"][0]["scopeName"] == "source.kanvas"
    # It starts a program that the workspace names.
    assert manifest["capabilities"]["untrustedWorkspaces"]["supported"] is False


def _manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def installed() -> Path:
    """The extension with its packages, in the build folder; the same lock file installs once."""
    return npm.installed(SOURCE, ROOT / "build" / "editors", "vscode", copy=_copy)


def _copy(folder: Path) -> None:
    """The files that git has, and the grammar where the extension's scripts look for it."""
    ignored = shutil.ignore_patterns("node_modules", "syntaxes", "*.vsix")
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True, ignore=ignored)
    grammar = folder.parents[1] / "grammar"
    grammar.mkdir(exist_ok=True)
    shutil.copy(GRAMMAR, grammar)


def _npm(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return npm.npm(*arguments, folder=folder, KANVAS_EXAMPLES=str(ROOT / "examples"))


@pytest.mark.timeout(npm.INSTALL_TIMEOUT)
def test_its_own_tests_pass(installed: Path) -> None:
    """Tokens of the grammar under the engine that editors use, and the search for the server."""
    ran = _npm("test", folder=installed)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)
    assert passed is not None, ran.stdout
    assert int(passed[1]) > 25


@pytest.mark.timeout(npm.INSTALL_TIMEOUT)
def test_it_builds_a_package_that_holds_all_it_needs(installed: Path, tmp_path: Path) -> None:
    package = tmp_path / "kanvas.vsix"
    ran = _npm("run", "package", "--", "--out", str(package), folder=installed)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "vsix")
    extension = tmp_path / "vsix" / "extension"
    assert (extension / "extension.js").is_file()
    grammar = (extension / "syntaxes" / "kanvas.tmLanguage.json").read_bytes()
    assert grammar == GRAMMAR.read_bytes()
    # It ships no compiler and no tests, and its libraries load from inside the package.
    assert not list(extension.rglob("*.py"))
    assert not (extension / "test").exists()
    script = (
        "for (const name of ['vscode-languageclient/node', 'vscode-languageserver-protocol/node'])"
        " require.resolve(name);"
        "const at = require.resolve('vscode-languageclient/node');"
        "for (const name of ['semver', 'minimatch']) require(require.resolve(name, {paths: [at]}));"
        "require('./server.js')"
    )
    loaded = subprocess.run(
        ["node", "-e", script], cwd=extension, capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
