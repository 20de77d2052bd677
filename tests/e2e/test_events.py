"""Events and pushes of a built app, over real sockets and with a real ledger."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from tests.e2e.apps import ROOT, App, ask, build, records, verify

PIPELINE = ROOT / "tests" / "golden" / "apps" / "pipeline" / "app.kanvas"
ORDER = {"customer": "Ada", "lines": [{"sku": "tea", "amount": 2}, {"sku": "milk", "amount": 3}]}

LOOSE = """\
machine teller
  accepts
    value as any
  responds with
    told as boolean
  implements
    publishes
      "value.came"
    publish "value.came" input.value
    compute answer
      {told: true}
  expresses
    websocket
      path: "/ws/tell"

machine keeper
  accepts
    amount as integer, is required, min: 1
  responds with
    sum as integer
  implements
    state
      sum as integer, default: 0
    subscribes
      on "value.came"
    set state.sum = state.sum + input.amount
    compute answer
      {sum: state.sum}
  expresses
    websocket
      path: "/ws/kept"
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(PIPELINE, tmp_path_factory.mktemp("pipeline") / "app")


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(LOOSE, tmp_path_factory.mktemp("loose") / "app")


def said(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=60))


def runs(data: Path, count: int, surface: str = "event") -> list[dict[str, Any]]:
    """The records of the first so many runs of events, as soon as they are there."""
    until = monotonic() + 60

    def found() -> list[dict[str, Any]]:
        kinds = records(data)
        return [r for r in kinds if r["kind"] == "SurfaceAccess" and r["surface"] == surface]

    while len(found()) < count and monotonic() < until:
        sleep(0.02)
    return found()


def outcomes(accesses: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return sorted((r["machine"], r["path"], r["outcome"]) for r in accesses)


def test_an_order_goes_its_way(pipeline: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(pipeline, data) as app, app.connect("/ws/orders") as orders:
        orders.send(json.dumps(ORDER))
        pushed = [said(orders) for _ in range(4)]
        assert [each["pieces"] for each in pushed] == [0, 2, 3, 5]
        assert [each["state"] for each in pushed] == ["checking"] * 3 + ["taken"]
        number = pushed[-1]["number"]
        with app.connect("/ws/letters") as letters:
            letters.send(json.dumps({"subscribe": {"number": number, "parcel": 2}}))
            assert said(letters) == {"note": f"Parcel 2 of {number}"}
        heard = outcomes(runs(data, 4))
    assert heard == [
        ("pack", "order.taken", "ok"),
        ("pack", "order.taken", "ok"),
        ("tell_customer", "parcel.packed", "ok"),
        ("tell_customer", "parcel.packed", "ok"),
    ]
    taken = [r["kind"] for r in records(data) if r.get("machine") == "take_order" and "run" in r]
    assert taken == ["RunStarted", "SurfaceAccess"]
    assert all(r["principal"] == "system" for r in runs(data, 4))
    assert len({r["run"] for r in runs(data, 4)}) == 4
    assert verify(data).returncode == 0


def test_a_subscription_hears_each_push_of_another_s_run(pipeline: Path, tmp_path: Path) -> None:
    with App(pipeline, tmp_path / "data") as app, app.connect("/ws/orders") as orders:
        orders.send(json.dumps({"subscribe": ORDER}))
        first = [said(orders) for _ in range(4)]
        with app.connect("/ws/orders") as other:
            other.send(json.dumps(ORDER))
            answered = [said(other) for _ in range(4)]
        news = [said(orders) for _ in range(4)]
    assert news == answered, "each push of another client's run, in its order"
    assert news[0]["number"] != first[0]["number"]


def test_a_subscription_hears_what_an_event_led_to(loose: Path, tmp_path: Path) -> None:
    with (
        App(loose, tmp_path / "data") as app,
        app.connect("/ws/kept") as kept,
        app.connect("/ws/tell") as teller,
    ):
        assert ask(kept, {"subscribe": {"amount": 5}}) == {"sum": 5}
        for amount in (1, 5, 2, 5):
            assert ask(teller, {"value": {"amount": amount}}) == {"told": True}
        assert [said(kept), said(kept)] == [{"sum": 11}, {"sum": 18}]


def test_a_payload_that_does_not_fit_is_recorded_and_stops_nothing(
    loose: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    values: list[Any] = [
        {"amount": 2, "more": "left out"},
        {"amount": 0},
        {"amount": "three"},
        "no record",
        None,
        {"amount": 5},
    ]
    with App(loose, data) as app, app.connect("/ws/tell") as socket:
        for value in values:
            assert ask(socket, {"value": value}) == {"told": True}
        accesses = runs(data, len(values))
    assert [r["outcome"] for r in accesses] == ["ok", *["invalid_input"] * 4, "ok"]
    assert ["run" in r for r in accesses] == [True, *[False] * 4, True]
    assert all((r["machine"], r["path"]) == ("keeper", "value.came") for r in accesses)
    assert app.log.count("keeper, event value.came: invalid_input") == 4
    assert "amount must be at least 1" in app.log
    assert verify(data).returncode == 0
    with App(loose, data) as app, app.connect("/ws/kept") as socket:
        assert ask(socket, {"amount": 1}) == {"sum": 2 + 5 + 1}, "what fitted was kept"


def test_a_stop_waits_for_what_was_published(loose: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(loose, data) as app, app.connect("/ws/tell") as socket:
        for _ in range(20):
            ask(socket, {"value": {"amount": 1}})
        app.end()
    assert [r["outcome"] for r in runs(data, 20)] == ["ok"] * 20
    with App(loose, data) as app, app.connect("/ws/kept") as socket:
        assert ask(socket, {"amount": 1}) == {"sum": 21}
