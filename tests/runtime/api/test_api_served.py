"""Endpoints on a real server: what goes in, what comes out, and what is on the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from kanvas_runtime.errors import STATUS

from tests.runtime.api.app import FRIEND, app, send
from tests.runtime.serving import Served, recorded, records, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(directory: Path) -> AsyncIterator[Served]:
    async with serving(app(directory)) as running:
        yield running


def accesses(directory: Path, path: str) -> list[dict[str, Any]]:
    return [each for each in records(directory, "SurfaceAccess") if each.get("path") == path]


async def test_a_body_goes_in_and_an_output_comes_out(served: Served, directory: Path) -> None:
    reply = await send(served, "POST", "/double", {"n": 21})
    assert (reply.status, reply.body) == (200, {"twice": 42})
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    access = accesses(directory, "/double")[-1]
    assert (access["outcome"], access["surface"], access["machine"]) == ("ok", "api", "double")
    assert access["run"] == reply.headers["kanvas-run"]
    assert {"input_digest", "output_digest"} <= access.keys()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"{", "invalid_json", None),
        (b"", "invalid_json", None),
        (b"\xff\xfe", "invalid_json", None),
        (b"[" * 70 + b"]" * 70, "invalid_json", None),
        (b"[]", "invalid_frame", None),
        (b"7", "invalid_frame", None),
        (b"{}", "invalid_input", "n"),
        (b'{"n": "1"}', "invalid_input", "n"),
        (b'{"n": 1, "m": 2}', "unknown_field", "m"),
    ],
)
async def test_what_does_not_fit_is_refused_as_on_a_socket(
    served: Served, directory: Path, body: bytes, code: str, field: str | None
) -> None:
    reply = await send(served, "POST", "/double", body, Content_Type="application/json")
    assert (reply.status, reply.code) == (STATUS[code], code)
    assert reply.body["error"].get("field") == field
    access = accesses(directory, "/double")[-1]
    assert access["outcome"] == code
    assert "run" not in access


async def test_a_failure_names_its_step_and_its_run(served: Served, directory: Path) -> None:
    reply = await send(served, "POST", "/fail")
    error = reply.body["error"]
    assert (reply.status, error["code"], error["step"]) == (502, "step_failed", "pay")
    assert error["run"] == reply.headers["kanvas-run"] == accesses(directory, "/fail")[-1]["run"]
    broken = await send(served, "POST", "/break")
    assert (broken.status, broken.code) == (500, "internal")
    assert "ZeroDivision" not in broken.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_a_body_has_to_be_json(served: Served, kind: str) -> None:
    reply = await send(served, "POST", "/double", b'{"n": 1}', Content_Type=kind)
    assert (reply.status, reply.code) == (415, "unsupported_media")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/Cloud+JSON"])
async def test_json_by_other_names(served: Served, kind: str) -> None:
    reply = await send(served, "POST", "/double", b'{"n": 1}', Content_Type=kind)
    assert reply.body == {"twice": 2}


async def test_a_machine_that_accepts_nothing_needs_no_body(served: Served) -> None:
    assert (await send(served, "POST", "/greet")).body == {"name": "hello"}
    assert (await send(served, "POST", "/greet", {})).body == {"name": "hello"}
    assert (await send(served, "POST", "/greet", {"a": 1})).code == "unknown_field"


async def test_a_body_that_is_too_large(served: Served) -> None:
    large = b'{"n": 1' + b" " * 100 + b"}"
    reply = await send(served, "POST", "/small", large, Content_Type="application/json")
    assert (reply.status, reply.code) == (413, "too_large")
    query = await send(served, "GET", "/things/a?words=" + "x" * 3000)
    assert (query.status, query.code) == (413, "too_large")


async def test_a_body_that_comes_in_parts_is_counted_too(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    head = "POST /small HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(8):
        writer.write(b"a\r\n          \r\n")
    await writer.drain()
    assert (await reader.readline()).split()[1] == b"413"
    writer.close()


async def test_what_the_paths_and_queries_of_every_kind_stand_for(served: Served) -> None:
    given = (
        "whole=-7&half=2.50&exact=12.3400&yes=true&key=8c5a4a2e-6c1f-4a3e-9d55-000000000001"
        "&day=2026-02-28&color=red&words=a%20b&words=&numbers=1&numbers=2"
        "&part=%7B%22size%22%3A3%7D&anything=%5B1%2Cnull%5D"
    )
    reply = await send(served, "GET", f"/things/a%2Fb%20%C3%A9?{given}")
    assert reply.body == {
        "id": "a/b é",
        "whole": -7,
        "half": 2.5,
        "exact": "12.3400",
        "yes": True,
        "key": "8c5a4a2e-6c1f-4a3e-9d55-000000000001",
        "day": "2026-02-28",
        "color": "red",
        "words": ["a b", ""],
        "numbers": [1, 2],
        "part": {"size": 3},
        "anything": [1, None],
    }


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("whole=seven", "invalid_input", "whole"),
        ("whole=", "invalid_input", "whole"),
        ("whole=1&whole=2", "invalid_input", "whole"),
        ("whole=1.5", "invalid_input", "whole"),
        ("whole=007", "invalid_input", "whole"),
        ("half=NaN", "invalid_input", "half"),
        ("half=1e999", "invalid_input", "half"),
        ("yes=1", "invalid_input", "yes"),
        ("day=28.2.2026", "invalid_input", "day"),
        ("color=green", "invalid_input", "color"),
        ("numbers=1&numbers=x", "invalid_input", "numbers[1]"),
        ("part=3", "invalid_input", "part"),
        ("part=%7B", "invalid_json", "part"),
        ("part=%7B%22size%22%3A%22x%22%7D", "invalid_input", "part.size"),
        ("wohle=1", "unknown_field", "wohle"),
        ("id=b", "unknown_field", "id"),
        ("whole=%FF", "invalid_frame", None),
    ],
)
async def test_what_no_query_may_say(
    served: Served, query: str, code: str, field: str | None
) -> None:
    reply = await send(served, "GET", f"/things/a?{query}")
    assert (reply.status, reply.code) == (STATUS[code], code)
    assert reply.body["error"].get("field") == field


async def test_path_and_body_make_one_input(served: Served) -> None:
    assert (await send(served, "PUT", "/things/7", {"whole": 1})).body["id"] == "7"
    twice = await send(served, "PUT", "/things/7", {"id": "8"})
    assert (twice.code, twice.body["error"]["field"]) == ("unknown_field", "id")
    query = await send(served, "PUT", "/things/7?whole=1", {})
    assert (query.code, query.body["error"]["field"]) == ("unknown_field", "whole")
    assert (await send(served, "PUT", "/things/7", [])).code == "invalid_frame"
    assert (await send(served, "PUT", "/things/7")).code == "unsupported_media"


async def test_a_word_of_a_path_comes_before_a_field(served: Served) -> None:
    assert (await send(served, "GET", "/things/new")).body == {"name": "hello"}
    assert (await send(served, "GET", "/things/newer")).body["id"] == "newer"


@pytest.mark.parametrize("path", ["/things", "/things/", "/things/a/b", "/things/%FF", "/nowhere"])
async def test_an_unknown_path(served: Served, path: str) -> None:
    reply = await send(served, "GET", path)
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "DELETE", "HEAD", "TRACE"])
async def test_an_unknown_method_is_told_the_known_ones(served: Served, method: str) -> None:
    reply = await send(served, method, "/things/a")
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, PUT, OPTIONS"
    assert method == "HEAD" or reply.code == "method_not_allowed"


async def test_who_asks_too_often_is_told_to_wait(served: Served) -> None:
    replies = [await send(served, "POST", "/slow", {"n": 1}) for _ in range(8)]
    limited = [reply for reply in replies if reply.status == 429]
    assert limited
    assert limited[0].code == "rate_limited"
    assert int(limited[0].headers["retry-after"]) >= 1


async def test_a_key_is_answered_once(served: Served, directory: Path) -> None:
    first = await send(served, "POST", "/double", {"n": 4}, Idempotency_Key="k")
    again = await send(served, "POST", "/double", {"n": 4}, Idempotency_Key="k")
    assert first.body == again.body == {"twice": 8}
    assert first.headers["kanvas-run"] == again.headers["kanvas-run"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert accesses(directory, "/double")[-1]["replayed"] is True
    other = await send(served, "POST", "/double", {"n": 5}, Idempotency_Key="k")
    assert (other.status, other.code) == (409, "conflict")
    failed = [await send(served, "POST", "/fail", Idempotency_Key="k") for _ in range(2)]
    assert failed[0].body == failed[1].body
    for key in ("", "x" * 300):
        refused = await send(served, "POST", "/double", {"n": 4}, Idempotency_Key=key)
        assert refused.code == "invalid_input"


async def test_the_same_key_at_the_same_time_runs_once(served: Served, directory: Path) -> None:
    asked = {"seconds": 0.2, "name": "one"}
    work = [send(served, "POST", "/nap", asked, Idempotency_Key="nap") for _ in range(3)]
    replies = await asyncio.gather(*work)
    assert len({reply.headers["kanvas-run"] for reply in replies}) == 1
    assert len([r for r in records(directory, "SurfaceAccess") if r.get("replayed")]) >= 2


async def test_pages_of_named_origins_may_call(served: Served) -> None:
    asked = await send(
        served, "OPTIONS", "/double", Origin=FRIEND, Access_Control_Request_Method="POST"
    )
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == FRIEND
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    reply = await send(served, "POST", "/double", {"n": 1}, Origin=FRIEND)
    assert reply.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in reply.headers
    refused = await send(served, "POST", "/double", {"m": 1}, Origin=FRIEND)
    assert refused.headers["access-control-allow-origin"] == FRIEND
    assert refused.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_pages_of_other_origins_may_not(served: Served, directory: Path, origin: str) -> None:
    reply = await send(served, "POST", "/double", {"n": 1}, Origin=origin)
    assert (reply.status, reply.code) == (403, "origin_refused")
    assert "access-control-allow-origin" not in reply.headers
    asked = await send(
        served, "OPTIONS", "/double", Origin=origin, Access_Control_Request_Method="POST"
    )
    assert "access-control-allow-origin" not in asked.headers
    refused = [r for r in accesses(directory, "/double") if r["outcome"] == "origin_refused"]
    assert refused[-1]["surface"] == "api"


async def test_a_page_cannot_make_a_browser_run_something_by_an_image(served: Served) -> None:
    """Such a request names no origin, but browsers say that another site had it sent."""
    reply = await send(served, "GET", "/things/a", Sec_Fetch_Site="cross-site")
    assert (reply.status, reply.code) == (403, "origin_refused")
    for site in ("same-origin", "none"):
        assert (await send(served, "GET", "/things/a", Sec_Fetch_Site=site)).status == 200
    assert (await send(served, "GET", "/open?n=1", Sec_Fetch_Site="cross-site")).status == 200


async def test_a_foreign_host_is_refused(served: Served, directory: Path) -> None:
    reply = await send(served, "GET", "/things/a", Host="rebound.example")
    assert (reply.status, reply.code) == (421, "origin_refused")
    assert accesses(directory, "/things/{id}")[-1]["surface"] == "api"


async def test_what_is_pushed_comes_as_events_and_then_the_result(served: Served) -> None:
    reply = await send(served, "POST", "/count", {"to": 3}, Accept="text/event-stream")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")
    assert reply.events == [
        *(("push", {"at": number}) for number in range(3)),
        ("result", {"at": 3}),
    ]


async def test_a_failure_is_the_last_event(served: Served, directory: Path) -> None:
    asked = {"to": 1, "then": "fail"}
    reply = await send(served, "POST", "/count", asked, Accept="text/event-stream")
    (pushed, (name, body)) = reply.events
    assert (pushed, name) == (("push", {"at": 0}), "error")
    assert body["error"]["code"] == "step_failed"
    assert body["error"]["run"] == accesses(directory, "/count")[-1]["run"]


async def test_what_never_began_has_its_own_status(served: Served) -> None:
    reply = await send(served, "POST", "/count", {"to": "x"}, Accept="text/event-stream")
    assert (reply.status, reply.code) == (422, "invalid_input")


async def open_request(served: Served, path: str, body: object, accept: str) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    text = json.dumps(body)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    )
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
async def test_who_leaves_cancels_the_run(served: Served, directory: Path, accept: str) -> None:
    before = len(records(directory, "SurfaceAccess"))
    started = len(records(directory, "RunStarted"))
    _, writer = await open_request(served, "/count", {"to": 1, "then": "wait"}, accept)
    await recorded(directory, "RunStarted", started + 1)
    writer.close()
    access = (await recorded(directory, "SurfaceAccess", before + 1))[-1]
    assert (access["outcome"], access["path"]) == ("cancelled", "/count")


async def test_requests_that_miss_an_endpoint_are_recorded(served: Served, directory: Path) -> None:
    before = len(records(directory, "SurfaceAccess"))
    for method, path, status in (
        ("DELETE", "/double", 405),
        ("POST", "/double/more", 404),
        ("GET", "/things", 404),
        ("GET", "/things/1/2", 404),
        ("PATCH", "/things/1", 405),
        ("GET", "/doubles", 404),  # at no surface
        ("OPTIONS", "/double", 204),  # no refusal
        ("PUT", "/mcp", 405),
    ):
        assert (await send(served, method, path)).status == status
    found = records(directory, "SurfaceAccess")[before:]
    assert [(r["surface"], r["path"], r["outcome"]) for r in found] == [
        ("api", "/double", "method_not_allowed"),
        ("api", "/double", "not_found"),
        ("api", "/things/{id}", "not_found"),
        ("api", "/things/{id}", "not_found"),
        ("api", "/things/{id}", "method_not_allowed"),
        ("mcp", "/mcp", "method_not_allowed"),
    ]


async def test_a_flood_beside_an_endpoint_is_counted(served: Served, directory: Path) -> None:
    for number in range(30):
        assert (await send(served, "GET", f"/small/{number}")).status == 404
    total = 0
    while total < 30:  # those beyond ten a second come with the next count
        found = [r for r in accesses(directory, "/small") if r["outcome"] == "not_found"]
        total = sum(r.get("count", 1) for r in found)
        await asyncio.sleep(0.02)
    assert total == 30
    assert {r["surface"] for r in found} == {"api"}


async def test_a_request_that_breaks_off_in_its_body_is_none(
    served: Served, directory: Path
) -> None:
    before = len(records(directory, "SurfaceAccess"))
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(
        b"POST /double HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 50\r\n\r\n{"n":'
    )
    await writer.drain()
    writer.close()
    assert (await send(served, "POST", "/double", {"n": 1})).status == 200
    assert len(records(directory, "SurfaceAccess")) == before + 1
