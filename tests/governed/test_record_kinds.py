"""Every kind of record on a real server, with exactly the fields that its kind has."""

from __future__ import annotations

import hashlib
import hmac
import json
import platform
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.version import VERSION
from websockets.exceptions import InvalidStatus

from tests.e2e.apps import ROOT, App, ask, records, verify
from tests.fake_provider import answering, failing
from tests.governed.conftest import Governed

COMMON = {"schema", "chain", "seq", "at", "kind", "prev", "hash"}
DIGEST = re.compile("[0-9a-f]{64}")
UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture(scope="module")
def app(governed: Governed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with governed.app(tmp_path_factory.mktemp("kinds")) as app:
        yield app


def since(app: App, seq: int, **fields: Any) -> list[dict[str, Any]]:
    found = records(app.data)[seq:]
    return [each for each in found if fields.items() <= each.items()]


def seq(app: App) -> int:
    return int(records(app.data)[-1]["seq"])


def own(record: Mapping[str, Any]) -> dict[str, Any]:
    """What it has beyond the fields that every record has."""
    return {name: value for name, value in record.items() if name not in COMMON}


def talk(app: App, message: object, pushes: int = 0) -> Any:
    """The answer to a message on a connection of its own."""
    with app.connect("/ws/desk") as socket:
        told = ask(socket, message)
        for _ in range(pushes):
            told = json.loads(socket.recv(timeout=60))
    closed(app)
    return told


def closed(app: App) -> None:
    """As soon as the end of every socket is recorded."""
    until = time.monotonic() + 60
    kinds: list[str] = ["ConnectionOpened"]
    while kinds.count("ConnectionOpened") != kinds.count("ConnectionClosed"):
        assert time.monotonic() < until, app.log
        kinds = [each["kind"] for each in records(app.data)]


def digest(app: App, content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    key = (app.data / "instance.key").read_bytes()
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def test_common_fields(app: App) -> None:
    for number, record in enumerate(records(app.data), start=1):
        assert record.keys() >= COMMON
        assert (record["schema"], record["seq"]) == (1, number)
        assert UUID7.fullmatch(record["chain"])
        assert AT.fullmatch(record["at"])
        assert DIGEST.fullmatch(record["prev"])
        assert DIGEST.fullmatch(record["hash"])
        assert all(type(value) in (str, int, bool) for value in record.values())


def test_server_started(governed: Governed, app: App) -> None:
    (started,) = since(app, 0, kind="ServerStarted")
    program = (governed.folder.parent / "app.kanvas").read_bytes()
    fields = own(started)
    assert DIGEST.fullmatch(fields.pop("policy"))
    assert fields == {
        "app": "app",
        "program": hashlib.sha256(program).hexdigest(),
        "runtime": VERSION,
        "python": platform.python_version(),
        "mode": "live",
    }


def test_a_run_that_does_everything(governed: Governed, app: App) -> None:
    before = seq(app)
    assert talk(app, {"message": "hi"}, pushes=1)["status"] == 200
    found = since(app, before)
    (access,) = (each for each in found if each["kind"] == "SurfaceAccess")
    run = {"machine": "desk", "run": access["run"]}
    assert UUID7.fullmatch(access["run"])
    given = {"host": governed.upstream.host.origin, "message": "hi"}
    opened = {"surface": "websocket", "path": "/ws/desk", "connection": access["connection"]}
    assert UUID7.fullmatch(access["connection"])
    steps = [
        ("judged", {"target": "anthropic", "model": "claude-haiku-4-5"}),
        ("told", {"target": governed.upstream.host.origin}),
        ("counted", {"target": "clerk"}),
        ("kept", {"target": "memory"}),
    ]
    used = {"attempts": 1, "tokens_in": 11, "tokens_out": 7, "cost": 46}
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("ConnectionOpened", {"machine": "desk", **opened}),
        ("RunStarted", {**run, "input_digest": digest(app, given)}),
    ]
    for step, facts in steps:
        wanted.append(("StepRun", {**run, "step": step, "phase": "begin", **facts}))
        end = {**run, "step": step, "phase": "end", "outcome": "ok", **facts}
        wanted.append(("StepRun", {**end, **(used if step == "judged" else {})}))
    digests = {"input_digest": digest(app, given), "output_digest": access["output_digest"]}
    wanted.append(("SurfaceAccess", {**run, **opened, "outcome": "ok", **digests}))
    end = {"close_code": 1000, "reason": "", "messages": 1, "pushes": 1}
    wanted.append(("ConnectionClosed", {"machine": "desk", **opened, **end}))
    told = [(each["kind"], own(each)) for each in found]
    for kind, fields in told:
        timed = kind == "SurfaceAccess" or fields.get("phase") == "end"
        assert ("duration_us" in fields) == timed
        assert not timed or fields.pop("duration_us") >= 0
        assert "trace" not in fields
        assert "principal" not in fields
    assert told == wanted


def test_a_step_that_failed(governed: Governed, app: App) -> None:
    before = seq(app)
    provider = governed.upstream.provider
    usual = provider.script
    provider.script = (failing(500), answering({"tone": 1}), answering({"tone": 2}))
    provider.requests.clear()
    try:
        assert talk(app, {"message": "hi"})["error"]["code"] == "provider_error"
    finally:
        provider.script = usual
    (end,) = since(app, before, kind="StepRun", phase="end")
    assert (end["outcome"], end["attempts"]) == ("invalid_output", 3)
    assert (end["tokens_in"], end["tokens_out"], end["cost"]) == (22, 14, 92)
    (access,) = since(app, before, kind="SurfaceAccess")
    assert (access["outcome"], access["machine"]) == ("provider_error", "desk")
    assert "output_digest" not in access


def test_a_decision(app: App) -> None:
    before = seq(app)
    talk(app, {"message": "hi", "host": "http://127.0.0.1:1"})
    (decision,) = since(app, before, kind="Decision")
    assert own(decision) == {
        "machine": "desk",
        "run": decision["run"],
        "capability": "http",
        "step": "told",
        "target": "http://127.0.0.1:1",
        "verdict": "denied",
        "arguments_digest": decision["arguments_digest"],
    }
    assert DIGEST.fullmatch(decision["arguments_digest"])
    (access,) = since(app, before, kind="SurfaceAccess")
    assert (access["run"], access["outcome"]) == (decision["run"], "denied")


@pytest.mark.parametrize(
    ("message", "tone", "guard", "action", "outcome"),
    [
        ("rude", "warm", "polite", "block", "guard_failed"),
        ("hi", "long", "short", "record", "ok"),
    ],
)
def test_a_guard(
    governed: Governed,
    app: App,
    message: str,
    tone: str,
    guard: str,
    action: str,
    outcome: str,
) -> None:
    before = seq(app)
    provider = governed.upstream.provider
    usual, provider.script = provider.script, (answering({"tone": tone}),)
    try:
        talk(app, {"message": message}, pushes=1 if outcome == "ok" else 0)
    finally:
        provider.script = usual
    verdicts = since(app, before, kind="GuardVerdict")
    (access,) = since(app, before, kind="SurfaceAccess")
    assert access["outcome"] == outcome
    assert len(verdicts) == (2 if outcome == "ok" else 1), "what is pushed is an output, too"
    for verdict in verdicts:
        assert own(verdict) == {
            "machine": "desk",
            "run": access["run"],
            "guard": guard,
            "action": action,
        }


# --- refused on every surface


def refused(app: App, url: str, body: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(app.page(url), body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def handshake(app: App, path: str, **headers: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        app.connect(path, additional_headers=headers)
    return caught.value.response.status_code


REFUSED: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "a socket that is not there": (
        lambda app: handshake(app, "/ws/nowhere"),
        404,
        {"surface": "websocket", "outcome": "not_found"},
    ),
    "a page of elsewhere": (
        lambda app: handshake(app, "/ws/desk", Origin="https://evil.test"),
        403,
        {"surface": "websocket", "path": "/ws/desk", "outcome": "origin_refused"},
    ),
    "nobody, where a key is asked for": (
        lambda app: handshake(app, "/ws/keyed"),
        401,
        {"surface": "websocket", "path": "/ws/keyed", "outcome": "unauthenticated"},
    ),
    "another host": (
        lambda app: refused(app, "/desk", Host="evil.test"),
        421,
        {"surface": "page", "path": "/desk", "outcome": "origin_refused"},
    ),
    "a form of elsewhere": (
        lambda app: refused(app, "/desk", b"{}", Origin="https://evil.test"),
        403,
        {"surface": "page", "path": "/desk", "outcome": "origin_refused"},
    ),
    "a form that does not fit": (
        lambda app: refused(app, "/desk", b'{"message": 1}', **own_origin(app)),
        422,
        {"surface": "page", "path": "/desk", "outcome": "invalid_input", "machine": "desk"},
    ),
    "metrics for another site": (
        lambda app: refused(app, "/metrics", Origin="https://evil.test"),
        403,
        {"surface": "metrics", "path": "/metrics", "outcome": "origin_refused"},
    ),
}


def own_origin(app: App) -> dict[str, str]:
    return {"Content-Type": "application/json", "Origin": app.page("").rstrip("/")}


@pytest.mark.parametrize("who", REFUSED)
def test_who_is_refused_is_recorded(app: App, who: str) -> None:
    provoke, status, wanted = REFUSED[who]
    before = seq(app)
    assert provoke(app) == status
    (access,) = since(app, before)
    fields = own(access)
    assert fields.pop("duration_us") >= 0
    assert access["kind"] == "SurfaceAccess"
    assert fields == wanted


def test_a_message_that_is_refused_is_recorded(app: App) -> None:
    before = seq(app)
    messages = ("nonsense", b"binary", "[]", '{"massage": 1}', '{"message": 1}', '{"subscribe": 1}')
    with app.connect("/ws/desk") as socket:
        told = [ask(socket, message)["error"]["code"] for message in messages]
    closed(app)
    assert told == [
        "invalid_json",
        "invalid_frame",
        "invalid_frame",
        "unknown_field",
        "invalid_input",
        "invalid_input",
    ]
    found = since(app, before, kind="SurfaceAccess")
    assert [each["outcome"] for each in found] == told
    for each in found:
        assert own(each).keys() == {
            "surface",
            "path",
            "connection",
            "machine",
            "outcome",
            "duration_us",
        }


def test_the_page_of_the_documentation_names_every_kind_and_field(app: App) -> None:
    page = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    for record in records(app.data):
        assert record.keys() | {record["kind"]} <= named, record


# --- a segment, and a clock that is set back


def test_a_day_is_sealed_and_a_clock_that_goes_back_breaks_nothing(
    governed: Governed, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    noon = 43_200 - time.time() % 86_400

    def set_to(hours: float) -> None:
        """So long after this day's noon, whatever the time is now."""
        new = tmp_path / "clock~"
        new.write_text(str(noon + hours * 3600))
        new.replace(clock)

    set_to(0)
    script = Path(__file__).parent / "at_another_time.py"
    command = [sys.executable, str(script), str(clock), "--port", "0", "--simulate"]
    data = tmp_path / "data"
    environment = {"PYTHONPATH": str(ROOT)}
    answers = []
    with (
        App(governed.folder, data, command=command, **environment) as app,
        app.connect("/ws/desk") as socket,
    ):
        for hours in (0, 24, -24, -1, 25):
            set_to(hours)
            ask(socket, {"message": "hi"})
            answers.append(json.loads(socket.recv(timeout=60))["status"])
    assert answers == [200] * 5
    found = records(data)
    assert found[0]["mode"] == "simulated"
    assert all(each["simulated"] is True for each in found)
    (seal,) = (each for each in found if each["kind"] == "SegmentSealed")
    before = found[seal["seq"] - 2]
    assert own(seal) == {"count": before["seq"], "head": before["hash"], "simulated": True}
    moments = [each["at"] for each in found]
    assert moments != sorted(moments), "the clock that is set back shows"
    runs = list(dict.fromkeys(each["run"] for each in found if "run" in each))
    assert runs == sorted(runs), "ids go on"
    done = verify(data)
    assert done.returncode == 0, done.stdout
