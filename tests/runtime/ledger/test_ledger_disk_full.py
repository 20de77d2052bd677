"""A disk that is full: real refusals of the kernel, in processes with a limit on file sizes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.runtime.ledger.ledgers import bodies, sound
from tests.runtime.ledger.processes import running

FULL = """
import asyncio, os, resource, sys
from pathlib import Path
from kanvas_runtime.ledger import Ledger, LedgerUnavailable, writer

writer._RETRY = 0.01
directory = Path(sys.argv[1])

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def main():
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", {"n": 0})
    limit((directory / "ledger.db-wal").stat().st_size + 100_000)
    written = 0
    try:
        while True:
            waiting = [ledger.append("SurfaceAccess", {"n": written + i}) for i in range(1, 9)]
            for done in await asyncio.gather(*waiting, return_exceptions=True):
                if done:
                    raise done
                written += 1
    except LedgerUnavailable as error:
        print(written, ledger.available, (directory / "ledger.reserve").exists(), flush=True)
        print(error, flush=True)
    limit(resource.RLIM_INFINITY)
    while not ledger.available:
        await asyncio.sleep(0.01)
    await ledger.append("SurfaceAccess", {"n": -1})
    await ledger.close()

asyncio.run(main())
"""


def test_nothing_is_acknowledged_that_did_not_fit(directory: Path) -> None:
    with running(FULL, directory) as process:
        told, error = process.communicate()[0].splitlines()
        assert process.returncode == 0
    written, available, reserve = told.split()
    assert int(written) > 0
    assert (available, reserve) == ("False", "False")
    assert "cannot be written" in error
    numbers = [json.loads(body)["n"] for body in bodies(directory)]
    assert numbers == [*range(int(written) + 1), -1]
    assert sound(directory).seals == []
