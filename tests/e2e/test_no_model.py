"""A program of rules alone needs no key and no model's client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.apps import App, ask, build, records
from tests.e2e.programs import SHIPPING

ANSWERS = [
    ({"country": "de", "weight": 3}, {"price": 4.9, "days": 2, "note": "3 kg to DE"}),
    (
        {"country": "ch", "weight": 2.5, "express": True},
        {"price": 9.5, "days": 1, "note": "2.5 kg to CH"},
    ),
    ({"country": "at", "weight": 30}, {"price": 19.5, "days": 5, "note": "30 kg to AT"}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(SHIPPING, tmp_path_factory.mktemp("shipping") / "app")


def test_it_installs_no_model_client(folder: Path) -> None:
    assert "anthropic" not in (folder / "requirements.txt").read_text(encoding="utf-8")


def test_it_serves_where_the_model_client_cannot_be_imported(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['anthropic'] = None\n")
    probe = [sys.executable, "-c", "import anthropic"]
    hidden = {"PYTHONPATH": str(tmp_path)}
    assert subprocess.run(probe, env=hidden, capture_output=True, check=False).returncode == 1
    with App(folder, tmp_path / "data", **hidden) as app, app.connect("/ws/shipping") as socket:
        for message, answer in ANSWERS:
            assert ask(socket, message) == answer
    outcomes = [r["outcome"] for r in records(tmp_path / "data") if r["kind"] == "SurfaceAccess"]
    assert outcomes == ["ok"] * len(ANSWERS)


def test_uvicorn_serves_it_too_and_says_what_it_cannot_guarantee(
    folder: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0"]
    with (
        App(folder, tmp_path / "data", command=command) as app,
        app.connect("/ws/shipping") as socket,
    ):
        assert ask(socket, ANSWERS[0][0]) == ANSWERS[0][1]
    assert "heartbeat" in app.log
    assert "--ws kanvas_runtime.server:Protocol" in app.log
