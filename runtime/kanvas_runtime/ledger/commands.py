"""The family of commands `ledger …`; here `verify` and `tail`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import msgspec

from kanvas_runtime.ledger import anchoring, archiving, questions
from kanvas_runtime.ledger.line import line
from kanvas_runtime.ledger.progress import Progress
from kanvas_runtime.ledger.reader import NoLedger, reading
from kanvas_runtime.ledger.record import NO_HASH, Head, Row
from kanvas_runtime.ledger.verification import Verification, verify
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory

_POLL = 0.25  # seconds between two looks with --follow


def add(families: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the family to the command line."""
    family = families.add_parser("ledger", help="read and verify the record of what happened")
    commands = family.add_subparsers(metavar="COMMAND", required=True)
    check = commands.add_parser("verify", help="check the whole chain, name what is wrong")
    check.add_argument(
        "--seal",
        type=_sealed,
        default=Head(),
        metavar="SEQ:HASH",
        help="of archived records, as `archive` told it",
    )
    anchoring.add_to_verify(check)
    check.set_defaults(command=_verify)
    tail = commands.add_parser("tail", help="show the last records")
    tail.add_argument("-n", type=_count, default=20, metavar="N", help="how many (default 20)")
    tail.add_argument("-f", "--follow", action="store_true", help="go on with new ones")
    tail.set_defaults(command=_tail)
    for command in (check, tail):
        command.add_argument("--json", action="store_true", help="for programs")
        add_data_directory(command)
    questions.add(commands)
    archiving.add(commands)
    anchoring.add(commands)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a count")
    return int(text)


def _sealed(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != len(NO_HASH):
        raise argparse.ArgumentTypeError(f"{text} is no seal, which is a number, a colon, a hash")
    return Head(int(seq), digest)


def _verify(options: argparse.Namespace) -> int:
    progress, anchors = Progress(), anchoring.anchors_of(options)
    try:
        directory = data_directory(options)
        found = verify(directory, progress, options.seal, anchors, _processors())
    except NoLedger as error:
        raise Unusable(str(error)) from error
    finally:
        progress.done()
    print(_report(found) if options.json else _told(found))
    return 0 if found.ok else 1


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _report(found: Verification) -> str:
    report = {
        "ok": found.ok,
        "records": found.head.seq,
        "chain": found.chain,
        "head": found.head.hash,
        "fault": found.fault,
        "seals": found.seals,
    }
    return msgspec.json.encode(report).decode()


def _told(found: Verification) -> str:
    told = [f"note: {seal}" for seal in found.seals]
    if found.fault:
        told.append(f"broken: {found.fault.sentence}")
        before = min(found.head.seq, found.fault.seq - 1)
        told.append(f"the {before} records before are sound" if before > 0 else "")
    else:
        told.append(f"sound: {found.head.seq} records, head {found.head.hash}")
    return "\n".join(part for part in told if part)


def _tail(options: argparse.Namespace) -> int:
    directory = data_directory(options)
    try:
        rows = _last(directory, max(options.n, 1))  # one at least, to know what comes after
        _show(rows[:0] if not options.n else rows, options)
        while options.follow:
            after = rows[-1].seq if rows else 0
            time.sleep(_POLL)
            newer = _newer(directory, after)
            _show(newer, options)
            rows = newer or rows
    except NoLedger as error:
        raise Unusable(str(error)) from error
    except KeyboardInterrupt:
        pass  # how --follow ends
    return 0


def _last(directory: Path, count: int) -> list[Row]:
    with reading(directory) as (records,):
        return records.last(count)


def _newer(directory: Path, after: int) -> list[Row]:
    """Opened anew each time: a server that seals a torn tail replaces the file."""
    with reading(directory) as (records,):
        return [Row(*values) for rows in records.chunks(after) for values in rows]


def _show(rows: list[Row], options: argparse.Namespace) -> None:
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for row in rows:
        body = str(row.body)
        print(body if options.json else line(body, colour=colour), flush=options.follow)
