"""Planted secrets in a whole app: they reach the servers that they are meant for, and nothing else
that is written or sent."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.e2e.apps import App, ask, build, kanvasc, records, verify
from tests.fake_provider import FakeProvider, answering
from tests.fake_provider import Request as Asked
from tests.runtime.outside.servers import Came, Server

KEY = 'canary-"key"/0123456789'
PIN = "canary-pin-987654321"
NUMBER = "canary-4111-1111-1111"
CANARIES = (KEY, PIN, NUMBER)

PROGRAM = """type card
  holder as text is required
  number as text is required is secret, min_length: 8

machine login
  accepts
    pin as text is required is secret
  responds with
    session as text is secret
  ensures
    permissions
      allowed to
        http "{origin}"
    needs
      partner_key: required
  implements
    action opened http
      method: "POST"
      url: "{origin}/login"
      headers: {authorization: "Bearer ${JSON.stringify(secrets.partner_key)}"}
      body: {key: secrets.partner_key, pin: input.pin}
      returns
        session as text is required is secret
    compute answer
      {session: steps.opened.body.session}

machine partner
  accepts
    order as text is required
    pin as text is required is secret, min_length: 8
    card as card
  responds with
    status as integer
    echo as any
    verdict as text
    failed as text
    kept as any
  ensures
    permissions
      allowed to
        http "{origin}", reason, memory, call "login"
    needs
      partner_key: required
  implements
    state
      last as any
    publishes
      "partner.asked"
    ask entered, from: "login"
      pin: input.pin
    action fetched http
      method: "POST"
      url: "{origin}/${input.order}/${secrets.partner_key}?pin=${input.pin}"
      headers: {authorization: "Bearer ${steps.entered.session}", "x-pin": input.pin}
      body: {key: secrets.partner_key, card: input.card}
    set state.last = steps.fetched.body
    publish "partner.asked" {answer: steps.fetched.body}
    remember noted
      content: JSON.stringify(steps.fetched.body)
    retry shaped, max: 1
      action strict http
        method: "PUT"
        url: "{origin}/strict"
        headers: {"x-pin": input.pin}
        body: {key: secrets.partner_key}
        returns
          count as integer is required
      {message: "none"}
      on failure
        {message: "${error.message} ${error.details}"}
    ask judged, using: "anthropic:claude-haiku-4-5"
      with task "Judge ${input.order} ${input.pin}"
      returns
        verdict as text
    push {status: 0, echo: null, verdict: "soon", failed: "", kept: steps.fetched.headers}
    compute answer
      {
        status: steps.fetched.status,
        echo: steps.fetched.body,
        verdict: steps.judged.verdict,
        failed: steps.shaped.message,
        kept: state.last
      }
  expresses
    websocket
      path: "/ws/partner"
      on: "partner.asked"
    page
      path: "/partner"
    api
      path: "/api/partner"
"""


async def echo(came: Came, writer: asyncio.StreamWriter) -> None:
    """Says all that it was told; in the form that the request asks for by its path."""
    status = "500 Internal Server Error" if "/broken/" in came.line else "200 OK"
    said: Any = {"line": came.line, "headers": came.headers, "body": json.loads(came.body)}
    if "/login" in came.line:
        said = {"session": f"session of {said['body']['key']}"}
    body = json.dumps(said).encode()
    if "/half/" in came.line:
        body = body[:-5]
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    if "/cut/" in came.line:
        headers["content-length"] = "100000"
    if "/packed/" in came.line:
        headers["content-encoding"] = came.headers["x-pin"]
    headers["x-echo"] = came.headers.get("x-pin", "")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)
    await writer.drain()


async def model(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Fails by repeating what it was asked, if the message says so."""
    if "judge-fails" not in json.dumps(asked.body):
        await answering({"verdict": "fine"})(asked, writer)
        return
    said = json.dumps({"type": "error", "error": {"type": "invalid", "message": str(asked.body)}})
    head = f"HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: {len(said)}"
    writer.write(f"{head}\r\nconnection: close\r\n\r\n{said}".encode())
    await writer.drain()


def given(id_: str, **more: object) -> dict[str, object]:
    return {"order": id_, "pin": PIN, "card": {"holder": "Ann", "number": NUMBER}, **more}


MESSAGES = [
    given("plain"),
    given("broken"),
    given("half"),
    given("cut"),
    given("packed"),
    given("judge-fails"),
    given("crash"),
    given("plain", pin=[PIN]),
    given("plain", pin=PIN[:2]),
    given("plain", card={"holder": "Ann", "number": {NUMBER: 1}}),
    given("plain", card={"holder": "Ann", "number": NUMBER, "extra": NUMBER}),
    {"subscribe": given("plain")},
    {"subscribe": given("broken")},
    {"unsubscribe": given("plain")},
    {"subscribe": given("plain", pin=1)},
]


def talk(folder: Path, data: Path, url: str, secrets: Path) -> tuple[list[str], str]:
    """All that came back, and the log."""
    told: list[str] = []
    environment = {
        "KANVAS_SECRETS_FILE": str(secrets),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "test",
        "PYTHONASYNCIODEBUG": "1",
        "KANVAS_LEDGER_PAYLOADS": "full",
    }
    with App(folder, data, **environment) as app:
        with app.connect("/ws/partner") as socket:
            for message in MESSAGES:
                told.append(json.dumps(ask(socket, message)))
            told += drained(socket)
        with app.connect("/ws/partner", subprotocols=["kanvas.v1"]) as socket:
            told.append(str(socket.recv(timeout=60)))
            for number, message in enumerate(
                (given("plain"), given("crash"), given("plain", pin=1))
            ):
                socket.send(json.dumps({"op": "run", "id": f"n{number}", "input": message}))
                told.append(str(socket.recv(timeout=60)))
            told += drained(socket)
        told += pages(app)
        log = app.log
    return told, log


