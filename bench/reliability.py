"""`python -m bench.reliability [MEASURE…]`: the figures of docs/reliability.md, found anew.

Every measure checks what it counts, and ends with an exception when something does not hold.
`KANVAS_BENCH_SCALE=0.01` tries a hundredth of everything.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kanvas_runtime.ledger import Ledger, uuid7, verify
from kanvas_runtime.ledger.directory import DATABASE

from bench.recovery import PIECES, SOUND, programs, single, words_of
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.audit import test_permissions as audit
from tests.audit.programs import MACHINES, Program, rights
from tests.audit.programs import programs as random_programs
from tests.audit.rules import Rights
from tests.e2e import test_kill as kill
from tests.e2e.apps import App, build, records
from tests.e2e.programs import SHIPPING
from tests.runtime.ledger.ledgers import copied, filled

SEED = 20
SCALE = float(os.environ.get("KANVAS_BENCH_SCALE", "1"))
CLIENTS = 4


def scaled(count: int) -> int:
    return max(1, round(count * SCALE))


# --- messages


SENT = (
    b'{"country": "de", "weight": 1.5}',
    b'{"country": "de", "weight": -1}',
    b'{"country": "de", "wait": 1}',
    b'{"country": "de", "weight": ',
    b"[]",
    b'{"country": "\\ud800", "weight": 1}',
)


def messages(folder: Path, data: Path) -> str:
    """Good ones and bad ones from several clients: each is answered, and each is on record."""
    count = scaled(200_000) // CLIENTS
    outcomes: Counter[str] = Counter()
    with App(folder, data) as app:

        def client(number: int) -> None:
            chance, seen = random.Random(number), Counter[str]()
            left = count
            while left:
                with app.connect("/ws/shipping") as socket:
                    for _ in range(min(left, 90)):  # a hundred bad ones in a row end it
                        socket.send(chance.choice(SENT).decode())
                        told = json.loads(socket.recv(timeout=30))
                        seen[told["error"]["code"] if "error" in told else "ok"] += 1
                        left -= 1
            outcomes.update(seen)

        threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    recorded: Counter[str] = Counter()
    for record in records(data):
        if record["kind"] == "SurfaceAccess":
            recorded[record["outcome"]] += record.get("count", 1)
    assert recorded == outcomes, (recorded, outcomes)
    assert verify(data).ok
    bad = sum(outcomes.values()) - outcomes["ok"]
    return f"{outcomes.total()} messages, {bad} of them refused: each answered, each on record"


def kills(folder: Path, data: Path) -> str:
    """`kill -9` under load."""
    times = scaled(100)
    replies = kill.killed(folder, data, times, seed=SEED)
    return f"{times} kills under load, {replies} replies seen: each on record, chain sound"


# --- tampered files


RECORDS = 40


def tampered(_: Path, data: Path) -> str:
    """Copies of a ledger, each changed in one way: `verify` has to name the first wrong record."""
    sound = filled(data / "sound", RECORDS)
    chance, tried = random.Random(SEED), scaled(2_000)
    ways = (_edited, _relabelled, _dropped, _swapped, _doubled, _cut)
    for number in range(tried):
        copy = copied(sound, data / "copy")
        with closing(sqlite3.connect(copy / DATABASE)) as table:
            due = ways[number % len(ways)](table, chance)
            table.commit()
        fault = verify(copy).fault
        assert fault is not None
        assert fault.seq == due, (ways[number % len(ways)], fault, due)
        for file in copy.iterdir():
            file.unlink()
        copy.rmdir()
    return f"{tried} tampered ledgers: {tried} found, the first wrong record named each time"


def _edited(table: sqlite3.Connection, chance: random.Random) -> int:
    """One character of a record's text."""
    seq = chance.randint(1, RECORDS)
    (body,) = table.execute("SELECT body FROM ledger WHERE seq = ?", (seq,)).fetchone()
    place = chance.randrange(len(body))
    put = chance.choice([c for c in 'x1"{ }' if c != body[place]])
    changed = body[:place] + put + body[place + 1 :]
    table.execute("UPDATE ledger SET body = ? WHERE seq = ?", (changed, seq))
    return seq


def _relabelled(table: sqlite3.Connection, chance: random.Random) -> int:
    """A column, beside the text."""
    seq = chance.randint(1, RECORDS)
    column = chance.choice(("at", "kind", "machine", "run", "principal", "trace", "hash"))
    table.execute(f"UPDATE ledger SET {column} = 'x' WHERE seq = ?", (seq,))
    return seq


