"""Other processes that use a ledger, and end as they are told to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITER = """
import asyncio, itertools, os, sys
from pathlib import Path
from kanvas_runtime.ledger import Ledger

async def main():
    ledger = await Ledger.open(Path(sys.argv[1]))
    numbers = itertools.count(int(sys.argv[2]))
    async def client():
        for number in numbers:
            await ledger.append("SurfaceAccess", {"number": number, "path": "x" * 200})
            os.write(1, b"%d\\n" % number)
    await asyncio.gather(*[client() for _ in range(16)])

asyncio.run(main())
"""

HOLDER = """
import asyncio, sys
from pathlib import Path
from kanvas_runtime.ledger import Ledger

async def main():
    ledger = await Ledger.open(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await ledger.append("SurfaceAccess", {"number": number})
    print("open", flush=True)
    sys.stdin.read()
    await ledger.close()

asyncio.run(main())
"""


@contextmanager
def running(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def holding(directory: Path, records: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A process that has the ledger open, and has written some records."""
    with running(HOLDER, directory, records) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process


def killed_while_writing(directory: Path, first: int, count: int) -> list[int]:
    """Numbers that a writer had acknowledged, some more than `count`, when it was killed -9."""
    with running(WRITER, directory, first) as process:
        assert process.stdout
        acknowledged = [process.stdout.readline() for _ in range(count)]
        process.kill()
        acknowledged += process.stdout.readlines()
    return [int(line) for line in acknowledged if line.endswith("\n")]
