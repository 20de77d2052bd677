"""Hooks on a real server: what is signed runs once, all else is refused and on the record."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Literal

import pytest
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Machine, WebhookSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service

from tests.runtime.api.app import Reply, send
from tests.runtime.serving import Served, records, service_of, serving
from tests.runtime.sockets import DOUBLE
from tests.runtime.webhooks.test_signatures import SECRET, signed

Sender = Literal["stripe", "github", "slack", "signature"]
SENDERS: tuple[Sender, ...] = ("stripe", "github", "slack", "signature")
FAILURES = ["the bank did not answer"]


class Paid(Record, frozen=True):
    order: Text


def book(input_: Paid, run: Run) -> Paid:
    run.step = "book"
    if input_.order == "later" and FAILURES:
        raise StepFailure("http", FAILURES.pop())
    return input_


BOOK = Machine("book", Paid, Paid, book, source="app.kanvas")


def hooks(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    service = service_of(directory)
    for sender in SENDERS:
        monkeypatch.setenv(f"KANVAS_WEBHOOK_{sender.upper()}_SECRET", SECRET.decode())
        service.webhook(BOOK, WebhookSurface(f"/{sender}", sender, max_message=500))
    return service


async def post(
    served: Served, sender: str, body: object, at: float | None = None, **more: str
) -> Reply:
    """A request that is signed now, or then."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    now = int(time.time() if at is None else at)
    named = {"Content-Type": "application/json"} | signed(sender, text, now) | more
    return await send(served, "POST", f"/{sender}", text, **named)


def outcomes(directory: Path) -> list[Any]:
    return [each["outcome"] for each in records(directory, "SurfaceAccess")]


@pytest.mark.parametrize("sender", SENDERS)
async def test_what_is_signed_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    at = time.time()
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        first = await post(served, sender, {"order": "A-7"}, at)
        assert (first.status, first.body) == (200, {"order": "A-7"})
        again = await post(served, sender, {"order": "A-7"}, at)
        assert (again.status, again.code) == (409, "conflict")
    async with serving(hooks(tmp_path, monkeypatch)) as served:  # it is known after a restart
        assert (await post(served, sender, {"order": "A-7"}, at)).code == "conflict"
        assert (await post(served, sender, {"order": "B-8"}, at)).status == 200
    assert outcomes(tmp_path) == ["ok", "conflict", "conflict", "ok"]
    access = records(tmp_path, "SurfaceAccess")[0]
    assert (access["surface"], access["path"]) == ("webhook", f"/{sender}")
    assert access["principal"] == f"webhook:{sender}"


@pytest.mark.parametrize("sender", SENDERS)
async def test_at_the_same_time_it_runs_once_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    at = time.time()
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        work = [post(served, sender, {"order": "A-7"}, at) for _ in range(4)]
        statuses = sorted(reply.status for reply in await asyncio.gather(*work))
    assert statuses == [200, 409, 409, 409]


async def test_what_failed_may_be_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        replies = [await post(served, "github", {"order": "later"}) for _ in range(3)]
    assert [reply.status for reply in replies] == [502, 200, 409]


@pytest.mark.parametrize("sender", SENDERS)
async def test_what_is_not_signed_never_gets_to_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        bare = await send(served, "POST", f"/{sender}", {"order": "A-7"})
        assert (bare.status, bare.code) == (401, "unauthenticated")
        other = signed(sender, b'{"order": "B-8"}', int(time.time()))
        forged = await send(served, "POST", f"/{sender}", {"order": "A-7"}, **other)
        assert (forged.status, forged.code) == (401, "unauthenticated")
        if sender != "github":
            old = await post(served, sender, {"order": "A-7"}, time.time() - 400)
            assert (old.status, old.code) == (401, "unauthenticated")
        assert (await post(served, sender, b" " * 501)).code == "too_large"
        assert (await send(served, "GET", f"/{sender}")).status == 405
        page = await post(served, sender, {"order": "A-7"}, Origin="https://evil.example")
        assert page.code == "origin_refused"
    told = records(tmp_path, "SurfaceAccess")
    assert "ok" not in {each["outcome"] for each in told}
    assert {each["path"] for each in told} == {f"/{sender}"}
    assert not any("run" in each for each in told)


async def test_providers_send_more_than_a_machine_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"order": "A-7", "livemode": False, "data": {"object": {}}}
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        for sender in ("stripe", "github", "slack"):
            assert (await post(served, sender, more)).body == {"order": "A-7"}
        assert (await post(served, "signature", more)).code == "unknown_field"
        assert (await post(served, "stripe", {"order": 7})).code == "invalid_input"
        assert (await post(served, "stripe", b"[]")).code == "invalid_frame"
        assert (await post(served, "stripe", b"{")).code == "invalid_json"
        form = await post(served, "github", b"a=1", Content_Type="text/plain")
        assert form.code == "unsupported_media"


async def test_what_is_sent_to_set_a_hook_up_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(hooks(tmp_path, monkeypatch)) as served:
        asked = {"type": "url_verification", "challenge": "abc"}
        assert (await post(served, "slack", asked)).body == {"challenge": "abc"}
        ping = await post(served, "github", {"zen": "…"}, X_GitHub_Event="ping")
        assert ping.body == {"pong": True}
        assert (await send(served, "POST", "/slack", asked)).code == "unauthenticated"
    assert [("run" in each) for each in records(tmp_path, "SurfaceAccess")] == [False] * 3


def test_it_does_not_start_without_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KANVAS_WEBHOOK_HOOKS_PAID_SECRET", raising=False)
    service = service_of(tmp_path)
    service.webhook(DOUBLE, WebhookSurface("/hooks/paid", "stripe"))
    problem = service.start_problem()
    assert problem is not None
    assert "KANVAS_WEBHOOK_HOOKS_PAID_SECRET" in problem
    monkeypatch.setenv("KANVAS_WEBHOOK_HOOKS_PAID_SECRET", "x")
    assert service.start_problem() is None
