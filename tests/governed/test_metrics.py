"""`/metrics` of a real app: what is counted, and who may see it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.metrics import BOUNDS, Metrics

from tests.e2e.apps import ROOT, App, ask, kanvasc, records
from tests.governed.conftest import Governed

SAMPLE = re.compile(
    r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})? ([0-9.e+-]+|[+]Inf)'
)


@dataclass(frozen=True)
class Served:
    """A running app, and what two of its keys are shown as: one that may read metrics, and one
    that may not."""

    app: App
    reader: str
    other: str


def scraped(app: App, **headers: str) -> dict[str, float]:
    """Samples by name and labels; every line has the form that Prometheus reads."""
    request = urllib.request.Request(app.page("/metrics"), headers=headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    return parsed(text)


def parsed(text: str) -> dict[str, float]:
    assert text.endswith("\n")
    found: dict[str, float] = {}
    declared: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in declared
            declared.add(name)
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match is not None, line
            base = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert base in declared or match[1] in declared, line
            key = match[1] + (match[2] or "")
            assert key not in found
            found[key] = float(match[3])
    return found


def status(app: App, **headers: str) -> int:
    request = urllib.request.Request(app.page("/metrics"), headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.fixture(scope="module")
def served(governed: Governed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("metrics")
    keys = Keys(data)
    reader = keys.new("prometheus", ("metrics:read",), None)
    other = keys.new("alice", ("machines:run",), None)
    with governed.app(data) as app:
        yield Served(app, f"Bearer {reader}", f"Bearer {other}")


def test_what_happened_is_counted(served: Served) -> None:
    app = served.app
    with app.connect("/ws/desk") as socket:
        for message in ("hi", "hello"):
            ask(socket, {"message": message})
            assert json.loads(socket.recv(timeout=60))["status"] == 200
        assert ask(socket, {"message": "rude"})["error"]["code"] == "guard_failed"
        denied = {"message": "x", "host": "http://127.0.0.1:1"}
        assert ask(socket, denied)["error"]["code"] == "denied"
        assert ask(socket, {"message": 1})["error"]["code"] == "invalid_input"
        found = scraped(app)
        assert found["kanvas_ledger_seq"] == records(app.data)[-1]["seq"]
    ran = 'machine="desk",surface="websocket"'
    said = {
        f'kanvas_messages_total{{{ran},outcome="ok"}}': 2,
        f'kanvas_messages_total{{{ran},outcome="guard_failed"}}': 1,
        f'kanvas_messages_total{{{ran},outcome="denied"}}': 1,
        f'kanvas_messages_total{{{ran},outcome="invalid_input"}}': 1,
        'kanvas_connections{path="/ws/desk"}': 1,
        'kanvas_steps_total{machine="desk",step="judged",outcome="ok"}': 3,
        'kanvas_steps_total{machine="desk",step="kept",outcome="ok"}': 2,
        'kanvas_step_tokens_total{machine="desk",model="claude-haiku-4-5",direction="in"}': 33,
        'kanvas_step_tokens_total{machine="desk",model="claude-haiku-4-5",direction="out"}': 21,
        'kanvas_step_cost_dollars_total{machine="desk",model="claude-haiku-4-5"}': 0.000138,
        'kanvas_decisions_total{machine="desk",capability="http",verdict="denied"}': 1,
        'kanvas_guard_verdicts_total{machine="desk",guard="polite",action="block"}': 1,
        f"kanvas_run_duration_seconds_count{{{ran}}}": 4,
        f'kanvas_run_duration_seconds_bucket{{{ran},le="+Inf"}}': 4,
        "kanvas_ready": 1,
    }
    assert {name: found.get(name) for name in said} == said
    until = time.monotonic() + 60
    while scraped(app)['kanvas_connections{path="/ws/desk"}']:
        assert time.monotonic() < until, "the socket is still counted"


def test_who_may_see_it(served: Served) -> None:
    app, reader, other = served.app, served.reader, served.other
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert status(app) == 200
    assert status(app, **elsewhere) == 401
    assert status(app, **elsewhere, Authorization=reader) == 200
    assert status(app, **elsewhere, Authorization=other) == 403
    assert status(app, Authorization=other) == 403, "who says who it is, is held to it"
    assert status(app, Origin="https://evil.test") == 403
    assert status(app, Host="evil.test") == 421
    before = len(records(app.data))
    scraped(app)
    assert len(records(app.data)) == before
    refused = [each for each in records(app.data) if each.get("surface") == "metrics"]
    assert [(each["outcome"], each["path"]) for each in refused] == [
        ("unauthenticated", "/metrics"),
        ("denied", "/metrics"),
        ("denied", "/metrics"),
        ("origin_refused", "/metrics"),
    ]


def test_the_page_of_the_documentation_lists_them(served: Served) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    with urllib.request.urlopen(served.app.page("/metrics")) as answer:
        declared = re.findall(r"^# TYPE (\w+)", answer.read().decode(), re.MULTILINE)
    assert sorted(re.findall(r"^\| `(kanvas_\w+)`", page, re.MULTILINE)) == sorted(declared)


def test_what_is_refused_together_is_counted_one_by_one() -> None:
    metrics = Metrics()
    metrics.note("SurfaceAccess", {"surface": "page", "outcome": "rate_limited", "count": 41})
    metrics.note("SurfaceAccess", {"surface": "page", "outcome": "rate_limited"})
    key = 'kanvas_messages_total{machine="",surface="page",outcome="rate_limited"}'
    assert parsed(metrics.text())[key] == 42


def test_a_histogram_is_cumulative() -> None:
    metrics = Metrics()
    for micro in (500, 1_000, 1_001, 70_000_000):
        fields = {"machine": "m", "surface": "page", "outcome": "ok", "run": "r"}
        metrics.note("SurfaceAccess", {**fields, "duration_us": micro})
    found = parsed(metrics.text())
    labels = 'machine="m",surface="page"'
    name = "kanvas_run_duration_seconds"
    below = [found[f'{name}_bucket{{{labels},le="{bound!r}"}}'] for bound in BOUNDS]
    assert below == [2, 3, 3, 3, 3, 3, 3, 3]
    assert found[f'{name}_bucket{{{labels},le="+Inf"}}'] == 4
    assert found[f"{name}_sum{{{labels}}}"] == pytest.approx(70.002501)


def test_a_label_cannot_leave_its_quotes() -> None:
    metrics = Metrics()
    metrics.note("GuardVerdict", {"machine": 'a"} 1\n#', "guard": "\\", "action": "record"})
    assert len(parsed(metrics.text())) == 1


# --- payloads


def test_payloads_are_kept_when_the_operator_says_so(governed: Governed, tmp_path: Path) -> None:
    with (
        governed.app(tmp_path, KANVAS_LEDGER_PAYLOADS="full") as app,
        app.connect("/ws/desk") as socket,
    ):
        ask(socket, {"message": "h\u00e9 \u202e"})
        output = socket.recv(timeout=60)
        ask(socket, {"message": 1})
    started = next(each for each in records(tmp_path) if each["kind"] == "RunStarted")
    access, refused = (each for each in records(tmp_path) if each["kind"] == "SurfaceAccess")
    assert json.loads(started["input"])["message"] == "h\u00e9 \u202e"
    assert started["input"] == access["input"]
    assert access["output"] == output
    assert "input" not in refused, "what is no input is not kept"
    shown = kanvasc("ledger", "show", access["run"], "--data-dir", str(tmp_path)).stdout
    assert f"output {output}" in shown
    assert "h\u00e9 \\u202e" in shown, "what turns text around is written out"
    assert kanvasc("ledger", "verify", "--data-dir", str(tmp_path)).returncode == 0


def test_usually_no_payload_is_kept(served: Served) -> None:
    with served.app.connect("/ws/desk") as socket:
        ask(socket, {"message": "a-canary"})
        socket.recv(timeout=60)
    assert "a-canary" not in str(records(served.app.data))
    assert not any({"input", "output"} & set(each) for each in records(served.app.data))