def _dropped(table: sqlite3.Connection, chance: random.Random) -> int:
    first = chance.randint(1, RECORDS - 1)
    last = chance.randint(first, RECORDS - 1)
    table.execute("DELETE FROM ledger WHERE seq BETWEEN ? AND ?", (first, last))
    return first


def _swapped(table: sqlite3.Connection, chance: random.Random) -> int:
    one, other = sorted(chance.sample(range(1, RECORDS + 1), 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        table.execute("UPDATE ledger SET seq = ? WHERE seq = ?", (new, old))
    return one


def _doubled(table: sqlite3.Connection, chance: random.Random) -> int:
    """A record once more, at the end."""
    seq = chance.randint(1, RECORDS)
    names = "schema, chain, at, kind, machine, run, principal, trace, prev, hash, body"
    copy = f"INSERT INTO ledger SELECT {RECORDS + 1}, {names} FROM ledger WHERE seq = ?"
    table.execute(copy, (seq,))
    return RECORDS + 1


def _cut(table: sqlite3.Connection, chance: random.Random) -> int:
    """The end is missing."""
    first = chance.randint(2, RECORDS)
    table.execute("DELETE FROM ledger WHERE seq >= ?", (first,))
    return first


# --- programs


def hostile(_: Path, __: Path) -> str:
    """Random programs under random permissions: compiler and gate against a model of the rules."""
    compiled, ran = scaled(3_000), scaled(300)
    trying = settings(
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    policies = 0

    @settings(trying, max_examples=compiled)
    @given(random_programs(held=True))
    def compiling(program: Program) -> None:
        audit.compiler_agrees(program)

    changed = st.tuples(*[rights(held=True) for _ in MACHINES])

    @settings(trying, max_examples=ran)
    @given(random_programs(held=True), st.lists(changed, min_size=6, max_size=6))
    def running(program: Program, others: list[tuple[Rights, ...]]) -> None:
        nonlocal policies
        policies += 1 + len(others)
        audit.run_agrees(program, others)

    compiling()
    running()
    return (
        f"{compiled} random programs compiled, {ran} others run under {policies} random sets of"
        " permissions: compiler, gate and model never differ"
    )


def broken(_: Path, __: Path) -> str:
    """Programs with a piece lost, doubled or exchanged: findings or none, and no traceback."""
    chance, texts, tried = random.Random(SEED), programs(*SOUND), scaled(3_000)
    words = words_of(texts)
    refused = 0
    for _number in range(tried):
        text = single(chance.choice(texts), PIECES, chance, words).text
        refused += bool(Compilation(Source("app.kanvas", text)).diagnostics)
    return f"{tried} broken programs checked, {refused} with findings: no traceback"


# --- speed of verification


def speed(_: Path, data: Path) -> str:
    count, processors = scaled(300_000), len(os.sched_getaffinity(0))
    asyncio.run(_filled(data, count))
    best: dict[int, float] = {}
    for workers in (1, processors) * 3:
        started = time.perf_counter()
        assert verify(data, workers=workers).ok
        best[workers] = max(best.get(workers, 0), count / (time.perf_counter() - started))
    told = ", ".join(f"{number} process(es): {rate:,.0f}/s" for number, rate in best.items())
    return f"verify of {count} records, best of three: {told}"


async def _filled(directory: Path, count: int) -> None:
    ledger = await Ledger.open(directory)
    for number in range(count):
        durable = ledger.append(
            "SurfaceAccess",
            {
                "machine": "live_metrics",
                "run": uuid7(),
                "surface": "websocket",
                "path": "/ws/metrics",
                "connection": uuid7(),
                "outcome": "ok",
                "duration_us": number % 1_000,
                "input_digest": f"{number:064x}",
                "output_digest": f"{number * 7:064x}",
            },
        )
        if not number % 500:
            await durable
    await ledger.close()


MEASURES: dict[str, Callable[[Path, Path], str]] = {
    "messages": messages,
    "kills": kills,
    "tampered": tampered,
    "hostile": hostile,
    "broken": broken,
    "speed": speed,
}


def main() -> None:
    named = sys.argv[1:] or list(MEASURES)
    fast = SHIPPING.replace('path: "/ws/shipping"', 'path: "/ws/shipping"\n      rate: "100000/s"')
    with tempfile.TemporaryDirectory() as place:
        folder = build(fast, Path(place) / "app")
        for name in named:
            data = Path(place) / name
            data.mkdir(mode=0o700)
            started = time.perf_counter()
            told = MEASURES[name](folder, data)
            print(f"{name:9} {told} ({time.perf_counter() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
