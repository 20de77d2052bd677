"""What outlives a run in apps that were built and are served: state, memory, schedules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.apps import App, ask, build, records, verify

COUNTER = """machine counter
  accepts
    n as integer, default: 1
    fail as boolean, default: false
  responds with
    total as integer
    last as integer, is optional, from state.last
  implements
    state
      total as integer, default: 0, max: 100000
      last as integer
    set state.total = state.total + input.n
    compute parted
      input.n / (input.fail ? 0 : 1)
    set state.last = input.n
    {total: state.total}
  expresses
    websocket
      path: "/ws/counter"
      rate: "10000/s"
      auth: none
"""
TICKER = """machine ticker
  responds with
    ticks as integer from state.ticks
  implements
    state
      ticks as integer, default: 0
    schedules
      every: "20ms"
    set state.ticks = state.ticks + 1

machine watch
  responds with
    ticks as integer
  ensures
    permissions
      allowed to
        call "ticker"
  implements
    ask now, from: "ticker"
    {ticks: steps.now.ticks}
  expresses
    websocket
      path: "/ws/watch"
"""
NOTES = """machine notes
  accepts
    keep as text
    find as text
    ttl as text, default: "1h"
  responds with
    found as list of text
    best as number, is optional
    count as integer
  ensures
    permissions
      allowed to
        memory
  implements
    decide kept
      when input.keep is not null
        remember note
          content: input.keep
          collection: "notes"
          metadata: {length: input.keep.length, by: context.surface}
          namespace: "of ${context.principal ?? "anyone"}"
          ttl: input.ttl
    recall like
      query: input.find ?? "nothing"
      collection: "notes"
      filter: {by: "websocket"}
      limit: 2
      namespace: "of ${context.principal ?? "anyone"}"
    compute answer
      {
        found: steps.like.results.map(note => note.content),
        best: steps.like.results.first().score,
        count: steps.like.count
      }
  expresses
    websocket
      path: "/ws/notes"
"""


def _until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not done():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(COUNTER, tmp_path_factory.mktemp("counter") / "app")


def test_state_is_there_after_a_restart(counter: Path, tmp_path: Path) -> None:
    with App(counter, tmp_path) as app, app.connect("/ws/counter") as socket:
        assert ask(socket, {}) == {"total": 1, "last": 1}
        assert ask(socket, {"n": 4}) == {"total": 5, "last": 4}
    with App(counter, tmp_path) as app, app.connect("/ws/counter") as socket:
        assert ask(socket, {"n": 2}) == {"total": 7, "last": 2}
    assert verify(tmp_path).returncode == 0


def test_a_run_that_fails_changes_nothing(counter: Path, tmp_path: Path) -> None:
    with App(counter, tmp_path) as app, app.connect("/ws/counter") as socket:
        assert ask(socket, {"n": 3})["total"] == 3
        error = ask(socket, {"n": 100, "fail": True})["error"]
        assert (error["code"], error["step"]) == ("step_failed", "parted")
        assert ask(socket, {"n": 0}) == {"total": 3, "last": 0}


def test_a_state_that_breaks_its_own_rules_is_not_kept(counter: Path, tmp_path: Path) -> None:
    with App(counter, tmp_path) as app, app.connect("/ws/counter") as socket:
        assert ask(socket, {"n": 100_001})["error"]["code"] == "step_failed"
        assert ask(socket, {"n": 1})["total"] == 1


def test_runs_of_many_clients_do_not_interleave(counter: Path, tmp_path: Path) -> None:
    clients, messages = 12, 25
    seen: list[int] = []

    def work(app: App) -> None:
        with app.connect("/ws/counter") as socket:
            seen.extend(ask(socket, {})["total"] for _ in range(messages))

    with App(counter, tmp_path) as app:
        threads = [threading.Thread(target=work, args=(app,)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        with app.connect("/ws/counter") as socket:
            assert ask(socket, {"n": 0})["total"] == clients * messages
    assert sorted(seen) == list(range(1, clients * messages + 1))


def test_a_schedule_ticks_and_is_recorded(tmp_path: Path) -> None:
    folder, data = build(TICKER, tmp_path / "app"), tmp_path / "data"

    def ticked() -> list[dict[str, Any]]:
        return [record for record in records(data) if record.get("surface") == "schedule"]

    with App(folder, data) as app:
        _until(lambda: len(ticked()) >= 3)
        with app.connect("/ws/watch") as socket:
            before = ask(socket, {})["ticks"]
            _until(lambda: len(ticked()) > before)
            assert ask(socket, {})["ticks"] > before
    told = ticked()
    assert {(one["machine"], one["path"], one["outcome"]) for one in told} == {
        ("ticker", "every 0.02s", "ok")
    }
    assert verify(data).returncode == 0


def test_what_was_remembered_is_recalled(tmp_path: Path) -> None:
    folder, data = build(NOTES, tmp_path / "app"), tmp_path / "data"
    with App(folder, data) as app, app.connect("/ws/notes") as socket:
        assert ask(socket, {"find": "tea"}) == {"found": [], "best": None, "count": 0}
        for note in ("green tea with lemon", "black tea", "a pot of coffee"):
            ask(socket, {"keep": note})
        assert ask(socket, {"keep": "x", "ttl": "soon"})["error"]["step"] == "note"
    with App(folder, data) as app, app.connect("/ws/notes") as socket:
        answer = ask(socket, {"find": "black tea"})
        assert answer["found"] == ["black tea", "green tea with lemon"]
        assert (answer["best"], answer["count"]) == (1, 2)
    steps = {record["step"] for record in records(data) if record["kind"] == "StepRun"}
    assert steps == {"note", "like"}
    assert verify(data).returncode == 0
