"""The file of tests beside the built machines. It is data: nothing in it is ever executed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from kanvas_runtime.errors import FailureType
from kanvas_runtime.usage import Unusable

FILE = "tests.json"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One test: what goes in, what is assumed on the way, and what has to come out.

    `given` is the input as JSON. `assuming` holds an answer for each step that the test answers
    itself, and `fails` the type of the failure of each that it lets fail. `expect`, `push` and
    `error` are what the program says, and null where it says nothing.
    `now` is RFC 3339; `approval`, what becomes of steps that a person decides about.
    """

    module: str
    given: dict[str, Any] = {}
    assuming: dict[str, dict[str, Any]] = {}
    fails: dict[str, FailureType] = {}
    now: datetime | None = None
    approval: Literal["approved", "denied", "expired"] = "approved"
    expect: list[dict[str, Any]] = []
    push: list[dict[str, Any]] | None = None
    error: str | None = None


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tests of one program."""

    tests: list[Case]


def read(folder: Path) -> Suite:
    """Raises `Unusable` when the folder holds no tests, or not as this version reads them."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Suite)
    except OSError as fault:
        raise Unusable(f"cannot read {folder / FILE}: {fault.strerror}") from None
    except msgspec.MsgspecError as fault:
        raise Unusable(f"{folder / FILE} is no file of tests: {fault}") from None
