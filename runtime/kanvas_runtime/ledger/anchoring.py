"""`ledger anchor`, and the anchors that `ledger verify` is given."""

from __future__ import annotations

import argparse
import importlib.util
import os
from datetime import UTC, datetime
from pathlib import Path

from kanvas_runtime.ledger import anchor
from kanvas_runtime.ledger.anchor import Anchor, Unsigned
from kanvas_runtime.ledger.check import sound
from kanvas_runtime.ledger.questions import Commands
from kanvas_runtime.ledger.reader import NoLedger, reading
from kanvas_runtime.ledger.record import timestamp
from kanvas_runtime.ledger.source import add_source, source
from kanvas_runtime.usage import Unusable

_VARIABLE = "KANVAS_ANCHOR_KEY_FILE"


def add(commands: Commands) -> None:
    """Add it to the family."""
    command = commands.add_parser("anchor", help="sign the head of each chain, to keep elsewhere")
    command.set_defaults(command=_anchor)
    add_source(command)


def add_to_verify(check: argparse.ArgumentParser) -> None:
    """The options for anchors that were kept."""
    check.add_argument("--anchors", type=Path, metavar="FILE", help="anchors, one a line")
    help_ = f"PEM of the key that signed them (default: {_VARIABLE})"
    check.add_argument("--anchor-key", type=Path, metavar="FILE", help=help_)


def anchors_of(options: argparse.Namespace) -> list[Anchor]:
    """What the options of `verify` name. Raises `Unusable`."""
    if options.anchors is None:
        return []
    path = options.anchor_key or _key_file()
    _need_cryptography()
    try:
        return anchor.read(options.anchors.read_text("utf-8").splitlines(), anchor.public_key(path))
    except Unsigned as error:
        raise Unusable(f"{options.anchors}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{options.anchors} cannot be read: {error}") from error


def _anchor(options: argparse.Namespace) -> int:
    place, path = source(options), _key_file()
    if isinstance(place, Path) and path.resolve().is_relative_to(place.resolve()):
        raise Unusable(
            f"{path} is in the data directory: who can write the chain anew could sign it, too. "
            f"Keep the key elsewhere, and let {_VARIABLE} say where"
        )
    _need_cryptography()
    try:
        key = anchor.private_key(path)
        with reading(place) as chains:
            heads = [row for records in chains for row in records.last(1)]
    except (NoLedger, Unsigned) as error:
        raise Unusable(str(error)) from error
    if not heads or not all(map(sound, heads)):
        raise Unusable("the ledger has no sound last record to sign: see `ledger verify`")
    at = timestamp(datetime.now(UTC))
    for head in heads:
        print(anchor.signed(Anchor(head.chain, head.seq, head.hash, at), key))
    return 0


def _key_file() -> Path:
    named = os.environ.get(_VARIABLE)
    if not named:
        raise Unusable(f"{_VARIABLE} does not say where the key for anchors is")
    return Path(named)


def _need_cryptography() -> None:
    if importlib.util.find_spec("cryptography") is None:
        raise Unusable("anchors need one more package: pip install 'kanvas-runtime[anchor]'")
