"""Who may pass the gate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.machine import Grant, Policy
from kanvas_runtime.policy import Verdict, judge

CAPABILITIES = ("reason", "http", "memory", "call")
TARGETS = (None, "a", "b")

grants = st.lists(
    st.builds(Grant, st.sampled_from(CAPABILITIES), st.sampled_from(TARGETS)), max_size=3
).map(tuple)


@given(
    denied=grants,
    approval=grants,
    allowed=grants,
    capability=st.sampled_from(CAPABILITIES),
    target=st.sampled_from(TARGETS),
)
def test_denied_beats_approval_beats_allowed_beats_silence(
    denied: tuple[Grant, ...],
    approval: tuple[Grant, ...],
    allowed: tuple[Grant, ...],
    capability: str,
    target: str | None,
) -> None:
    def named(grants: tuple[Grant, ...]) -> bool:
        return bool({(capability, None), (capability, target)} & set(grants))

    expected = (
        Verdict.DENIED
        if named(denied)
        else Verdict.APPROVAL
        if named(approval)
        else Verdict.ALLOWED
        if named(allowed)
        else Verdict.DENIED
    )
    policy = Policy(allowed=allowed, denied=denied, approval=approval)
    assert judge(policy, capability, target) is expected


def test_a_grant_for_one_target_is_none_for_all() -> None:
    policy = Policy(allowed=(Grant("http", "a"),))
    assert judge(policy, "http") is Verdict.DENIED
