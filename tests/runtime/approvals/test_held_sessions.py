"""A run that waits for a person, in the rules of a connection: each frame, and each event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kanvas_runtime.errors import Refusal
from kanvas_runtime.events import (
    Answer,
    Binary,
    Disconnected,
    Effect,
    Event,
    Finished,
    Grew,
    Held,
    Job,
    Progressed,
    Revoked,
    Stop,
    Text,
    Tick,
)
from kanvas_runtime.session import DRAIN, Session, State
from kanvas_runtime.wishes import Notice

from tests.runtime import test_envelope as envelope
from tests.runtime import test_session as plain
from tests.runtime.test_envelope import op, run, said, subscribe
from tests.runtime.test_session import FRAMES, OUTPUT, kinds, started

NOTICE = Notice("run-1", "call", "pay")


def hold(core: Session, frame: Text) -> Job:
    job = started(core.handle(frame, 0.0))
    core.handle(Held(job, NOTICE), 0.0)
    return job


def plainly(text: str = '{"n":1}', **options: Any) -> tuple[Session, Job]:
    core = plain.session(**options)
    return core, hold(core, Text(text))


def with_ids(frame: Text | None = None, **options: Any) -> tuple[Session, Job]:
    core = envelope.session(**options)
    return core, hold(core, frame or run("r"))


def denied(job: Job) -> Finished:
    return Finished(job, refusal=Refusal("approval_denied", "no"))


def texts(effects: list[Effect]) -> list[Any]:
    return [json.loads(effect.text) for effect in effects if hasattr(effect, "text")]


def test_a_hold_is_told_and_ends_the_turn() -> None:
    core = plain.session()
    first = started(core.handle(Text('{"n":1}'), 0.0))
    assert core.handle(Text('{"n":2}'), 0.0) == []
    effects = core.handle(Held(first, NOTICE), 0.0)
    assert kinds(effects) == ["Push", "Start"]
    assert texts(effects[:1]) == [{"held": {"run": "run-1", "capability": "call", "step": "pay"}}]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_behind_a_held_run_is_answered_at_once(name: str) -> None:
    frame, expected = FRAMES[name]
    core, _ = plainly(max_message=64)
    alone = plain.session(max_message=64).handle(frame, 0.0)
    assert kinds(core.handle(frame, 0.0)) == kinds(alone)
    assert kinds(alone) == ["Start" if expected == "Start" else "Answer"]


ENVELOPES: dict[str, tuple[Text | Binary, list[str]]] = {
    "another run": (run("other"), ["Start"]),
    "the same id": (run("r"), ["Answer"]),
    "a subscription": (subscribe("s"), ["Start"]),
    "its cancel": (op("cancel", id="r"), ["Cancel", "Answer", "Answer"]),
    "its end": (op("unsubscribe", id="r"), ["Cancel", "Answer", "Answer"]),
    "another's cancel": (op("cancel", id="x"), ["Answer"]),
    "a ping": (op("ping"), ["Say"]),
    "nonsense": (Text("{"), ["Answer"]),
    "binary": (Binary(), ["Answer"]),
    "an unknown op": (op("hold", id="r"), ["Answer"]),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_behind_a_held_run(name: str) -> None:
    frame, expected = ENVELOPES[name]
    core, _ = with_ids(concurrency=1)
    assert kinds(core.handle(frame, 0.0)) == expected


def test_the_envelope_says_which_run() -> None:
    core = envelope.session()
    told = said(core.handle(Held(started(core.handle(run("r"), 0.0)), NOTICE), 0.0))
    assert told == [{"op": "held", "id": "r", "run": "run-1", "capability": "call", "step": "pay"}]


def test_a_used_id_stays_used_while_the_run_is_held() -> None:
    core, job = with_ids()
    (refused,) = said(core.handle(run("r"), 0.0))
    assert refused["error"]["code"] == "conflict"
    core.handle(Finished(job, OUTPUT), 0.0)
    assert kinds(core.handle(run("r"), 0.0)) == ["Start"]


def test_the_answer_comes_when_it_comes() -> None:
    core, held = plainly()
    other = started(core.handle(Text('{"n":2}'), 0.0))
    (first,) = core.handle(denied(held), 0.0)
    assert isinstance(first, Answer)
    assert first.job is held
    assert texts([first])[0]["error"]["code"] == "approval_denied"
    (second,) = core.handle(Finished(other, OUTPUT), 0.0)
    assert isinstance(second, Answer)
    assert second.job is other


def test_a_run_may_be_held_more_than_once() -> None:
    core, job = plainly()
    again = core.handle(Held(job, NOTICE._replace(step="ship")), 0.0)
    assert texts(again)[0]["held"]["step"] == "ship"
    assert kinds(core.handle(Finished(job, OUTPUT), 0.0)) == ["Answer"]
    assert core.handle(Held(job, NOTICE), 0.0) == []


def test_what_a_held_run_pushes_is_told() -> None:
    core, job = with_ids()
    assert said(core.handle(Progressed(job, "{}"), 0.0)) == [
        {"op": "push", "id": "r", "output": {}}
    ]
    assert said(core.handle(Grew(job, "write", "reply", "x"), 0.0))[0]["op"] == "partial"
    assert core.pushes == 1


def test_a_held_connection_is_not_idle() -> None:
    core, job = plainly(idle_timeout=30.0)
    assert core.deadline is None
    assert core.handle(Tick(), 1_000.0) == []
    core.handle(Finished(job, OUTPUT), 1_000.0)
    core.handle(plain.Sent(len(OUTPUT) + 100), 1_000.0)
    assert core.state is State.OPEN


@pytest.mark.parametrize("event", [Disconnected(), Revoked()])
def test_a_held_run_outlives_its_connection(event: Event) -> None:
    core, job = plainly()
    running = started(core.handle(Text('{"n":2}'), 0.0))
    effects = core.handle(event, 0.0)
    by_kind = {type(effect).__name__: effect for effect in effects}
    assert by_kind["Detach"].job is job  # type: ignore[union-attr]
    assert by_kind["Cancel"].job is running  # type: ignore[union-attr]
    assert core.handle(Finished(job, OUTPUT), 0.0) == []


def test_a_held_run_outlives_the_credentials() -> None:
    core = envelope.session(expires=10.0)
    hold(core, run("r"))
    assert core.deadline == 10.0
    assert kinds(core.handle(Tick(), 10.0)) == ["Detach", "Close"]


def test_a_stop_waits_for_what_is_held_and_then_no_longer() -> None:
    core, job = plainly()
    assert kinds(core.handle(Stop(), 0.0)) == ["Pause"]
    assert core.deadline == DRAIN
    assert kinds(core.handle(Tick(), DRAIN)) == ["Cancel", "Answer", "Close"]
    core, job = plainly()
    core.handle(Stop(), 0.0)
    assert kinds(core.handle(denied(job), 1.0)) == ["Answer", "Close"]


# Subscriptions whose first run is held.


def test_a_held_subscription_opens_with_its_first_result() -> None:
    core, job = plainly('{"subscribe":1}')
    assert kinds(core.handle(Finished(job, OUTPUT), 0.0)) == ["Answer", "Join"]


def test_a_held_subscription_takes_its_place() -> None:
    core, _ = with_ids(subscribe("a"), max_subscriptions=1)
    (refused,) = said(core.handle(subscribe("b"), 0.0))
    assert refused["error"]["code"] == "overloaded"


def test_unsubscribing_ends_all_that_is_held_under_the_name() -> None:
    core, first = plainly('{"subscribe":1}', max_subscriptions=4)
    second = hold(core, Text('{"subscribe":{"n":1}}'))
    other = hold(core, Text('{"subscribe":2}'))
    effects = core.handle(Text('{"unsubscribe":1}'), 0.0)
    assert kinds(effects) == ["Cancel", "Answer", "Cancel", "Answer", "Answer"]
    assert texts(effects)[-1] == {"unsubscribed": 1}
    assert core.handle(Finished(first, OUTPUT), 0.0) == []
    assert core.handle(Finished(second, OUTPUT), 0.0) == []
    assert kinds(core.handle(Finished(other, OUTPUT), 0.0)) == ["Answer", "Join"]


def test_unsubscribing_ends_what_is_open_and_what_is_held() -> None:
    core, first = plainly('{"subscribe":1}')
    second = hold(core, Text('{"subscribe":1}'))
    core.handle(Finished(first, OUTPUT), 0.0)
    effects = core.handle(Text('{"unsubscribe":1}'), 0.0)
    assert kinds(effects) == ["Cancel", "Answer", "Leave", "Answer"]
    assert core.handle(Finished(second, OUTPUT), 0.0) == []
