"""What is added while a program is written: to whom it answers, and which answers it changes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from kanvas_runtime.dev.app import DevApp
from kanvas_runtime.dev.messages import Lines, line
from kanvas_runtime.dev.news import News
from kanvas_runtime.dev.overlay import WithOverlay, script
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def request(path: str, client: str = "127.0.0.1", **headers: str) -> Scope:
    named = {"host": "127.0.0.1:9000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "client": (client, 50000),
        "server": ("127.0.0.1", 9000),
    }


def answer(app: ASGIApp, scope: Scope) -> tuple[int, dict[str, str], bytes]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start = sent[0]
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])


def answering(response: Response) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    return app


def test_a_page_gets_the_overlay_at_its_end() -> None:
    app = WithOverlay(answering(HTMLResponse("<body><p>é</p></body>\n</html>")), "7")
    status, headers, body = answer(app, request("/"))
    assert status == 200
    assert body == "<body><p>é</p>".encode() + script(b"", "7") + b"</body>\n</html>"
    assert headers["content-length"] == str(len(body))


def test_it_loads_under_the_page_s_own_policy() -> None:
    policy = {"content-security-policy": "script-src 'nonce-abc_-1='; style-src 'self'"}
    _, _, body = answer(WithOverlay(answering(HTMLResponse("", headers=policy)), "7"), request("/"))
    assert b' nonce="abc_-1="' in body


def test_a_page_without_an_end_gets_it_too() -> None:
    _, _, body = answer(WithOverlay(answering(HTMLResponse("<p>")), "7"), request("/"))
    assert body == b"<p>" + script(b"", "7")


@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"text": "</body>"}),
        PlainTextResponse("</body>"),
        HTMLResponse(b"\x1f\x8b", headers={"content-encoding": "gzip"}),
    ],
)
def test_what_is_no_readable_page_stays(response: Response) -> None:
    _, headers, body = answer(WithOverlay(answering(response), "7"), request("/"))
    assert body == bytes(response.body)
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (request("/_kanvas/dev/static/overlay.js"), 200),
        (request("/_kanvas/dev/static/overlay.js", client="::1"), 200),
        (request("/_kanvas/dev/static/overlay.js", client="192.0.2.7"), 403),
        (request("/_kanvas/dev/static/overlay.js", x_forwarded_for="192.0.2.7"), 403),
        (request("/_kanvas/dev/static/overlay.js", host="evil.example"), 421),
        (request("/_kanvas/play", client="192.0.2.7"), 403),
        (request("/_kanvas/dev/static/../app.py"), 404),
        (request("/_kanvas/dev/static/play.html"), 404),
        (request("/_kanvas/dev/"), 404),
        ({**request("/_kanvas/play"), "method": "POST"}, 405),
    ],
)
def test_it_is_for_a_browser_on_this_machine(scope: Scope, status: int) -> None:
    got, _, body = answer(DevApp(None, News("1", None)), scope)
    assert got == status
    assert status == 200 or json.loads(body)["error"]["code"]


def test_messages_come_whole_however_they_are_cut() -> None:
    said: list[dict[str, Any]] = []
    lines = Lines()
    whole = line("problems", text="ü\n") + line("ready")
    for byte in whole:
        said += lines.feed(bytes([byte]))
    assert said == [{"do": "problems", "text": "ü\n"}, {"do": "ready"}]
