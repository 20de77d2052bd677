"""Anchors: a chain that was written anew as a whole does not agree with what was signed before."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from kanvas_runtime import cli

from tests.runtime.ledger.ledgers import RECORDS, edit, fill


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "anchor.pem"
    path.write_bytes(pem(Ed25519PrivateKey.generate()))
    monkeypatch.setenv("KANVAS_ANCHOR_KEY_FILE", str(path))
    return path


@pytest.fixture
def kept(key: Path, ledger_of_12: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A file with an anchor of the ledger's head."""
    assert cli.main(["ledger", "anchor", "--data-dir", str(ledger_of_12)]) == 0
    path = key.with_name("anchors.jsonl")
    path.write_text(capsys.readouterr().out)
    return path


def verdict(
    capsys: pytest.CaptureFixture[str], data: Path, anchors: Path, *more: object
) -> tuple[int, str]:
    arguments = ["ledger", "verify", "--data-dir", data, "--anchors", anchors, *more]
    code = cli.main([str(each) for each in arguments])
    told = capsys.readouterr()
    return code, told.out + told.err


async def test_a_chain_that_went_on_agrees_with_its_anchors(
    ledger_of_12: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(ledger_of_12, 3)
    assert cli.main(["ledger", "anchor", "--data-dir", str(ledger_of_12)]) == 0
    kept.write_text(kept.read_text() + capsys.readouterr().out)
    assert [json.loads(line)["seq"] for line in kept.read_text().splitlines()] == [12, 15]
    assert verdict(capsys, ledger_of_12, kept)[0] == 0


def test_the_public_half_is_enough(
    ledger_of_12: Path,
    key: Path,
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.with_name("public.pem")
    public.write_bytes(private.public_key().public_bytes(serialization.Encoding.PEM, form))
    monkeypatch.delenv("KANVAS_ANCHOR_KEY_FILE")
    assert verdict(capsys, ledger_of_12, kept, "--anchor-key", public)[0] == 0
    code, told = verdict(capsys, ledger_of_12, kept)
    assert code == 2
    assert "KANVAS_ANCHOR_KEY_FILE does not say" in told


async def test_a_chain_that_was_written_anew_is_found(
    ledger_of_12: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(ledger_of_12)
    await fill(ledger_of_12, RECORDS + 1)
    assert cli.main(["ledger", "verify", "--data-dir", str(ledger_of_12)]) == 0
    code, told = verdict(capsys, ledger_of_12, kept)
    assert code == 1
    assert f"record {RECORDS} was changed: the anchor of" in told
    assert "is of another chain" in told


async def test_another_future_of_the_same_chain_is_found(
    ledger_of_12: Path, key: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut back with everything that remembers, then continued."""
    edit(ledger_of_12, "DELETE FROM ledger WHERE seq > 8")
    (ledger_of_12 / "ledger.head").unlink()
    code, told = verdict(capsys, ledger_of_12, kept)
    assert code == 1
    assert "record 9 was dropped: 9 to 12 are missing" in told
    await fill(ledger_of_12, 6)
    assert cli.main(["ledger", "verify", "--data-dir", str(ledger_of_12)]) == 0
    code, told = verdict(capsys, ledger_of_12, kept)
    assert code == 1
    assert "record 12 was changed" in told
    assert "was written anew" in told


def test_what_was_archived_is_known_by_its_seal(
    ledger_of_12: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchored = json.loads(kept.read_text())
    edit(ledger_of_12, "DELETE FROM ledger")
    seal = f"{anchored['seq']}:{anchored['hash']}"
    (ledger_of_12 / "ledger.head").unlink()
    assert verdict(capsys, ledger_of_12, kept, "--seal", f"{RECORDS + 8}:{'0' * 64}")[0] == 0
    assert verdict(capsys, ledger_of_12, kept, "--seal", seal)[0] == 0
    other = f"{RECORDS}:{'0' * 64}"
    code, told = verdict(capsys, ledger_of_12, kept, "--seal", other)
    assert code == 1
    assert "has another hash for it" in told


@pytest.mark.parametrize("field", ["seq", "hash", "at", "chain", "signature"])
def test_a_changed_anchor_is_none(
    ledger_of_12: Path, kept: Path, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = json.loads(kept.read_text())
    fields[field] = 7 if field == "seq" else fields[field][::-1]
    kept.write_text(json.dumps(fields))
    code, told = verdict(capsys, ledger_of_12, kept)
    assert code == 2
    assert "line 1 is no anchor that this key has signed" in told


@pytest.mark.parametrize("content", [b"no key", pem(X25519PrivateKey.generate())])
def test_other_keys_sign_nothing(
    ledger_of_12: Path, key: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    key.write_bytes(content)
    assert cli.main(["ledger", "anchor", "--data-dir", str(ledger_of_12)]) == 2
    assert str(key) in capsys.readouterr().err


def test_the_key_may_not_be_in_the_data_directory(
    ledger_of_12: Path,
    key: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inside = Path(shutil.copy(key, ledger_of_12 / "anchor.pem"))
    monkeypatch.setenv("KANVAS_ANCHOR_KEY_FILE", str(inside))
    assert cli.main(["ledger", "anchor", "--data-dir", str(ledger_of_12)]) == 2
    assert "is in the data directory" in capsys.readouterr().err


def test_without_the_package_the_command_says_how_to_get_it(
    ledger_of_12: Path,
    key: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["ledger", "anchor", "--data-dir", str(ledger_of_12)]) == 2
    assert "kanvas-runtime[anchor]" in capsys.readouterr().err


def test_reading_a_ledger_loads_no_cryptography() -> None:
    program = "import sys, kanvas_runtime.cli; print('cryptography' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "False\n"
