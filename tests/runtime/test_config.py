"""What an operator sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from kanvas_runtime.config import Settings, settings
from kanvas_runtime.ledger.postgres.address import Address

HERE = Path("/app")


def test_nothing_said() -> None:
    assert settings({}, HERE) == Settings(data=HERE / ".kanvas")


def test_everything_said() -> None:
    environment = {
        "KANVAS_DATA_DIR": "/var/lib/kanvas",
        "KANVAS_SIMULATE": "1",
        "KANVAS_HOSTS": "app.example.com, OTHER.example ,",
        "KANVAS_HOST": "0.0.0.0",
        "KANVAS_PORT": "80",
        "KANVAS_LEDGER": "postgresql://ann:secret@db.example.com/ledger",
        "KANVAS_LEDGER_PAYLOADS": "full",
    }
    assert settings(environment, HERE) == Settings(
        data=Path("/var/lib/kanvas"),
        simulate=True,
        hosts=frozenset({"app.example.com", "other.example"}),
        host="0.0.0.0",
        port=80,
        ledger=Address("postgresql://ann:secret@db.example.com/ledger"),
        payloads=True,
    )


def test_empty_is_not_said() -> None:
    names = ("DATA_DIR", "SIMULATE", "HOSTS", "HOST", "PORT", "LEDGER_PAYLOADS")
    assert settings({f"KANVAS_{name}": "" for name in names}, HERE) == settings({}, HERE)


@pytest.mark.parametrize("word", ["0", "false", "No", "off"])
def test_simulation_is_off(word: str) -> None:
    assert not settings({"KANVAS_SIMULATE": word}, HERE).simulate


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KANVAS_SIMULATE", "maybe"),
        ("KANVAS_PORT", "many"),
        ("KANVAS_LEDGER_PAYLOADS", "yes"),
        ("KANVAS_LEDGER", "sqlite:///srv/ledger.db"),
        ("KANVAS_PORT", "65536"),
        ("KANVAS_PORT", "-1"),
        ("KANVAS_PORT", "٣"),
    ],
)
def test_what_makes_no_sense_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        settings({name: text}, HERE)
