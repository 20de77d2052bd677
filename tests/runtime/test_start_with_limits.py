"""An app whose costs are limited does not start as long as nobody knows what a model costs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from kanvas_runtime.machine import Ask, Limits, Machine, WebSocketSurface
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION

from tests.runtime.machines import NOTHING, Mood, Nothing

ASKING = Machine(
    "tone",
    Nothing,
    Nothing,
    lambda input_, run: NOTHING,
    asks=(Ask(name="judge", model="anthropic:claude-nobody-knows", returns=Mood),),
)


def service(limits: Limits, simulate: bool = False) -> Service:
    made = Service(name="app", program="p" * 64, runtime=VERSION)
    made.websocket(replace(ASKING, limits=limits), WebSocketSurface(path="/ws/tone", auth="none"))
    made.configure(simulate=simulate)
    return made


@pytest.fixture(autouse=True)
def with_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-x")
    monkeypatch.setenv("KANVAS_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("KANVAS_PRICES", raising=False)


@pytest.mark.parametrize("limits", [Limits(cost_per_run=1), Limits(cost_per_day=1)])
def test_a_model_that_has_no_price_keeps_it_from_starting(limits: Limits) -> None:
    problem = service(limits).start_problem()
    assert problem is not None
    for word in ("tone", "judge", "anthropic:claude-nobody-knows", "KANVAS_PRICES"):
        assert word in problem


def test_a_price_of_the_operators_lets_it_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"anthropic:claude-nobody-knows": {"input": 1, "output": 2}}))
    monkeypatch.setenv("KANVAS_PRICES", str(prices))
    assert service(Limits(cost_per_day=1)).start_problem() is None
    prices.write_text("{")
    assert "KANVAS_PRICES" in (service(Limits(cost_per_day=1)).start_problem() or "")


def test_without_a_limit_and_without_a_model_nobody_has_to_know() -> None:
    assert service(Limits(runs_per_minute=5)).start_problem() is None
    assert service(Limits(cost_per_day=1), simulate=True).start_problem() is None
