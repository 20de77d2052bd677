"""Messages a second, of a built app and of what people write by hand."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.ratios import Rounds, Spread, level, ratio, rounds
from bench.servers import (
    PEERS,
    Running,
    Spec,
    answers,
    asleep,
    available,
    awake,
    build,
    ours,
    pinned,
    python,
    server,
    uvicorn,
)

CONNECTIONS, ROUNDS, SECONDS = 64, 7, 1.5
DEPTHS = (1, 16)

BASE = "FastAPI + pydantic"
BASE_ROWS = "FastAPI + pydantic, a row a message"
OURS = "built app: validated, governed, recorded (FULL)"
ASGI = "built app under uvicorn's own protocol, nothing recorded"
MSGSPEC = "FastAPI + msgspec"
BARE = "websockets + msgspec"
NODE = "Node ws + ajv"
PICOWS = "picows + msgspec"


class Throughput(NamedTuple):
    """Of one number of messages in flight: rates by server, and the load's share of its core."""

    depth: int
    rates: Rounds
    shares: Rounds

    def ratio(self, name: str, base: str = BASE) -> Spread | None:
        known = self.rates[0]
        return ratio(self.rates, name, base) if name in known and base in known else None


def specs(folder: Path) -> dict[str, Spec]:
    """The servers whose parts are installed."""
    app = build("echo.kanvas", folder)
    rows = {"ROWS": str(folder / "rows.db")}
    sansio = ("--ws", "websockets-sansio")
    found = {
        BASE: Spec(uvicorn("bench.peers.fastapi_pydantic:app")),
        OURS: ours(app),
        ASGI: Spec(
            uvicorn("bench.peers.unrecorded:app", *sansio),
            environment={"APP": str(app), "KANVAS_DATA_DIR": str(folder / "none")},
        ),
        BASE_ROWS: Spec(uvicorn("bench.peers.fastapi_pydantic:app"), environment=rows),
        MSGSPEC: Spec(uvicorn("bench.peers.fastapi_msgspec:app")),
        BARE: Spec(python("-m", "bench.peers.bare_websockets")),
    }
    if available("picows"):
        found[PICOWS] = Spec(python("-m", "bench.peers.bare_picows"))
    if available("node"):
        found[NODE] = Spec(("node", "ws_ajv.js"), PEERS)
    return found


def measure(folder: Path) -> list[Throughput]:
    """All servers are there all the time; one at a time is awake."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(server(spec)) for name, spec in specs(folder).items()}
        for each in running.values():
            answers(each)
            asleep(each)
        return [_at(depth, running) for depth in DEPTHS]


def _at(depth: int, running: dict[str, Running]) -> Throughput:
    shares: dict[str, list[float]] = {name: [] for name in running}

    def rate(name: str) -> float:
        with awake(running[name]):
            told = load(running[name].port, depth)
        shares[name].append(told["share"])
        return told["rate"]

    rates = rounds(ROUNDS, {name: lambda name=name: rate(name) for name in running})  # type: ignore[misc]
    taken: Rounds = [{name: shares[name][at] for name in shares} for at in range(ROUNDS)]
    return Throughput(depth, rates, taken)


def load(port: int, depth: int) -> dict[str, float]:
    """What `bench.load` tells."""
    arguments = [str(port), str(CONNECTIONS), str(depth), str(SECONDS)]
    done = subprocess.run(
        pinned(1, *python("-m", "bench.load", *arguments)),
        cwd=PEERS.parent.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def lines(found: Throughput) -> list[str]:
    """A table for a person."""
    told = [f"{CONNECTIONS} connections, {found.depth} in flight each, {ROUNDS} rounds"]
    for name in found.rates[0]:
        against, share = found.ratio(name), level(found.shares, name).median
        told.append(
            f"  {name:58}{level(found.rates, name).median:>8.0f} msg/s   {against!s:>22}"
            f"   load {share:.0%}"
        )
    return told
