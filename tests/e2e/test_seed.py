"""The two programs that the project began with, served and used as their page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import Browser, browser
from tests.e2e.apps import App, ask, build, kanvasc, records, verify
from tests.e2e.programs import LIVE_METRICS, SYSTEM_DASHBOARD

__all__ = ["browser"]

JAVASCRIPT_CLIENT = """
new Promise((resolve, reject) => {
  const ws = new WebSocket("ws://localhost:PORT/ws/metrics");
  ws.onopen = () => { ws.send(JSON.stringify({ metric_name: "cpu_usage" })); };
  ws.onmessage = (event) => {
    const result = JSON.parse(event.data);
    resolve(`${result.value} ${result.timestamp}`);
  };
  ws.onerror = () => reject(new Error("the socket failed"));
})
"""


@pytest.mark.parametrize("program", [LIVE_METRICS, SYSTEM_DASHBOARD])
def test_the_programs_have_no_findings(program: str, tmp_path: Path) -> None:
    path = tmp_path / "app.kanvas"
    path.write_text(program, encoding="utf-8")
    done = kanvasc("check", str(path))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_python_client_gets_its_answer_and_the_ledger_has_it(tmp_path: Path) -> None:
    folder = build(LIVE_METRICS, tmp_path / "app")
    with App(folder, tmp_path / "data", "--simulate") as app, app.connect("/ws/metrics") as socket:
        answer = ask(socket, {"metric_name": "cpu"})
    assert answer == {"value": 42.5, "timestamp": "2026-05-07T12:00:00Z"}
    kinds = [record["kind"] for record in records(tmp_path / "data")]
    assert kinds == [
        "ServerStarted",
        "ConnectionOpened",
        "RunStarted",
        "StepRun",
        "StepRun",
        "SurfaceAccess",
        "ConnectionClosed",
    ]
    assert verify(tmp_path / "data").returncode == 0


@pytest.mark.browser
def test_the_javascript_client_gets_its_answer_in_a_browser(
    tmp_path: Path, browser: Browser
) -> None:
    both = LIVE_METRICS + '  page path: "/live"\n'
    folder = build(both, tmp_path / "app")
    with App(folder, tmp_path / "data", "--simulate") as app, browser.page() as page:
        page.goto(f"http://localhost:{app.port}/live")
        script = JAVASCRIPT_CLIENT.replace("PORT", str(app.port))
        assert page.evaluate(script) == "42.5 2026-05-07T12:00:00Z"


@pytest.mark.browser
def test_the_dashboard_opens_and_goes_live(tmp_path: Path, browser: Browser) -> None:
    folder = build(SYSTEM_DASHBOARD, tmp_path / "app")
    with App(folder, tmp_path / "data") as app, browser.page(app.page("/dashboard")) as page:
        page.reads("h1", "System Metrics")
        page.wait("document.body.innerText.toLowerCase().includes('live')")
        assert page.problems == []
    surfaces = {r.get("surface") for r in records(tmp_path / "data")}
    assert {"page", "websocket"} <= surfaces


def test_simulation_is_said_at_start_and_in_every_record(tmp_path: Path) -> None:
    folder = build(LIVE_METRICS, tmp_path / "app")
    with App(folder, tmp_path / "data", "--simulate") as app, app.connect("/ws/metrics") as socket:
        ask(socket, {"metric_name": "cpu"})
        assert "SIMULATED" in app.log
    written = records(tmp_path / "data")
    assert [r for r in written if r.get("simulated") is not True] == []


def test_without_a_key_the_start_names_both_ways_out(tmp_path: Path) -> None:
    folder = build(LIVE_METRICS, tmp_path / "app")
    app = App(folder, tmp_path / "data")
    with pytest.raises(AssertionError, match="the app ended"):
        app.__enter__()
    assert app.end() == 2
    assert "ANTHROPIC_API_KEY" in app.log
    assert "--simulate" in app.log
