"""What a machine's policy says about a call."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

from msgspec.structs import replace

from kanvas_runtime.machine import Grant, Policy
from kanvas_runtime.outside.targets import read_target
from kanvas_runtime.outside.url import Origin

Target: TypeAlias = str | Origin | None
"""What a step wants to reach: a machine by name, a host, or nothing in particular."""


class Verdict(Enum):
    """Whether a call may be made."""

    ALLOWED = "allowed"
    APPROVAL = "approval"
    DENIED = "denied"


def judge(policy: Policy, capability: str, target: Target = None) -> Verdict:
    """Not allowed beats requires approval beats allowed; what nobody granted is denied.

    A grant without a target covers every call of its capability, one with a target only that one.
    Of the policies that hold at once, within each other, the strictest decides.
    """
    verdicts = {judged(each, capability, target) for each in _levels(policy)}
    if Verdict.DENIED in verdicts:
        return Verdict.DENIED
    return Verdict.APPROVAL if Verdict.APPROVAL in verdicts else Verdict.ALLOWED


def narrow(callee: Policy, caller: Policy) -> Policy:
    """What a machine may do when another calls it: its own rights, as far as those of the caller.

    `caller` is what the caller itself may do in this run, which may already be narrowed.
    """
    return replace(callee, within=caller)


def locates(policy: Policy, origin: Origin) -> bool:
    """Whether every policy that holds says exactly where an http host is."""
    return all(_located(each, origin) for each in _levels(policy))


def _levels(policy: Policy) -> Iterator[Policy]:
    level: Policy | None = policy
    while level is not None:
        yield level
        level = level.within


def judged(policy: Policy, capability: str, target: Target) -> Verdict:
    """What one policy says, whatever it is within."""
    if any(_forbids(grant, capability, target) for grant in policy.denied):
        return Verdict.DENIED
    if any(_forbids(grant, capability, target) for grant in policy.approval):
        return Verdict.APPROVAL
    if any(_grants(grant, capability, target) for grant in policy.allowed):
        return Verdict.ALLOWED
    return Verdict.DENIED


def _grants(grant: Grant, capability: str, target: Target) -> bool:
    if grant.capability != capability:
        return False
    if grant.target is None or not isinstance(target, Origin):
        return grant.target in (None, target)
    return read_target(grant.target).grants(target)


def _forbids(grant: Grant, capability: str, target: Target) -> bool:
    if isinstance(target, Origin) and grant.capability == capability and grant.target is not None:
        return read_target(grant.target).forbids(target)
    return _grants(grant, capability, target)


def _located(policy: Policy, origin: Origin) -> bool:
    granted = (*policy.allowed, *policy.approval)
    targets = [g.target for g in granted if g.capability == "http" and g.target is not None]
    return any(read_target(target).locates(origin) for target in targets)