def drained(socket: Any) -> list[str]:
    """What else has come."""
    found = []
    try:
        while True:
            found.append(str(socket.recv(timeout=0.5)))
    except TimeoutError:
        return found


def pages(app: App) -> list[str]:
    told = []
    for id_, pin in (("plain", PIN), ("broken", PIN), ("crash", PIN), ("plain", PIN[:3])):
        form = {"order": id_, "pin": pin, "card.holder": "Ann", "card.number": NUMBER}
        told.append(fetch(app, urlencode(form).encode(), "application/x-www-form-urlencoded"))
        told.append(fetch(app, json.dumps(given(id_, pin=pin)).encode(), "application/json"))
        body = json.dumps(given(id_, pin=pin)).encode()
        told.append(fetch(app, body, "application/json", "/api/partner"))
    told.append(fetch(app, None, ""))
    return told


def fetch(app: App, body: bytes | None, kind: str, path: str = "/partner") -> str:
    url = app.page(path)
    headers = {"Content-Type": kind, "Origin": app.page("")} if body is not None else {}
    if kind == "application/json":
        headers["Accept"] = kind
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def forms(secret: str) -> set[str]:
    """As it may be written somewhere."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }


def found(text: str) -> list[str]:
    return [form for secret in CANARIES for form in forms(secret) if form in text]


async def test_no_secret_is_written_or_sent_but_to_whom_it_is_meant_for(tmp_path: Path) -> None:
    secrets, data = tmp_path / "secrets.json", tmp_path / "data"
    secrets.write_text(json.dumps({"partner_key": KEY}))
    secrets.chmod(0o600)
    async with Server(echo) as server, FakeProvider(model) as provider:
        text = PROGRAM.replace("{origin}", server.origin)
        folder = await asyncio.to_thread(build, text, tmp_path / "app")
        crashing(folder / "machines" / "partner.py")
        told, log = await asyncio.to_thread(talk, folder, data, provider.url, secrets)
    answers = [answer for answer in told if '"verdict":"fine"' in answer.replace(" ", "")]
    assert len(answers) >= 4, "the conversation went wrong"
    sent = "".join(f"{came.line}{came.headers}{came.body!r}" for came in server.came)
    assert PIN in sent
    assert NUMBER in sent
    assert "session of canary" in sent
    assert PIN in json.dumps([asked.body for asked in provider.requests])
    codes = [json.loads(one)["error"]["code"] for one in told if one.startswith('{"error"')]
    assert {"step_failed", "provider_error", "internal", "invalid_input"} <= set(codes)
    assert "[secret]" in "".join(told)
    assert "internal" in "".join(codes)
    assert "RuntimeError" in log, "the fault is in the log"
    everything = "\n".join(told) + log
    assert found(everything) == []
    kept = {path: path.read_bytes().decode("latin-1") for path in data.rglob("*") if path.is_file()}
    assert {path.name for path in kept} >= {"ledger.db", "memory.db"}
    for path, content in kept.items():
        assert found(content) == [], path
    assert any(record["kind"] == "RunStarted" for record in records(data))
    assert verify(data).returncode == 0


def crashing(module: Path) -> None:
    """A fault in the machine, whose exception says all that it knows."""
    lines = module.read_text(encoding="utf-8").splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("async def run("))
    told = 'RuntimeError(run.secret("partner_key"), input_.pin, repr(input_.card))'
    lines[head + 1 : head + 1] = ['    if input_.order == "crash":', f"        raise {told}"]
    module.write_text("\n".join(lines) + "\n", encoding="utf-8")


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """An app that is not to start."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC", "KANVAS"))}
    command = [sys.executable, "app.py", "--port", "0", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = PROGRAM.replace("{origin}", "https://api.example.com")
    return build(text, tmp_path_factory.mktemp("needing") / "app")


def test_an_app_does_not_start_without_its_secrets(folder: Path, tmp_path: Path) -> None:
    data = {"KANVAS_DATA_DIR": str(tmp_path / "data"), "ANTHROPIC_API_KEY": "x"}
    done = start(folder, **data)
    assert done.returncode == 2
    assert done.stderr.startswith("a secret is missing (partner_key, for ")
    assert "KANVAS_SECRET_PARTNER_KEY" in done.stderr
    assert "KANVAS_SECRET_PARTNER_KEY" in (folder / "README.md").read_text(encoding="utf-8")
    short = start(folder, **data, KANVAS_SECRET_PARTNER_KEY="abcdefg")
    assert short.returncode == 2
    assert "abcdefg" not in short.stderr


def test_a_simulated_app_needs_no_secrets(folder: Path, tmp_path: Path) -> None:
    with (
        App(folder, tmp_path / "data", "--simulate") as app,
        app.connect("/ws/partner") as socket,
    ):
        answer = ask(socket, given("plain"))
    assert answer["error"]["message"].startswith("opened has no `assuming`")


def test_a_tested_program_has_placeholders(tmp_path: Path) -> None:
    program = tmp_path / "app.kanvas"
    program.write_text(TESTED, encoding="utf-8")
    done = kanvasc("test", str(program))
    assert done.returncode == 0, done.stdout


TESTED = """machine m
  accepts
    pin as text is required is secret
  responds with
    status as integer
  ensures
    permissions
      allowed to
        http "api.example.com"
    needs
      key: required
  implements
    action sent http
      url: "https://api.example.com/${input.pin}"
      headers: {authorization: "Bearer ${secrets.key}"}
    compute answer
      {status: steps.sent.status}
  verifies
    test "sent"
      given {pin: "12345678"}
      assuming sent {status: 201}
      expect {status: 201}
"""
