"""`keys new`, `keys list` and `keys revoke`."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from kanvas_runtime.auth import admin
from kanvas_runtime.auth.changes import KeyChanges
from kanvas_runtime.auth.keys import Key, KeyProblem, Keys, check, stored
from kanvas_runtime.ledger import LedgerLocked, LedgerUnavailable
from kanvas_runtime.ledger.opening import open_ledger
from kanvas_runtime.ledger.postgres.address import chosen
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory, login

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGE = re.compile(r"([1-9]\d{0,5})(s|m|h|d)", re.ASCII)
_TRIES = 20
"""A server that is starting or stopping has the directory, and no admin socket, for a moment."""


def add(families: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the family to the command line."""
    family = families.add_parser("keys", help="make, list and revoke API keys")
    commands = family.add_subparsers(metavar="COMMAND", required=True)
    new = commands.add_parser("new", help="make a key and print it, this once")
    new.add_argument("name", metavar="NAME", help="who comes with it: the principal")
    new.add_argument(
        "--scope",
        "--scopes",
        dest="scopes",
        action="append",
        default=[],
        metavar="S",
        help="what it may do, such as machines:run; several with commas, or several times",
    )
    new.add_argument(
        "--expires",
        type=_age,
        metavar="AGE",
        help="how long it holds: 12h, 30d",
    )
    new.set_defaults(command=_new)
    list_ = commands.add_parser("list", help="show the keys, without their secrets")
    list_.add_argument("--json", action="store_true", help="for programs")
    list_.set_defaults(command=_list)
    revoke = commands.add_parser("revoke", help="end a key, and whatever is open by it")
    revoke.add_argument("which", metavar="KEY", help="its id, or its name")
    revoke.set_defaults(command=_revoke)
    for command in (new, list_, revoke):
        add_data_directory(command)


def _age(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no age: write 12h or 30d, for example")
    return int(match[1]) * _SECONDS[match[2]]


def _new(options: argparse.Namespace) -> int:
    scopes = tuple(part.strip() for text in options.scopes for part in text.split(","))
    try:
        check(options.name, scopes)
    except KeyProblem as problem:
        raise Unusable(str(problem)) from problem
    expires = None if options.expires is None else int(time.time()) + options.expires
    request = {"do": "keys.new", "name": options.name, "scopes": scopes, "expires": expires}
    key = _change(data_directory(options), request)
    print("keep this key: it is not shown again", file=sys.stderr)
    print(key)
    return 0


def _revoke(options: argparse.Namespace) -> int:
    told = _change(data_directory(options), {"do": "keys.revoke", "which": options.which})
    print(f"revoked {told['id']} ({told['name']})")
    return 0


def _list(options: argparse.Namespace) -> int:
    directory = data_directory(options)
    try:
        keys = stored(directory)
    except KeyProblem as problem:
        raise Unusable(str(problem)) from problem
    if options.json:
        print(msgspec.json.encode([_facts(key) for key in keys]).decode())
    elif not keys:
        print("there are no keys; make one with: keys new NAME", file=sys.stderr)
    else:
        _table(keys)
    return 0


def _facts(key: Key) -> dict[str, object]:
    """Salt and digest are nobody's business."""
    return {
        "id": key.id,
        "name": key.name,
        "state": key.state(time.time()),
        "scopes": key.scopes,
        "created": _moment(key.created),
        "expires": _moment(key.expires),
        "revoked": _moment(key.revoked),
    }


def _table(keys: list[Key]) -> None:
    rows = [("id", "name", "state", "scopes", "created", "expires")]
    for key in keys:
        facts = _facts(key)
        scopes = ",".join(key.scopes) or "-"
        created, expires = facts["created"], facts["expires"] or "never"
        rows.append((key.id, key.name, str(facts["state"]), scopes, str(created), str(expires)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _moment(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _change(directory: Path, request: dict[str, Any]) -> Any:
    """By the server that has the directory; by ourselves when there is none."""
    request = request | {"operator": login()}
    for _ in range(_TRIES):
        try:
            return admin.ask(directory, request)
        except admin.AdminRefused as refused:
            raise Unusable(str(refused)) from refused
        except admin.NobodyServes:
            pass
        try:
            return asyncio.run(_change_alone(directory, request))
        except LedgerLocked as locked:
            reason = str(locked)
        except (OSError, ValueError, KeyProblem, LedgerUnavailable, admin.AdminRefused) as problem:
            raise Unusable(str(problem)) from problem
        time.sleep(0.25)
    raise Unusable(reason)


async def _change_alone(directory: Path, request: dict[str, Any]) -> Any:
    ledger = await open_ledger(directory, chosen(os.environ))
    try:
        return await KeyChanges(Keys(directory), ledger).apply(request)
    finally:
        await ledger.close()
