"""By which credentials one decides: sessions count on our own pages, tokens as keys do."""

from __future__ import annotations

from pathlib import Path

from kanvas_runtime.machine import WebSocketSurface
from websockets.asyncio.client import connect

from tests.auth.issuers import ISSUER, issuing, token
from tests.auth.surfaces import call, form
from tests.runtime.approvals.refunds import REFUND, bearing, key_of, service_of, waiting
from tests.runtime.approvals.test_approvals_served import BIG, decide, hear, say
from tests.runtime.serving import recorded, serving


async def test_a_session_decides_on_our_own_pages_only(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        await say(client, BIG)
        (hold,) = await waiting(served)
        own = {"Origin": f"http://127.0.0.1:{served.port}"}
        where = {"next": "/_kanvas/approvals"}
        signed = await call(served, "POST", "/_kanvas/sign-in", own, form(key=key, **where))
        assert (signed.status, signed.headers["location"]) == (303, "/_kanvas/approvals")
        cookie = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}
        path, approve = f"/_kanvas/approvals/{hold.id}", form(decision="approve")
        for page in (
            {},
            {"Origin": "null"},
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            refused = await call(served, "POST", path, cookie | page, approve)
            assert refused.code == "origin_refused", page
        assert await waiting(served) == [hold]
        done = await call(served, "POST", path, cookie | own, approve)
        assert done.status == 303
        assert (await hear(client))["paid"] == 250
        late = await call(served, "POST", path, cookie | own, approve)
        assert late.status == 409
        assert "approved by boss already" in late.body


async def test_a_person_is_sent_to_sign_in_and_a_program_is_not(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path)) as served:
        person = await call(served, "GET", "/_kanvas/approvals", {"Accept": "text/html"})
        assert (person.status, person.headers["location"]) == (
            303,
            "/_kanvas/sign-in?next=/_kanvas/approvals",
        )
        program = await call(served, "GET", "/_kanvas/approvals")
        assert program.code == "unauthenticated"
    refused = await recorded(tmp_path, "SurfaceAccess", 2)
    assert [each["outcome"] for each in refused] == ["unauthenticated"] * 2
    assert {each["surface"] for each in refused} == {"approvals"}


async def test_tokens_of_an_issuer_decide_as_keys_do(tmp_path: Path) -> None:
    async with issuing() as issuer:
        service = service_of(tmp_path)
        service.websocket(REFUND, WebSocketSurface(path="/ws/tokens", auth=("oauth",)))
        service.configure(oauth=issuer.settings)
        ann = token(sub="ann", scope="approvals:decide")
        boss = token(sub="boss", scope="machines:run approvals:decide")
        async with (
            serving(service) as served,
            connect(served.url("/ws/tokens"), additional_headers=bearing(ann)) as client,
        ):
            await say(client, BIG)
            (hold,) = await waiting(served)
            assert hold.principal == f"oauth:{ISSUER}#ann"
            assert (await decide(served, ann, hold.id, "approve")).code == "denied"
            assert (await decide(served, token(sub="eve"), hold.id, "approve")).code == "denied"
            done = await decide(served, boss, hold.id, "approve")
            assert done.body["decider"] == f"oauth:{ISSUER}#boss"
            assert (await hear(client))["paid"] == 250
