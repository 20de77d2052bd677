"""Secrets of the environment, and how texts are kept free of them.

The compiler has proved where secrets go. What is here is the second line: whatever comes back from
outside, and whatever is said about a fault, is searched for them before anybody sees it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kanvas_runtime.codec.describe import fields
from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Machine, reached
from kanvas_runtime.mask import Mask

PREFIX = "KANVAS_SECRET_"
FILE = "KANVAS_SECRETS_FILE"
SHORTEST = 8
"""Characters of a secret of the environment: a shorter one can be guessed."""
_OTHERS_READ = stat.S_IRWXG | stat.S_IRWXO


class SecretProblem(ValueError):
    """Secrets that are missing or cannot be used; the message is for the operator and has none."""


class Secrets:
    """The secrets of an app, by name. Without values (`Secrets.assumed()`), each has a placeholder
    that says its name: nothing leaves then."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {} if values is None else dict(values)
        self._assumed = values is None
        self.mask = Mask(self._values.values())

    @classmethod
    def assumed(cls) -> Secrets:
        """Those of an app that is simulated or tested."""
        return cls(None)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self._values)})"

    def of(self, name: str) -> str:
        """The value of one."""
        return f"simulated-{name}" if self._assumed else self._values[name]

    def within(self, records: Iterable[Record]) -> Mask:
        """What hides these secrets, and those that stand in the records."""
        inside = [text for record in records for text in _secret_texts(record)]
        return Mask([*self._values.values(), *inside]) if inside else self.mask


def _secret_texts(value: object, hidden: bool = False) -> Iterator[str]:
    """The texts and numbers in secret fields, at any depth."""
    if isinstance(value, Record):
        for field in fields(type(value)):
            part = getattr(value, field.attribute)
            yield from _secret_texts(part, hidden or field.secret)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_texts(item, hidden)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _secret_texts(key, hidden)
            yield from _secret_texts(item, hidden)
    elif hidden and value is not None and not isinstance(value, bool):
        yield str(value)


def read(
    machines: Iterable[Machine[Any, Any]],
    environment: Mapping[str, str],
    warn: Callable[[str], None] = lambda _: None,
) -> Secrets:
    """What the machines need, and those that they call. The environment goes before the file.

    Raises:
        SecretProblem: naming all that is missing, or what makes the file useless.
    """
    needed: dict[str, list[str]] = {}
    for machine in reached(machines):
        for name in machine.needs:
            needed.setdefault(name, []).append(machine.name)
    path = environment.get(FILE)
    filed = {} if not path or not needed else _read_file(Path(path), warn)
    values = {name: environment.get(variable(name)) or filed.get(name, "") for name in needed}
    missing = {name: needed[name] for name, value in values.items() if not value}
    if missing:
        raise SecretProblem(_missing(missing))
    short = [name for name, value in values.items() if len(value) < SHORTEST]
    if short:
        listed = ", ".join(short)
        raise SecretProblem(
            f"{listed}: a secret has at least {SHORTEST} characters. A shorter one could be"
            " guessed, and could not be told from other text where it has to be hidden."
        )
    return Secrets(values)


def variable(name: str) -> str:
    """The environment's name of a secret."""
    return f"{PREFIX}{name.upper()}"


def _missing(missing: Mapping[str, list[str]]) -> str:
    number = "a secret is" if len(missing) == 1 else f"{len(missing)} secrets are"
    listed = "; ".join(f"{name}, for {', '.join(who)}" for name, who in missing.items())
    variables = ", ".join(map(variable, missing))
    return (
        f"{number} missing ({listed}). Set {variables}, or put a JSON object with"
        f" {', '.join(map(json.dumps, missing))} into the file that {FILE} names. With --simulate"
        " no secrets are needed."
    )


def _read_file(path: Path, warn: Callable[[str], None]) -> dict[str, str]:
    """A JSON object of names and texts. Nothing of what it holds is repeated."""
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise SecretProblem(f"{FILE}: {path} cannot be read: {error.strerror}") from None
    if os.name == "posix" and mode & _OTHERS_READ:
        warn(f"{path} can be read by others: chmod 600 {path}")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise SecretProblem(f'{FILE}: {path} is no JSON object of texts, {{"name": "…"}}')
    return found
