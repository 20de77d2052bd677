"""`traceparent` on every way in: recorded, and passed on to whatever a run asks."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.trace import Trace, taken
from websockets.exceptions import InvalidStatus

from tests.e2e.apps import App, ask, records
from tests.governed.conftest import Governed

ID, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{ID}-{PARENT}-01"


@pytest.fixture(scope="module")
def app(governed: Governed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with governed.app(tmp_path_factory.mktemp("trace")) as app:
        yield app


def newest(app: App, **fields: Any) -> list[dict[str, Any]]:
    """The records since the last start of something that has these fields."""
    found = records(app.data)
    return [each for each in found if fields.items() <= each.items()]


def posted(app: App, path: str, body: object, headers: Mapping[str, str]) -> int:
    own = app.page("").rstrip("/")
    given = {"Content-Type": "application/json", "Origin": own, **headers}
    request = urllib.request.Request(app.page(path), json.dumps(body).encode(), given)
    with urllib.request.urlopen(request) as answer:
        answer.read()
        return int(answer.status)


def test_a_sockets_trace_is_recorded_and_passed_on(governed: Governed, app: App) -> None:
    headers = {"traceparent": GOOD}
    with app.connect("/ws/desk", additional_headers=headers) as socket:
        ask(socket, {"message": "traced"})
        assert json.loads(socket.recv(timeout=60))["status"] == 200
        found = newest(app, trace=ID)
    kinds = {each["kind"] for each in found}
    assert kinds >= {"ConnectionOpened", "RunStarted", "StepRun", "SurfaceAccess"}
    for came in (governed.upstream.host.came[-1], governed.upstream.provider.requests[-1]):
        version, id_, parent, flags = came.headers["traceparent"].split("-")
        assert (version, id_, flags) == ("00", ID, "01")
        assert parent not in (PARENT, "0" * 16)


def test_a_pages_trace_is_recorded_and_passed_on(governed: Governed, app: App) -> None:
    other = ID[::-1]
    headers = {"traceparent": f"00-{other}-{PARENT}-00"}
    assert posted(app, "/desk", {"message": "traced"}, headers) == 200
    (access,) = newest(app, trace=other, kind="SurfaceAccess")
    assert access["surface"] == "page"
    passed = governed.upstream.host.came[-1].headers["traceparent"]
    assert passed.startswith(f"00-{other}-")
    assert passed.endswith("-00")


def test_a_refused_handshake_has_its_trace(app: App) -> None:
    id_ = "c" * 32
    headers = {"traceparent": f"00-{id_}-{PARENT}-01"}
    with pytest.raises(InvalidStatus):
        app.connect("/ws/keyed", additional_headers=headers)
    (access,) = newest(app, trace=id_)
    assert (access["kind"], access["outcome"]) == ("SurfaceAccess", "unauthenticated")


@pytest.mark.parametrize("wrong", [None, "nonsense", f"00-{'0' * 32}-{PARENT}-01"])
def test_without_a_trace_a_run_begins_its_own(
    governed: Governed, app: App, wrong: str | None
) -> None:
    headers = {} if wrong is None else {"traceparent": wrong}
    assert posted(app, "/desk", {"message": "alone"}, headers) == 200
    access = newest(app, kind="SurfaceAccess")[-1]
    assert "trace" not in access
    own = access["run"].replace("-", "")
    for came in (governed.upstream.host.came[-1], governed.upstream.provider.requests[-1]):
        assert came.headers["traceparent"].split("-")[1] == own


# --- the header


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (GOOD, Trace(ID, True)),
        (f"00-{ID}-{PARENT}-00", Trace(ID, False)),
        (f"00-{ID}-{PARENT}-03", Trace(ID, True)),
        (f" {GOOD}\t", Trace(ID, True)),
        (f"cc-{ID}-{PARENT}-01", Trace(ID, True)),
        (f"cc-{ID}-{PARENT}-01-what-comes-later", Trace(ID, True)),
        (f"ff-{ID}-{PARENT}-01", None),
        (f"{GOOD}-more", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{ID}-{'0' * 16}-01", None),
        (f"00-{ID.upper()}-{PARENT}-01", None),
        (f"00-{ID}-{PARENT}", None),
        (f"00-{ID}-{PARENT}-1", None),
        (f"00-{ID}-{PARENT}-01.", None),
        ("", None),
    ],
)
def test_what_a_header_says(header: str, trace: Trace | None) -> None:
    assert taken([(b"host", b"x"), (b"traceparent", header.encode())]) == trace


def test_two_headers_are_none() -> None:
    assert taken([(b"traceparent", GOOD.encode())] * 2) is None
    assert taken([]) is None


@given(st.binary(max_size=60))
def test_whatever_stands_there_is_a_trace_or_none(header: bytes) -> None:
    found = taken([(b"traceparent", header)])
    assert found is None or len(found.id) == 32


def test_each_request_that_is_sent_is_a_span_of_its_own() -> None:
    trace = Trace(ID, True)
    sent = {trace.onward() for _ in range(10)}
    assert len(sent) == 10
    assert all(taken([(b"traceparent", each.encode())]) == trace for each in sent)
