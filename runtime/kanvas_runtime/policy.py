"""What a machine's policy says about a call."""

from __future__ import annotations

from enum import Enum

from kanvas_runtime.machine import Grant, Policy


class Verdict(Enum):
    """Whether a call may be made."""

    ALLOWED = "allowed"
    APPROVAL = "approval"
    DENIED = "denied"


def judge(policy: Policy, capability: str, target: str | None = None) -> Verdict:
    """Not allowed beats requires approval beats allowed; what nobody granted is denied.

    A grant without a target covers every call of its capability, one with a target only that one.
    """
    if _covered(policy.denied, capability, target):
        return Verdict.DENIED
    if _covered(policy.approval, capability, target):
        return Verdict.APPROVAL
    if _covered(policy.allowed, capability, target):
        return Verdict.ALLOWED
    return Verdict.DENIED


def _covered(grants: tuple[Grant, ...], capability: str, target: str | None) -> bool:
    return any(
        grant.capability == capability and grant.target in (None, target) for grant in grants
    )
