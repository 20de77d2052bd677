"""The family of commands `ledger …`; here `verify` and `tail`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from operator import attrgetter

import msgspec

from kanvas_runtime.ledger import anchoring, archiving, questions
from kanvas_runtime.ledger.line import line
from kanvas_runtime.ledger.postgres.address import Address, Source
from kanvas_runtime.ledger.progress import Progress
from kanvas_runtime.ledger.reader import NoLedger, reading
from kanvas_runtime.ledger.record import NO_HASH, Head, Row
from kanvas_runtime.ledger.source import add_source, source
from kanvas_runtime.ledger.verification import Verification, verify
from kanvas_runtime.usage import Unusable

_POLL = 0.25  # seconds between two looks with --follow


def add(families: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the family to the command line."""
    family = families.add_parser("ledger", help="read and verify the record of what happened")
    commands = family.add_subparsers(metavar="COMMAND", required=True)
    check = commands.add_parser("verify", help="check the whole chain, name what is wrong")
    check.add_argument(
        "--seal",
        type=_sealed,
        action="append",
        default=[],
        metavar="SEQ:HASH",
        help="of archived records, as `archive` told it; in Postgres one for each chain",
    )
    anchoring.add_to_verify(check)
    check.set_defaults(command=_verify)
    tail = commands.add_parser("tail", help="show the last records")
    tail.add_argument("-n", type=_count, default=20, metavar="N", help="how many (default 20)")
    tail.add_argument("-f", "--follow", action="store_true", help="go on with new ones")
    tail.set_defaults(command=_tail)
    for command in (check, tail):
        command.add_argument("--json", action="store_true", help="for programs")
        add_source(command)
    questions.add(commands)
    archiving.add(commands)
    anchoring.add(commands)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a count")
    return int(text)


def _sealed(text: str) -> tuple[str, Head]:
    rest, _, digest = text.rpartition(":")
    chain, _, seq = rest.rpartition(":")
    if not seq.isdecimal() or len(digest) != len(NO_HASH):
        raise argparse.ArgumentTypeError(f"{text} is no seal, which is a number, a colon, a hash")
    return chain, Head(int(seq), digest)


def _verify(options: argparse.Namespace) -> int:
    progress, anchors = Progress(), anchoring.anchors_of(options)
    place, seals = source(options), dict(options.seal)
    try:
        if isinstance(place, Address):
            from kanvas_runtime.ledger.postgres.verification import verify_all

            return _tell_all(verify_all(place, progress, seals, anchors), options)
        sealed = list(seals.values())[-1] if seals else Head()
        found = verify(place, progress, sealed, anchors, _processors())
    except NoLedger as error:
        raise Unusable(str(error)) from error
    finally:
        progress.done()
    print(msgspec.json.encode(_report(found)).decode() if options.json else _told(found))
    return 0 if found.ok else 1


def _tell_all(chains: list[Verification], options: argparse.Namespace) -> int:
    """Of a database: what was found of each chain."""
    ok = all(each.ok for each in chains)
    if options.json:
        print(msgspec.json.encode({"ok": ok, "chains": list(map(_report, chains))}).decode())
        return 0 if ok else 1
    for each in chains:
        print(f"chain {each.chain}")
        print("\n".join(f"  {line}" for line in _told(each).splitlines()))
    count = sum(each.head.seq for each in chains)
    print(f"{'sound' if ok else 'broken'}: {_counted(len(chains), 'chain')}, {count} records")
    return 0 if ok else 1


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _report(found: Verification) -> dict[str, object]:
    return {
        "ok": found.ok,
        "records": found.head.seq,
        "chain": found.chain,
        "head": found.head.hash,
        "fault": found.fault,
        "seals": found.seals,
    }


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
    place = source(options)
    try:
        with reading(place) as chains:
            # One at least of each, to know what comes after.
            found = {each.chain: each.last(max(options.n, 1)) for each in chains}
        after = {chain: rows[-1].seq for chain, rows in found.items() if rows}
        ended = sorted((row for rows in found.values() for row in rows), key=attrgetter("at"))
        _show(ended[-options.n :] if options.n else [], options)
        while options.follow:
            time.sleep(_POLL)
            _show(_newer(place, after), options)
    except NoLedger as error:
        raise Unusable(str(error)) from error
    except KeyboardInterrupt:
        pass  # how --follow ends
    return 0


def _newer(place: Source, after: dict[str | None, int]) -> list[Row]:
    """What came behind these numbers of each chain, which are moved on.

    Opened anew each time: a server that seals a torn tail replaces the file.
    """
    found: list[Row] = []
    with reading(place) as chains:
        for each in chains:
            for chunk in each.chunks(after.get(each.chain, 0)):
                found += [Row(*values) for values in chunk]
                after[each.chain] = chunk[-1][0]
    return sorted(found, key=attrgetter("at"))


def _show(rows: list[Row], options: argparse.Namespace) -> None:
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for row in rows:
        body = str(row.body)
        print(body if options.json else line(body, colour=colour), flush=options.follow)
