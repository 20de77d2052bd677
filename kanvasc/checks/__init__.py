"""Rules over a typed program: each a file with one function, listed in the order they report.

What a rule needs to know of types it reads from the typed program; what needs a type to be
decided belongs to the type phase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kanvasc.checks.bare_braces import bare_braces
from kanvasc.checks.concurrent_sets import concurrent_sets
from kanvasc.checks.context import Context
from kanvasc.checks.event_circles import event_circles
from kanvasc.checks.heartbeats import heartbeats
from kanvasc.checks.idle_scopes import idle_scopes
from kanvasc.checks.impatient import impatient
from kanvasc.checks.names_twice import names_twice
from kanvasc.checks.naming import naming
from kanvasc.checks.needless_approvals import needless_approvals
from kanvasc.checks.paid_intervals import paid_intervals
from kanvasc.checks.protocol_words import protocol_words
from kanvasc.checks.sections_twice import sections_twice
from kanvasc.checks.socket_limits import socket_limits
from kanvasc.checks.subscriptions import subscriptions
from kanvasc.checks.unpublished_events import unpublished_events
from kanvasc.checks.unused_flows import unused_flows
from kanvasc.checks.unused_lets import unused_lets
from kanvasc.checks.unused_needs import unused_needs
from kanvasc.checks.unused_permissions import unused_permissions
from kanvasc.checks.unused_uses import unused_uses
from kanvasc.diagnostics import Diagnostic

Rule = Callable[[Context], Iterable[Diagnostic]]

RULES: tuple[Rule, ...] = (
    unused_uses,
    names_twice,
    sections_twice,
    naming,
    bare_braces,
    protocol_words,
    concurrent_sets,
    heartbeats,
    socket_limits,
    idle_scopes,
    paid_intervals,
    impatient,
    subscriptions,
    unused_lets,
    unused_flows,
    unpublished_events,
    event_circles,
    unused_permissions,
    unused_needs,
    needless_approvals,
)


def check(context: Context) -> tuple[Diagnostic, ...]:
    """All findings of all rules."""
    return tuple(found for rule in RULES for found in rule(context))
