"""What the page says is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from kanvas_runtime.ledger.postgres.driver import ANSWER, OLDEST
from kanvas_runtime.ledger.postgres.ledger import DOUBT, RETRY
from kanvas_runtime.ledger.postgres.schema import RIGHTS, TABLES

from tests.postgres.databases import Database

PAGE = (Path(__file__).parents[2] / "docs" / "postgres.md").read_text("utf-8")


def test_its_tables_rights_and_numbers() -> None:
    assert re.findall(r"```sql\n(.*?)```", PAGE, re.S) == [TABLES, RIGHTS]
    assert f"Postgres {OLDEST} is the oldest" in PAGE
    assert f"longer than {ANSWER:.0f} seconds" in PAGE
    assert f"known within {DOUBT:.0f} seconds" in PAGE
    assert RETRY == 1.0
    assert "once a second" in PAGE


async def test_its_verifier(database: Database, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    assert len(program.splitlines()) < 30
    await database.filled(tmp_path / "one", 2)
    await database.filled(tmp_path / "one", 1)
    other = await database.open(tmp_path / "two")
    third = await database.open(tmp_path / "three")
    await other.append("SurfaceAccess", {})
    await third.append("SurfaceAccess", {"path": "/ä"})
    await other.close()
    await third.close()
    exported = database.ledger("export").out
    assert len(exported.splitlines()) == 5
    for text, said in ((exported, ""), (exported.replace("anna", "otto", 1), "record 1 of the")):
        done = subprocess.run(
            [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=False
        )
        assert done.stderr.startswith(said)
        assert (done.returncode == 0) == (said == "")
