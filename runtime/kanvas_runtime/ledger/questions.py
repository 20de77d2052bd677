"""`ledger query`, `ledger export` and `ledger show`: commands that look for records."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from kanvas_runtime.ledger import export, story
from kanvas_runtime.ledger.choice import Choice, content, merged
from kanvas_runtime.ledger.line import line
from kanvas_runtime.ledger.reader import NoLedger, reading
from kanvas_runtime.ledger.records import Records
from kanvas_runtime.ledger.since import instant
from kanvas_runtime.ledger.source import add_source, source
from kanvas_runtime.usage import Unusable

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_ENOUGH = 3  # runs that begin alike, to know that there are several and name two
_SHORTEST = 8  # characters of a run's id that may stand for the whole: a time, nearly


def add(commands: Commands) -> None:
    """Add them to the family."""
    query = commands.add_parser("query", help="show the records that have something in common")
    _add_choice(query)
    query.add_argument("--json", action="store_true", help="for programs")
    query.set_defaults(command=_query)
    out = commands.add_parser("export", help="write records for other programs to stdout")
    out.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    _add_choice(out)
    out.set_defaults(command=_export)
    show = commands.add_parser("show", help="tell what happened in one run")
    show.add_argument("run", metavar="RUN", help="its id, or the beginning of it")
    show.add_argument("--json", action="store_true", help="the records, for programs")
    show.set_defaults(command=_show)
    for command in (query, out, show):
        add_source(command)


def _add_choice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--since", type=instant_option, metavar="T", help="15min, 2h, 7d or a date"
    )
    command.add_argument("--machine", metavar="M", help="of this machine")
    help_ = "`ok`, an error code, or `refused` for all but `ok`"
    command.add_argument("--outcome", metavar="O", help=help_)
    command.add_argument("--kind", metavar="K", help="of this kind: SurfaceAccess, StepRun …")


def instant_option(text: str) -> str:
    """A point in time, of the command line."""
    try:
        return instant(text, datetime.now(UTC))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(options.since, options.machine, options.outcome, kind=options.kind)


@contextmanager
def _ledger(options: argparse.Namespace) -> Iterator[Sequence[Records]]:
    """The chains of the ledger that a command asks; one that cannot be read is said in a line."""
    try:
        with reading(source(options)) as chains:
            yield chains
    except NoLedger as error:
        raise Unusable(str(error)) from error


def _query(options: argparse.Namespace) -> int:
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    found = False
    with _ledger(options) as chains:
        for body in export.lines(chains, _choice(options)):
            found = True
            print(body if options.json else line(body, colour=colour))
    if not found:
        print("no record is like that", file=sys.stderr)
    return 0


def _export(options: argparse.Namespace) -> int:
    with _ledger(options) as chains:
        if options.format == "csv":
            export.write_table(chains, _choice(options), sys.stdout)
            return 0
        for body in export.lines(chains, _choice(options)):
            print(body)
    return 0


def _show(options: argparse.Namespace) -> int:
    with _ledger(options) as chains:
        run = _whole_id(chains, options.run)
        rows = list(merged(chains, Choice(run=run)))
    told = [row.body for row in rows] if options.json else story.story([content(r) for r in rows])
    print("\n".join(told))
    return 0


def _whole_id(chains: Sequence[Records], run: str) -> str:
    found = sorted({each for records in chains for each in records.runs(run, _ENOUGH)})
    if run in found:
        return run
    if len(found) == 1 and len(run) >= _SHORTEST:
        return found[0]
    if not found:
        raise Unusable(f"no record is about a run {run}")
    raise Unusable(
        f"{run} is the beginning of several runs, {', '.join(found[:2])} for example: "
        "write more of it"
        if len(found) > 1
        else f"{run or 'nothing'} is too short: write at least {_SHORTEST} characters of the id"
    )
