"""Installed from wheels in empty environments, away from the checkout, as on a user's machine."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.e2e.apps import ROOT, App, ask, build
from tests.e2e.programs import SHIPPING, SYSTEM_DASHBOARD

pytestmark = pytest.mark.timeout(600)


def environment(folder: Path) -> Path:
    """The Python of a new virtual environment with nothing but pip in it."""
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin" / "python"


def pip(python: Path, *arguments: str, cwd: Path | None = None) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [str(python), "-m", *arguments],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distributions, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT / "runtime", ROOT):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", "wheel"],
            cwd=source,
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture(scope="module")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has kanvasc, from its wheel."""
    python = environment(tmp_path_factory.mktemp("installed") / "venv")
    pip(python, "--find-links", str(wheels), "kanvasc")
    return python


def test_an_installed_compiler_finds_its_grammar_templates_and_wheel(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "app.kanvas").write_text(SYSTEM_DASHBOARD, encoding="utf-8")
    where = run(installed, "kanvasc", "--version", cwd=tmp_path)
    assert where.stdout.startswith("kanvasc ")
    checked = run(installed, "kanvasc", "check", "app.kanvas", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "")
    made = run(installed, "kanvasc", "build", "app.kanvas", "-o", "out", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "out" / "templates").is_dir()
    assert list((tmp_path / "out" / "wheels").glob("kanvas_runtime-*.whl"))
    started = run(installed, "kanvasc", "init", "first", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    checked = run(installed, "kanvasc", "check", "first", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_an_installed_compiler_runs_a_program(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "app.kanvas").write_text(SHIPPING, encoding="utf-8")
    command = [str(installed), "-m", "kanvasc", "run", "app.kanvas", "--port", "0"]
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    with (
        App(tmp_path, tmp_path / "data", command=command, **cache) as app,
        app.connect("/ws/shipping") as socket,
    ):
        assert ask(socket, {"country": "de", "weight": 1})["days"] == 2


def test_a_built_app_serves_in_an_empty_environment(tmp_path: Path) -> None:
    folder = build(SHIPPING, tmp_path / "out")
    python = environment(tmp_path / "venv")
    pip(python, "-r", "requirements.txt", cwd=folder)
    absent = subprocess.run([str(python), "-c", "import anthropic"], capture_output=True)
    assert absent.returncode == 1
    with (
        App(folder, tmp_path / "data", python=str(python)) as app,
        app.connect("/ws/shipping") as socket,
    ):
        assert ask(socket, {"country": "de", "weight": 1})["days"] == 2
    verdict = run(
        python, "kanvas_runtime", "ledger", "verify", "--data-dir", str(app.data), cwd=tmp_path
    )
    assert verdict.returncode == 0, verdict.stderr
    command = [str(python), "-m", "uvicorn", "app:app", "--port", "0"]
    with (
        App(folder, tmp_path / "data", command=command) as app,
        app.connect("/ws/shipping") as socket,
    ):
        assert ask(socket, {"country": "de", "weight": 1})["days"] == 2


def test_the_pins_are_the_versions_that_the_tests_ran_with() -> None:
    from importlib.metadata import version

    from kanvasc.emit.pins import REASONING, REQUESTS, SERVER, TOKENS

    pinned = SERVER | REASONING | REQUESTS | TOKENS
    pins = {name.split("[")[0]: pin for name, pin in pinned.items()}
    assert {name: version(name) for name in pins} == pins
