"""Tokens of an issuer whose keys rotate, on every surface of a running server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.auth import issuer as issuer_keys
from kanvas_runtime.auth.issuer import usable
from kanvas_runtime.auth.oauth import SKEW, missing, oauth_settings
from kanvas_runtime.machine import ToolSurface
from websockets.asyncio.client import connect

from tests.auth.issuers import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    OTHER_RSA,
    RSA,
    SHORT_RSA,
    Issuer,
    forged,
    issuing,
    jwk,
    public_pem,
    say,
    token,
)
from tests.auth.surfaces import AUTHS, FRIEND, Reply, call, come, handshake, outliving, running
from tests.runtime.serving import Served, close_code, recorded, records, service_of
from tests.runtime.sockets import DOUBLE

ANN = f"oauth:{ISSUER}#ann"
PAST = int(time.time()) - 61


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


async def knock(served: Served, text: str) -> Reply:
    return await handshake(served, "/ws/tokens", bearer(text))


def good() -> dict[str, str]:
    """Made when they are needed: a minute later some of them are not good any more."""
    now = int(time.time())
    return {
        "RS256": token(),
        "PS384": token(algorithm="PS384"),
        "ES256": token(EC, "ES256", "curve"),
        "EdDSA": token(ED, "EdDSA", "edwards"),
        "one of several audiences": token(aud=["elsewhere", "other"]),
        "expired within the skew": token(exp=now - 20),
        "not valid for a moment yet": token(nbf=now + 40, iat=now + 40),
        "a blank in the subject": token(sub="Ann Lee"),
    }


def bad() -> dict[str, tuple[str, str]]:
    """Tokens, and words that say what is wrong with them."""
    now = int(time.time())
    return {
        "unsigned": (forged({"alg": "none", "kid": "one"}), "signed in a way"),
        "None": (forged({"alg": "None", "kid": "one"}), "signed in a way"),
        "no algorithm": (forged({"kid": "one"}), "no JSON Web Token|signed in a way"),
        "HMAC with the public key": (
            forged({"alg": "HS256", "kid": "one"}, public_pem(RSA)),
            "signed in a way",
        ),
        "HMAC with the key as it is published": (
            forged({"alg": "HS256", "kid": "one"}, json.dumps(jwk(RSA, "one")).encode()),
            "signed in a way",
        ),
        "RS256 said of HMAC": (
            forged({"alg": "RS256", "kid": "one"}, public_pem(RSA)),
            "signature does not fit",
        ),
        "the algorithm of another key": (
            token(RSA, "RS256", "curve"),
            "the way that its key is for",
        ),
        "a key of its own": (
            token(OTHER_RSA, header={"jwk": jwk(OTHER_RSA, "one")}),
            "signature does not fit",
        ),
        "an address of its own": (
            token(OTHER_RSA, kid="two", header={"jku": "http://127.0.0.1:1/keys"}),
            "does not name",
        ),
        "a key that there is not": (token(OTHER_RSA, kid="two"), "its issuer does not name"),
        "no key named": (token(kid=None), "does not name the key"),
        "a number for a key": (
            forged({"alg": "RS256", "kid": 1}),
            "does not name|no JSON Web Token",
        ),
        "another audience": (token(aud="https://elsewhere.example"), "somebody else"),
        "no audience": (token(without=("aud",)), "lacks one of"),
        "another issuer": (token(iss="https://evil.example/"), "another issuer"),
        "nearly the issuer": (token(iss=ISSUER.rstrip("/")), "another issuer"),
        "no issuer": (token(without=("iss",)), "lacks one of"),
        "expired": (token(exp=now - 61), "expired"),
        "without an end": (token(without=("exp",)), "lacks one of"),
        "an end that is none": (token(exp="soon"), "makes no sense"),
        "not valid yet": (token(nbf=now + 3600), "not valid yet"),
        "made in the future": (token(iat=now + 3600), "not valid yet"),
        "nobody": (token(without=("sub",)), "lacks one of"),
        "an empty subject": (token(sub=""), "no text"),
        "a line break in the subject": (token(sub="ann\nINFO"), "no text"),
        "a long subject": (token(sub="a" * 300), "more than 255"),
        "something critical": (
            token(header={"crit": ["x"], "x": 1}),
            "no JSON Web Token|makes no sense",
        ),
        "cut": (token()[:-5], "no JSON Web Token|signature does not fit"),
        "two parts": ("a.b", "no JSON Web Token"),
        "garbage": ("letmein", "no JSON Web Token"),
        "nothing": ("", "no JSON Web Token"),
        "more than fits": (token(sub="a" * 5_620), "more than 8000"),
        "brackets": (f"{'W1tb' * 1500}.e30.e30", "no JSON Web Token"),
    }


async def test_tokens_good_and_bad(
    tmp_path: Path, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "PAUSE", 3600.0)
    async with running(tmp_path, oauth=issuer.settings) as served:
        for name, text in good().items():
            reply = await knock(served, text)
            who = "Ann Lee" if "blank" in name else "ann"
            assert reply.body == {"who": f"oauth:{ISSUER}#{who}"}, name
        for name, (text, words) in bad().items():
            reply = await knock(served, text)
            assert (reply.status, reply.code) == (401, "unauthenticated"), (name, reply)
            message = reply.body["error"]["message"]
            assert any(each in message for each in words.split("|")), (name, message)
        assert (await knock(served, token())).body == {"who": ANN}
    assert issuer.hits <= 2, "tokens that name no known key do not make a flood"


@pytest.mark.parametrize("surface", ["websocket", "page", "api"])
async def test_every_surface_with_every_state_of_a_token(
    tmp_path: Path, issuer: Issuer, surface: str
) -> None:
    shown = {
        "good": token(scope="openid machines:run"),
        "good, as a list": token(scp=["machines:run"]),
        "good, as another text": token(scp="machines:run"),
        "without the scope": token(),
        "with another scope": token(scope="machines:runs approvals:decide"),
        "expired": token(exp=PAST, scope="machines:run"),
        "wrong": token(OTHER_RSA, scope="machines:run"),
    }
    async with running(tmp_path, oauth=issuer.settings) as served:
        for name, (auth, scopes) in AUTHS.items():
            for state, text in shown.items():
                reply = await come(served, surface, name, bearer(text))
                found = (name, state, reply.status, reply.code, reply.body)
                if name in ("silent", "open"):
                    assert reply.body == {"who": None}, found
                elif "oauth" not in auth or state in ("expired", "wrong"):
                    assert (reply.status, reply.code) == (401, "unauthenticated"), found
                elif scopes and not state.startswith("good"):
                    assert (reply.status, reply.code) == (403, "denied"), found
                else:
                    assert reply.body == {"who": ANN}, found


async def test_keys_rotate(tmp_path: Path, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    async with running(tmp_path, oauth=issuer.settings) as served:
        assert (await knock(served, token())).status == 101
        issuer.keys = [jwk(OTHER_RSA, "two")]
        assert (await knock(served, token(OTHER_RSA, kid="two"))).body == {"who": ANN}
        assert (await knock(served, token())).status == 401, "the old key was taken back"
        hits = issuer.hits
        for _ in range(3):
            assert (await knock(served, token(OTHER_RSA, kid="two"))).status == 101
        assert issuer.hits == hits, "keys that are known are not asked for"


async def test_keys_that_are_old_are_fetched_again_and_nobody_waits(
    tmp_path: Path, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    async with running(tmp_path, oauth=issuer.settings) as served:
        assert (await knock(served, token())).status == 101
        monkeypatch.setattr(issuer_keys, "FRESH", 0.0)
        issuer.keys = [jwk(OTHER_RSA, "two")]
        while (await knock(served, token())).status == 101:
            await asyncio.sleep(0.01)


async def test_many_who_come_at_once_are_one_request(tmp_path: Path, issuer: Issuer) -> None:
    async with running(tmp_path, oauth=issuer.settings) as served:
        replies = await asyncio.gather(*(knock(served, token()) for _ in range(20)))
    assert {reply.status for reply in replies} == {101}
    assert issuer.hits == 1


async def test_unknown_keys_make_no_flood(
    tmp_path: Path, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "PAUSE", 3600.0)
    async with running(tmp_path, oauth=issuer.settings) as served:
        for number in range(30):
            assert (await knock(served, token(kid=f"no{number}"))).status == 401
    assert issuer.hits <= 2


# Issuers that fail.


async def silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def elsewhere(writer: asyncio.StreamWriter) -> None:
    await say(writer, b"", "302 Found", "Location: https://evil.example/keys\r\n")


async def failing(writer: asyncio.StreamWriter) -> None:
    await say(writer, b'{"keys": []}', "500 Oh")


async def talking(writer: asyncio.StreamWriter) -> None:
    await say(writer, b"<html>")


async def without_keys(writer: asyncio.StreamWriter) -> None:
    await say(writer, b'{"issuer": "x"}')


@pytest.mark.parametrize(
    "answer", [silent, dripping, endless, elsewhere, failing, talking, without_keys]
)
async def test_an_issuer_that_fails_hangs_nobody(
    tmp_path: Path,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
) -> None:
    monkeypatch.setattr(issuer_keys, "PATIENCE", 0.15)
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    issuer.answer = answer
    async with running(tmp_path, oauth=issuer.settings) as served:
        waiting = asyncio.create_task(knock(served, token()))
        for _ in range(5):
            assert (await handshake(served, "/ws/open")).body == {"who": None}
        reply = await waiting
        assert (reply.status, reply.code) == (503, "overloaded")
        assert "cannot be checked now" in reply.body["error"]["message"]
        issuer.answer = None
        while (reply := await knock(served, token())).status == 503:
            await asyncio.sleep(0.01)
        assert reply.body == {"who": ANN}
        issuer.answer = answer
        assert (await knock(served, token())).status == 101, "known keys go on"
        assert (await knock(served, token(kid="new"))).status == 503
    assert "the keys of the issuer cannot be fetched from http://127.0.0.1" in caplog.text


async def test_an_issuer_that_is_not_there(tmp_path: Path) -> None:
    async with issuing() as gone:
        settings = gone.settings
    async with running(tmp_path, oauth=settings) as served:
        assert (await knock(served, token())).status == 503
        assert (await knock(served, "garbage")).status == 401


async def test_the_end_does_not_wait_for_the_issuer(tmp_path: Path, issuer: Issuer) -> None:
    issuer.answer = silent
    async with running(tmp_path, oauth=issuer.settings):
        while not issuer.hits:
            await asyncio.sleep(0.01)
    assert not [task for task in asyncio.all_tasks() if "IssuerKeys" in repr(task.get_coro())]


# As long as a connection lives.


async def ticket_of(served: Served, text: str, path: str = "/ws/tokens") -> str:
    reply = await call(served, "POST", "/_kanvas/ticket", bearer(text), {"path": path})
    assert reply.status == 200, reply
    return str(reply.body["ticket"])


async def test_tickets_of_who_comes_by_a_token(tmp_path: Path, issuer: Issuer) -> None:
    async with running(tmp_path, oauth=issuer.settings) as served:
        ticket = await ticket_of(served, token())
        reply = await handshake(served, f"/ws/tokens?ticket={ticket}")
        assert reply.body == {"who": ANN}
        assert (await handshake(served, f"/ws/tokens?ticket={ticket}")).status == 401
        headers = bearer(token(exp=PAST))
        refused = await call(served, "POST", "/_kanvas/ticket", headers, {"path": "/ws/tokens"})
        assert refused.status == 401
        page = {"Origin": FRIEND} | bearer(token())
        shared = await call(served, "POST", "/_kanvas/ticket", page, {"path": "/ws/tokens"})
        assert shared.headers["access-control-allow-origin"] == FRIEND


async def test_a_ticket_is_worth_no_more_than_its_token(tmp_path: Path, issuer: Issuer) -> None:
    async with running(tmp_path, oauth=issuer.settings) as served:

        async def lapse(seconds: int) -> None:
            ends = int(time.time()) + seconds
            ticket = await ticket_of(served, token(exp=ends - int(SKEW)))
            await asyncio.sleep(max(0.0, ends + 0.05 - time.time()))
            assert (await handshake(served, f"/ws/tokens?ticket={ticket}")).status == 401

        await outliving(lapse)


async def test_newer_tokens_on_an_open_connection(tmp_path: Path, issuer: Issuer) -> None:
    async with running(tmp_path, oauth=issuer.settings) as served:

        async def renew(seconds: int) -> None:
            soon = token(exp=int(time.time()) + seconds - int(SKEW))
            options: Any = {"subprotocols": ["kanvas.v1"], "additional_headers": bearer(soon)}
            async with (
                connect(served.url("/ws/tokens"), **options) as kept,
                connect(served.url("/ws/tokens"), **options) as lost,
            ):
                await kept.recv()
                other = await ticket_of(served, token(sub="bob"))
                await kept.send(json.dumps({"op": "auth", "ticket": other}))
                assert json.loads(await kept.recv())["error"]["code"] == "unauthenticated"
                ticket = await ticket_of(served, token())
                await kept.send(json.dumps({"op": "auth", "ticket": ticket}))
                assert json.loads(await kept.recv()) == {"op": "done"}
                assert await close_code(lost) == 4401
                await kept.send('{"op":"run","id":"1","input":{}}')
                assert json.loads(await kept.recv())["output"] == {"who": ANN}
                closed = (await recorded(tmp_path, "ConnectionClosed"))[-1]
            assert lost.close_reason == "credentials expired or revoked"
            assert (closed["close_code"], closed["principal"]) == (4401, ANN)

        await outliving(renew)


async def test_nothing_says_the_token(
    tmp_path: Path, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    texts = [token(), token(exp=PAST), token(kid="none")]
    told = []
    async with running(tmp_path, oauth=issuer.settings, access_log=True) as served:
        told = [(await knock(served, text)).body for text in texts]
    lines = [each for each in caplog.records if each.name != "websockets.client"]
    everything = json.dumps([told, records(tmp_path)])
    everything += "\n".join(f"{each.getMessage()} {each.args}" for each in lines)
    assert ANN in everything
    for text in texts:
        assert text.split(".")[2] not in everything
        assert text.split(".")[1] not in everything


# Keys and settings.


def test_only_keys_that_may_sign_are_taken() -> None:
    private = jwk(RSA, "private") | {"d": "AAAA"}
    secret = {"kty": "oct", "k": "AAAA", "kid": "secret"}
    body = {
        "keys": [
            jwk(RSA, "one"),
            jwk(RSA, "pss", alg="PS256"),
            jwk(RSA, "hmac", alg="HS256"),
            jwk(RSA, "for encryption", use="enc"),
            jwk(EC, "one"),
            jwk(EC, "curve", use="sig"),
            jwk(ED, "edwards"),
            jwk(SHORT_RSA, "short"),
            jwk(RSA, None),
            {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
            {"kty": "EC", "kid": "half", "crv": "P-256"},
            {"kty": ["RSA"], "kid": "odd"},
            private,
            secret,
            "text",
            None,
        ]
    }
    for found in (usable(body), usable(json.dumps(body))):
        assert {kid: key.algorithms for kid, key in found.items()} == {
            "one": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
            "pss": ("PS256",),
            "curve": ("ES256",),
            "edwards": ("EdDSA",),
        }


@pytest.mark.parametrize("body", [None, [], "", "{", {"keys": {}}, {"key": []}, 5])
def test_what_is_no_set_of_keys(body: object) -> None:
    with pytest.raises(ValueError, match="no JWK Set"):
        usable(body)


VARIABLES = {
    "KANVAS_OAUTH_ISSUER": ISSUER,
    "KANVAS_OAUTH_AUDIENCE": f"{AUDIENCE}, other",
    "KANVAS_OAUTH_JWKS_URL": "https://login.example.com/keys",
}


def test_all_three_variables_or_none() -> None:
    found = oauth_settings(VARIABLES)
    assert found is not None
    assert found.audiences == (AUDIENCE, "other")
    assert oauth_settings({}) is None
    for name in VARIABLES:
        rest = {key: text for key, text in VARIABLES.items() if key != name}
        with pytest.raises(ValueError, match=f"{name} must be set as well"):
            oauth_settings(rest)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KANVAS_OAUTH_JWKS_URL", "http://login.example.com/keys"),
        ("KANVAS_OAUTH_JWKS_URL", "login.example.com"),
        ("KANVAS_OAUTH_JWKS_URL", "file:///etc/keys"),
        ("KANVAS_OAUTH_JWKS_URL", "https://user@login.example.com"),
        ("KANVAS_OAUTH_ISSUER", "https://login.example.com/#a"),
        ("KANVAS_OAUTH_ISSUER", "a b"),
        ("KANVAS_OAUTH_AUDIENCE", ", ,"),
    ],
)
def test_variables_that_make_no_sense(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        oauth_settings(VARIABLES | {name: text})


def test_tools_need_an_issuer_like_any_surface(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.mcp(DOUBLE, ToolSurface(auth=("oauth",)))
    problem = service.start_problem()
    assert problem is not None
    assert problem.startswith("/mcp: auth: oauth needs KANVAS_OAUTH_ISSUER")


def test_a_start_without_them_says_what_is_missing() -> None:
    told = missing(["/ws/m"], None)
    assert told is not None
    assert told.startswith("/ws/m: auth: oauth needs")
    assert all(name in told for name in VARIABLES)
    assert missing([], None) is None
    assert missing(["/ws/m"], oauth_settings(VARIABLES)) is None
