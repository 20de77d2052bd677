"""Who is refused again and again is counted by itself, and takes nobody else's place."""

from __future__ import annotations

import asyncio
import http.client
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from kanvas_runtime import engine
from kanvas_runtime.ledger import refusals
from kanvas_runtime.pages.submission import LARGEST

from tests.auth.surfaces import running
from tests.runtime.serving import Served, records

ONE, OTHER = "127.0.0.1", "127.0.0.2"
BEYOND = 3


def refused(served: Served, path: str, client: str, body: str) -> str:
    """The code of a request from this address."""
    origin = f"http://127.0.0.1:{served.port}"
    headers = {"Content-Type": "application/json", "Origin": origin}
    connection = http.client.HTTPConnection(
        "127.0.0.1", served.port, timeout=60, source_address=(client, 0)
    )
    try:
        connection.request("POST", path, body, headers)
        return str(json.loads(connection.getresponse().read())["error"]["code"])
    finally:
        connection.close()


@pytest.mark.parametrize(("surface", "path"), [("page", "/open"), ("api", "/api/open")])
async def test_a_flood_of_one_client_hides_no_refusal_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surface: str, path: str
) -> None:
    """All of it in one second."""
    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: 100.0))
    asked = [
        *[(ONE, "[]")] * (refusals.SINGLY + BEYOND),
        (OTHER, "[]"),
        (ONE, '{"x":1}'),
    ]
    async with running(tmp_path) as served:
        codes = [await asyncio.to_thread(refused, served, path, *each) for each in asked]
    flood, unknown = codes[0], codes[-1]
    assert codes == [flood] * (len(asked) - 1) + [unknown]
    assert flood != unknown
    found = [
        (each["outcome"], each.get("count"))
        for each in records(tmp_path, "SurfaceAccess")
        if (each["surface"], each["path"]) == (surface, path)
    ]
    singly = [(flood, None)] * (refusals.SINGLY + 1)
    assert found == [*singly, (unknown, None), (flood, BEYOND)]


async def test_what_is_too_large_for_a_page_is_recorded(tmp_path: Path) -> None:
    """One byte more than is read, so that nobody writes to a connection that is closed already."""
    async with running(tmp_path) as served:
        code = await asyncio.to_thread(refused, served, "/open", ONE, "[" * (LARGEST + 1))
    assert code == "too_large"
    found = [
        (each["surface"], each["outcome"])
        for each in records(tmp_path, "SurfaceAccess")
        if each["path"] == "/open"
    ]
    assert found == [("page", "too_large")]
