"""`approvals list`, `approvals approve` and `approvals deny`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from kanvas_runtime.approvals.hold import LONGEST_REASON
from kanvas_runtime.auth import admin
from kanvas_runtime.ledger.line import printable
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory, login


def add(families: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the family to the command line."""
    family = families.add_parser("approvals", help="see which steps wait for a person, and decide")
    commands = family.add_subparsers(metavar="COMMAND", required=True)
    list_ = commands.add_parser("list", help="show what waits, with what it would do")
    list_.add_argument("--json", action="store_true", help="for programs")
    list_.set_defaults(command=_list)
    approve = commands.add_parser("approve", help="let a step go on, with what was shown")
    approve.set_defaults(command=_decide, choice="approve")
    deny = commands.add_parser("deny", help="end a step that waits")
    deny.set_defaults(command=_decide, choice="deny")
    for command in (approve, deny):
        command.add_argument("hold", metavar="HOLD", help="its id, as the list has it")
        command.add_argument("--reason", metavar="TEXT", type=_reason, help="kept with the record")
    for command in (list_, approve, deny):
        add_data_directory(command)


def _reason(text: str) -> str:
    if len(text) > LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"a reason has at most {LONGEST_REASON} characters")
    return text


def _list(options: argparse.Namespace) -> int:
    waiting = _ask(data_directory(options), {"do": "approvals.list"})
    if options.json:
        print(msgspec.json.encode(waiting).decode())
    elif not waiting:
        print("nothing waits for a person", file=sys.stderr)
    else:
        print("\n\n".join("\n".join(_told(hold)) for hold in waiting))
    return 0


def _told(hold: dict[str, Any]) -> list[str]:
    target = f' "{hold["target"]}"' if "target" in hold else ""
    lines = {
        "step": f"{hold['machine']}.{hold['step']}, {hold['capability']}{target}",
        "for": hold.get("principal", "nobody who signed in"),
        "run": hold["run"],
        "held": f"{hold['held_at']}, until {hold['expires_at']}",
        "digest": hold["digest"],
        "does": msgspec.json.encode(hold["arguments"]).decode(),
    }
    simulated = ["  simulated"] if hold.get("simulated") else []
    shown = [f"  {name:<8}{printable(str(value))}" for name, value in lines.items()]
    return [hold["hold"], *shown, *simulated]


def _decide(options: argparse.Namespace) -> int:
    request = {
        "do": "approvals.decide",
        "hold": options.hold,
        "choice": options.choice,
        "decider": login(),
        "reason": options.reason,
    }
    done = _ask(data_directory(options), request)
    print(f"{done['verdict']} {options.hold}")
    return 0


def _ask(directory: Path, request: dict[str, Any]) -> Any:
    """Runs wait in a server's memory, so without a server there are none."""
    try:
        return admin.ask(directory, request)
    except admin.AdminRefused as refused:
        raise Unusable(str(refused)) from refused
    except admin.NobodyServes:
        message = f"no server has {directory}, so nothing waits: is it the app's data directory?"
        raise Unusable(message) from None
