"""What an operator sets: environment variables, read once when the app is built.

| variable                 | meaning                                      | default             |
|--------------------------|----------------------------------------------|---------------------|
| `KANVAS_SIMULATE`        | `1`: steps answer what the program assumes   | off                 |
| `KANVAS_DATA_DIR`        | the directory of ledger, state and keys      | `.kanvas` by app.py |
| `KANVAS_HOSTS`           | host names that clients may use, with commas | loopback names only |
| `KANVAS_TRUSTED_PROXIES` | proxies whose forwarded values count         | none                |
| `KANVAS_SESSION_KEY`     | keys that sign sessions; the first one signs | `session.key`       |
| `KANVAS_OAUTH_ISSUER`    | whose tokens are believed; see `oauth.py`    | none                |
| `KANVAS_OAUTH_AUDIENCE`  | for whom they have to be, with commas        | none                |
| `KANVAS_OAUTH_JWKS_URL`  | where the issuer's keys are                  | none                |
| `KANVAS_HOST`            | address to listen on                         | `127.0.0.1`         |
| `KANVAS_PORT`            | port to listen on                            | `9000`              |
| `KANVAS_PRICES`          | JSON file with what models cost              | our own table       |
| `KANVAS_LEDGER`          | a Postgres database for the records          | data directory      |
| `KANVAS_LEDGER_PAYLOADS` | `full`: the ledger keeps what comes and goes | digests alone       |
| `KANVAS_SECRET_…`        | a secret that the program needs, by its name | none                |
| `KANVAS_SECRETS_FILE`    | JSON file with secrets by their names        | none                |

Options of sockets have variables of their own: see `overrides.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kanvas_runtime.auth.oauth import OAuthSettings, oauth_settings
from kanvas_runtime.auth.sessions import signing_keys
from kanvas_runtime.ledger.postgres.address import Address, chosen
from kanvas_runtime.proxies import Network, networks

DEFAULT_PORT = 9000


@dataclass(frozen=True, slots=True)
class Settings:
    """See the table above. `hosts` are lower-case names without a port."""

    data: Path
    simulate: bool = False
    hosts: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    proxies: tuple[Network, ...] = ()
    payloads: bool = False
    ledger: Address | None = None
    session_keys: tuple[bytes, ...] = field(default=(), repr=False)
    oauth: OAuthSettings | None = None


def settings(environment: Mapping[str, str], directory: Path) -> Settings:
    """Raises `ValueError`, in words for the operator, when a variable makes no sense."""
    get = environment.get
    return Settings(
        data=Path(get("KANVAS_DATA_DIR") or directory / ".kanvas"),
        simulate=_switch("KANVAS_SIMULATE", get("KANVAS_SIMULATE", "")),
        hosts=frozenset(_names(get("KANVAS_HOSTS", ""))),
        host=get("KANVAS_HOST") or "127.0.0.1",
        port=_port("KANVAS_PORT", get("KANVAS_PORT") or str(DEFAULT_PORT)),
        proxies=_proxies("KANVAS_TRUSTED_PROXIES", get("KANVAS_TRUSTED_PROXIES", "")),
        ledger=chosen(environment),
        payloads=_payloads("KANVAS_LEDGER_PAYLOADS", get("KANVAS_LEDGER_PAYLOADS", "")),
        session_keys=signing_keys(get("KANVAS_SESSION_KEY", "")),
        oauth=oauth_settings(environment),
    )


def _switch(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word in ("", "0", "false", "no", "off"):
        return False
    if word in ("1", "true", "yes", "on"):
        return True
    raise ValueError(f"{name} is 1 or 0, not {text!r}")


def _payloads(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word not in ("", "digests", "full"):
        raise ValueError(f"{name} is full or digests, not {text!r}")
    return word == "full"


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]


def _proxies(name: str, text: str) -> tuple[Network, ...]:
    try:
        return networks(_names(text))
    except ValueError as error:
        raise ValueError(f"{name} has addresses and ranges such as 10.0.0.0/8: {error}") from error


def _port(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise ValueError(f"{name} is a port number, not {text!r}")
