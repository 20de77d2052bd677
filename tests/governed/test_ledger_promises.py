"""What is promised of the ledger as a whole, and seen only when its parts work together."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kanvas_runtime import cli
from kanvas_runtime.contract import Record, Secret, Text
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import Ledger, table
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import Run
from websockets.asyncio.client import connect

from tests.e2e.apps import ROOT
from tests.runtime.bus.machines import CLIMBER
from tests.runtime.ledger.ledgers import FACT, bodies, edit, fill, sound
from tests.runtime.ledger.test_ledger_anchors import pem
from tests.runtime.serving import records, service_of, serving
from tests.runtime.sockets import DOUBLE, NAP
from tests.runtime.test_asgi_driver import HeldLedger, Server, connected, settled
from tests.runtime.test_gate import JUDGE, MAY_REASON, WARM, Answering, run_of


async def test_the_first_record_follows_sixty_four_zeros(tmp_path: Path) -> None:
    await fill(tmp_path / "data", 2)
    first, second = map(json.loads, bodies(tmp_path / "data"))
    assert first["prev"] == "0" * 64
    assert second["prev"] == first["hash"]


async def test_records_are_added_and_never_changed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await fill(data, 2)
    for change in ("UPDATE", "DELETE"):
        edit(
            data,
            f"CREATE TRIGGER no_{change} BEFORE {change} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'only added'); END",
        )
    with pytest.raises(sqlite3.IntegrityError, match="only added"):
        edit(data, "UPDATE ledger SET machine = 'x'")
    await fill(data, 3)
    assert sound(data).head.seq == 5


async def test_what_waits_together_is_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    really = table.connect

    def listened_to(path: Path) -> sqlite3.Connection:
        connection = really(path)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(table, "connect", listened_to)
    ledger = await Ledger.open(tmp_path)

    async def written(number: int) -> list[str]:
        """How the transactions of so many records begin and end."""
        said.clear()
        await asyncio.gather(*[ledger.append("SurfaceAccess", FACT) for _ in range(number)])
        words = [statement.split()[0] for statement in said]
        assert words.count("INSERT") == number
        return [word for word in words if word in ("BEGIN", "COMMIT", "ROLLBACK")]

    assert await written(1) == ["BEGIN", "COMMIT"]
    assert await written(5) == ["BEGIN", "COMMIT"]
    assert await written(200) == ["BEGIN", "COMMIT"]
    await ledger.close()


# --- what leaves, and its record


async def test_nothing_is_pushed_before_the_start_of_its_run_is_durable() -> None:
    ledger, server = HeldLedger(), Server()
    async with connected(CLIMBER, ledger, server):
        server.text('{"to":2}')
        await settled()
        assert ledger.records[-1]["kind"] == "RunStarted"
        assert server.outgoing.empty()
        ledger.release()
        assert await server.reply() == {"n": 1}
        await settled()
        assert ledger.records[-1]["kind"] == "SurfaceAccess"
        assert server.outgoing.empty(), "the answer waits for a record of its own"
        ledger.release()
        assert await server.reply() == {"n": 2}


async def test_nothing_is_asked_before_the_begin_of_its_step_is_durable() -> None:
    ledger = HeldLedger()
    provider = Answering(ledger, WARM)
    gate = Gate(ledger, Reasoners({}, {"test": provider}))
    answer = asyncio.create_task(run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?"))
    await settled()
    assert [each["kind"] for each in ledger.records] == ["RunStarted", "StepRun"]
    assert not provider.asked
    ledger.release()
    assert (await answer).tone == "warm"
    assert provider.asked


def digest(directory: Path, content: bytes) -> str:
    key = (directory / "data" / "instance.key").read_bytes()
    return hmac.new(key, content, "sha256").hexdigest()


@pytest.mark.parametrize("machine", [DOUBLE, NAP], ids=lambda machine: machine.name)
async def test_a_connections_replies_come_in_the_order_of_their_records(
    tmp_path: Path, machine: Machine[Any, Any]
) -> None:
    surface = WebSocketSurface(path="/ws", rate=1000.0)
    replies: list[bytes] = []
    async with (
        serving(service_of(tmp_path, (machine, surface))) as served,
        connect(served.url("/ws")) as socket,
    ):
        for number in range(30):
            given = {"n": number}
            if machine is NAP:  # of which later ones could be done earlier
                given = {"seconds": 0.001 * (number % 3), "name": str(number)}
            await socket.send("nonsense" if number % 10 == 9 else json.dumps(given))
        for _ in range(30):
            replies.append(str(await socket.recv()).encode())
    told = [None if b"error" in reply else digest(tmp_path, reply) for reply in replies]
    assert len(set(told)) == 28
    accesses = records(tmp_path, "SurfaceAccess")
    assert [each.get("output_digest") for each in accesses] == told
    assert {each["outcome"] for each in accesses} == {"ok", "invalid_json"}


# --- digests


class Login(Record, frozen=True):
    name: Text
    pin: Annotated[Text, Secret()]


class Entered(Record, frozen=True):
    name: Text


def at_once(input_: Login, _run: Run) -> Entered:
    return Entered(name=input_.name)


async def with_pushes(input_: Login, run: Run) -> Entered:
    await run.push(Entered(name="soon"))
    return Entered(name=input_.name)


@pytest.mark.parametrize("work", [at_once, with_pushes])
async def test_a_digest_is_of_what_is_not_secret(tmp_path: Path, work: Any) -> None:
    machine = Machine(name="login", input=Login, output=Entered, run=work, source="app.kanvas")
    service = service_of(tmp_path, (machine, WebSocketSurface(path="/ws")))
    given = [{"name": "ann", "pin": "1"}, {"name": "ann", "pin": "2"}, {"name": "bob", "pin": "2"}]
    async with serving(service) as served, connect(served.url("/ws")) as socket:
        for each in given:
            await socket.send(json.dumps(each))
            answers = [await socket.recv() for _ in range(2 if work is with_pushes else 1)]
            assert json.loads(answers[-1]) == {"name": each["name"]}
            await service.answer(machine, each, surface="page", path="/p", principal=None)
    ann, bob = (digest(tmp_path, b'{"name":"%b"}' % name) for name in (b"ann", b"bob"))
    wanted = [ann, ann, ann, ann, bob, bob]
    accesses = records(tmp_path, "SurfaceAccess")
    assert [each["input_digest"] for each in accesses] == wanted
    assert [each["output_digest"] for each in accesses] == wanted
    started = records(tmp_path, "RunStarted")
    assert [each["input_digest"] for each in started] == (wanted if work is with_pushes else [])


class Token(Record, frozen=True):
    id: Text
    key: Annotated[Text, Secret()]


class Given(Record, frozen=True):
    name: Text
    pin: Annotated[Text, Secret()]
    one: Token
    more: list[Token]
    by_name: dict[str, Token]


def gives(input_: Login, _run: Run) -> Given:
    token = Token(id="7", key=input_.pin)
    return Given(input_.name, input_.pin, token, [token], {"x": token})


@pytest.mark.parametrize("payloads", [False, True])
async def test_what_is_secret_in_an_answer_is_in_no_digest_and_not_kept(
    tmp_path: Path, payloads: bool
) -> None:
    machine = Machine(name="login", input=Login, output=Given, run=gives, source="app.kanvas")
    service = service_of(tmp_path, (machine, WebSocketSurface(path="/ws")))
    service.configure(simulate=True, data=tmp_path / "data", payloads=payloads)
    async with serving(service) as served, connect(served.url("/ws")) as socket:
        for pin in ("canary-1", "canary-2"):
            given = {"name": "ann", "pin": pin}
            await socket.send(json.dumps(given))
            assert json.loads(await socket.recv())["more"] == [{"id": "7", "key": pin}]
            await service.answer(machine, given, surface="page", path="/p", principal=None)
    kept = {"name": "ann", "one": {"id": "7"}, "more": [{"id": "7"}], "by_name": {"x": {"id": "7"}}}
    wanted = digest(tmp_path, json.dumps(kept, separators=(",", ":")).encode())
    accesses = records(tmp_path, "SurfaceAccess")
    assert [each["output_digest"] for each in accesses] == [wanted] * 4
    assert all(("input" in each) == payloads for each in accesses)
    assert "canary" not in str(accesses)


# --- archives and anchors


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> Sequence[str]:
    """What a command of the ledger that works says."""
    assert cli.main(["ledger", *map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


async def at(moment: datetime, directory: Path) -> None:
    """A record of this time."""
    ledger = await Ledger.open(directory, clock=lambda: moment)
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()


async def test_sealed_segments_may_be_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await at(datetime(2031, 5, 1, 12, tzinfo=UTC), tmp_path)
    await at(datetime(2031, 5, 2, 12, tzinfo=UTC), tmp_path)
    archiving = ("archive", "--delete", "--before", "2031-05-02", "--data-dir", tmp_path)
    told = command(capsys, *archiving)
    assert told[0] == "records 1 to 1 were deleted"
    left = [json.loads(body)["kind"] for body in bodies(tmp_path)]
    assert left == ["SegmentSealed", "SurfaceAccess"]
    assert not [path for path in tmp_path.iterdir() if "archive" in path.name]
    seal = told[1].removeprefix("keep this seal: ")
    assert command(capsys, "verify", "--seal", seal, "--data-dir", tmp_path)[0].startswith("sound")


async def test_an_anchor_is_four_facts_and_a_signature_of_ed25519(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(tmp_path / "data", 3)
    key = Ed25519PrivateKey.generate()
    (tmp_path / "anchor.pem").write_bytes(pem(key))
    monkeypatch.setenv("KANVAS_ANCHOR_KEY_FILE", str(tmp_path / "anchor.pem"))
    (line,) = command(capsys, "anchor", "--data-dir", tmp_path / "data")
    facts = json.loads(line)
    signature = bytes.fromhex(facts.pop("signature"))
    last = json.loads(bodies(tmp_path / "data")[-1])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(facts["at"])) < timedelta(hours=1)
    assert facts == {**{name: last[name] for name in ("chain", "seq", "hash")}, "at": facts["at"]}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    key.public_key().verify(signature, text.encode())


def test_the_documentation_says_what_a_chain_without_an_anchor_does_not_show() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8"))
    assert (
        "Without an anchor that is kept elsewhere, the chain shows accident and partial edits, "
        "not a whole rewrite" in page
    )
