"""The rules of a connection, without a socket."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.events import (
    Abort,
    Answer,
    Binary,
    Cancel,
    Close,
    Disconnected,
    Effect,
    Event,
    Finished,
    Job,
    Join,
    Leave,
    Lost,
    Pause,
    Push,
    Pushed,
    Resume,
    Sent,
    Start,
    Stop,
    Text,
    Tick,
)
from kanvas_runtime.hub import Item
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.plain import Plain
from kanvas_runtime.pressure import UNSENT_CEILING, UNSENT_LIMIT, UNSENT_PATIENCE
from kanvas_runtime.session import DRAIN, Session, State

from tests.runtime.sockets import DOUBLE, GREET, KEEP

OUTPUT = b'{"twice":2}'


def session(machine: Machine[Any, Any] = DOUBLE, **options: Any) -> Session:
    surface = WebSocketSurface(path="/ws", **options)
    plain = Plain(machine, Codec(machine.input, machine.output))
    numbers = itertools.count(1)
    return Session(surface, plain, lambda: f"run-{next(numbers)}", 0.0)


def pushed(text: str, durable: Any = None, *, key: bytes = b'{"n":1}') -> Pushed:
    return Pushed(key, Item("e.1", text, durable, None))


def kinds(effects: list[Effect]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def started(effects: list[Effect]) -> Job:
    (job,) = [effect.job for effect in effects if isinstance(effect, Start)]
    return job


def answers(effects: list[Effect]) -> list[Any]:
    return [json.loads(effect.text) for effect in effects if isinstance(effect, Answer)]


def code(effects: list[Effect]) -> str:
    (answer,) = answers(effects)
    return str(answer["error"]["code"])


def running(core: Session) -> Job:
    return started(core.handle(Text('{"n":1}'), 0.0))


def draining(core: Session) -> None:
    running(core)
    core.handle(Stop(), 0.0)


def closed(core: Session) -> None:
    core.handle(Disconnected(), 0.0)


FRAMES: dict[str, tuple[Text | Binary, str]] = {
    "request": (Text('{"n":1}'), "Start"),
    "no JSON": (Text("nonsense"), "invalid_json"),
    "no object": (Text("[1]"), "invalid_frame"),
    "wrong type": (Text('{"n":"one"}'), "invalid_input"),
    "missing field": (Text("{}"), "invalid_input"),
    "unknown field": (Text('{"n":1,"m":2}'), "unknown_field"),
    "empty": (Text(""), "invalid_json"),
    "too large": (Text(" " * 65 + "{}"), "too_large"),
    "too large in bytes": (Text('"' + "é" * 32 + '"'), "too_large"),
    "binary": (Binary(), "invalid_frame"),
    "subscribe": (Text('{"subscribe":1}'), "Start"),
    "subscribe, as an object": (Text('{"subscribe":{"n":1}}'), "Start"),
    "subscribe, escaped": (Text('{"\\u0073ubscribe":1}'), "Start"),
    "subscribe, wrong": (Text('{"subscribe":"one"}'), "invalid_input"),
    "subscribe, and more": (Text('{"subscribe":1,"n":1}'), "unknown_field"),
    "unsubscribe": (Text('{"unsubscribe":1}'), "unsubscribed"),
    "unsubscribe, wrong": (Text('{"unsubscribe":[]}'), "invalid_input"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_in_an_open_connection(name: str) -> None:
    frame, expected = FRAMES[name]
    effects = session(max_message=64).handle(frame, 0.0)
    if expected == "Start":
        assert kinds(effects) == ["Start"]
    elif expected == "unsubscribed":
        assert answers(effects) == [{"unsubscribed": 1}]
    else:
        assert code(effects) == expected


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_behind_a_run_waits_for_its_turn(name: str) -> None:
    core = session(max_message=64)
    job = running(core)
    frame, expected = FRAMES[name]
    assert core.handle(frame, 0.0) == []
    effects = core.handle(Finished(job, OUTPUT), 0.0)
    assert kinds(effects) == ["Answer", "Start" if expected == "Start" else "Answer"]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_while_draining_is_still_answered(name: str) -> None:
    core = session(max_message=64)
    job = running(core)
    core.handle(Stop(), 0.0)
    frame, expected = FRAMES[name]
    assert core.handle(frame, 0.0) == []
    effects = core.handle(Finished(job, OUTPUT), 0.0)
    assert kinds(effects) == ["Answer", "Answer", "Close"]
    says = answers(effects)[1]["error"]["code"]
    assert says == (expected if expected in ("too_large",) or name == "binary" else "overloaded")


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_after_the_end_is_nothing(name: str) -> None:
    core = session(max_message=64)
    closed(core)
    assert core.handle(FRAMES[name][0], 0.0) == []


EVENTS: dict[str, Event] = {
    "finished": Finished(Job(0.0, Plain(DOUBLE, Codec(DOUBLE.input, DOUBLE.output)).read("{}"))),
    "tick": Tick(),
    "sent": Sent(0),
    "stop": Stop(),
    "disconnected": Disconnected(),
    "pushed": pushed("{}"),
}


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_happens_after_the_end(name: str) -> None:
    core = session()
    closed(core)
    assert core.handle(EVENTS[name], 1e9) == []
    assert core.deadline is None


def test_the_result_of_a_run_nobody_waits_for_is_dropped() -> None:
    core = session()
    running(core)
    assert core.handle(EVENTS["finished"], 0.0) == []


def test_replies_keep_the_order_of_messages() -> None:
    core = session()
    job = running(core)
    core.handle(Text("nonsense"), 0.0)
    core.handle(Text('{"n":2}'), 0.0)
    first = core.handle(Finished(job, OUTPUT), 0.0)
    assert kinds(first) == ["Answer", "Answer", "Start"]
    second = core.handle(Finished(started(first), b'{"twice":4}'), 0.0)
    assert answers(first)[0] == {"twice": 2}
    assert answers(second) == [{"twice": 4}]


def test_a_failed_run_is_answered_with_its_id() -> None:
    core = session()
    refusal = Refusal("step_failed", "the bank did not answer", step="pay")
    effects = core.handle(Finished(running(core), refusal=refusal), 0.0)
    assert answers(effects) == [
        {
            "error": {
                "code": "step_failed",
                "message": "the bank did not answer",
                "step": "pay",
                "run": "run-1",
            }
        }
    ]


# Subscriptions.


def subscribed(core: Session, text: str = '{"subscribe":1}') -> list[Effect]:
    return core.handle(Finished(started(core.handle(Text(text), 0.0)), OUTPUT), 0.0)


def test_a_subscription_opens_with_its_first_result() -> None:
    effects = subscribed(session())
    assert kinds(effects) == ["Answer", "Join"]
    assert answers(effects) == [{"twice": 2}]


def test_a_bare_value_and_an_object_name_the_same_subscription() -> None:
    core = session()
    assert "Join" in kinds(subscribed(core))
    assert "Join" not in kinds(subscribed(core, '{"subscribe":{"n":1}}'))
    assert kinds(core.handle(Text('{"unsubscribe":{"n":1}}'), 0.0)) == ["Leave", "Answer"]


def test_a_first_result_that_fails_opens_nothing() -> None:
    core = session()
    job = started(core.handle(Text('{"subscribe":1}'), 0.0))
    effects = core.handle(Finished(job, refusal=Refusal("step_failed", "no")), 0.0)
    assert kinds(effects) == ["Answer"]
    assert answers(effects)[0]["error"]["subscription"] == 1


def test_unsubscribing_twice_is_answered_twice() -> None:
    core = session()
    subscribed(core)
    assert kinds(core.handle(Text('{"unsubscribe":1}'), 0.0)) == ["Leave", "Answer"]
    assert kinds(core.handle(Text('{"unsubscribe":1}'), 0.0)) == ["Answer"]


def test_subscriptions_are_limited_but_not_the_same_one_again() -> None:
    core = session(max_subscriptions=1)
    subscribed(core)
    effects = core.handle(Text('{"subscribe":2}'), 0.0)
    assert code(effects) == "overloaded"
    assert kinds(subscribed(core)) == ["Answer"]


def test_a_machine_that_accepts_nothing_is_subscribed_to_with_true() -> None:
    core = session(GREET)
    assert kinds(subscribed(core, '{"subscribe":true}')) == ["Answer", "Join"]
    effects = core.handle(Text('{"subscribe":"all"}'), 0.0)
    assert "true or {}" in answers(effects)[0]["error"]["message"]


def test_an_error_does_not_repeat_what_may_be_secret() -> None:
    core = session(KEEP)
    for text in ('{"subscribe":["sesame"]}', '{"subscribe":{"tokn":"sesame"}}'):
        (answer,) = [e for e in core.handle(Text(text), 0.0) if isinstance(e, Answer)]
        assert "sesame" not in answer.text


def test_subscriptions_to_different_secrets_differ() -> None:
    core = session(KEEP)
    first = subscribed(core, '{"subscribe":"one"}')
    second = subscribed(core, '{"subscribe":"two"}')
    keys = {effect.key for effect in first + second if isinstance(effect, Join)}
    assert len(keys) == 2


def test_pushes_are_sent_also_during_a_run() -> None:
    core = session()
    subscribed(core)
    running(core)
    durable: Any = object()
    assert core.handle(pushed("{}", durable), 0.0) == [Push("{}", durable)]
    assert core.pushes == 1


# Limits.


def test_the_rate_leaves_room_for_a_burst_then_says_when() -> None:
    core = session(rate=2.0)
    for _ in range(4):
        core.handle(Text("x"), 0.0)
    (answer,) = answers(core.handle(Text("x"), 0.0))
    assert answer["error"]["code"] == "rate_limited"
    assert answer["error"]["retry_after"] == 0.5
    assert code(core.handle(Text("x"), 0.5)) == "invalid_json"


def test_a_hundred_bad_messages_in_a_row_end_the_connection() -> None:
    core = session(rate=1000.0)
    for _ in range(99):
        assert kinds(core.handle(Text("x"), 0.0)) == ["Answer"]
    effects = core.handle(Text("x"), 59.0)
    assert kinds(effects) == ["Answer", "Close"]
    assert effects[-1] == Close(CloseCode.POLICY, "too many bad messages in a row")


@pytest.mark.parametrize("seconds", [0.0, 61.0])
def test_a_good_message_or_a_minute_breaks_the_row(seconds: float) -> None:
    core = session(rate=1000.0)
    for _ in range(99):
        core.handle(Text("x"), 0.0)
    if not seconds:
        core.handle(Finished(running(core), OUTPUT), 0.0)
    assert kinds(core.handle(Text("x"), seconds)) == ["Answer"]


def test_reading_stops_at_a_full_queue_and_goes_on_when_it_is_half_empty() -> None:
    core = session(queue=4)
    job = running(core)
    for _ in range(3):
        assert core.handle(Text('{"n":1}'), 0.0) == []
    assert core.handle(Text('{"n":1}'), 0.0) == [Pause()]
    effects = core.handle(Finished(job, OUTPUT), 0.0)
    assert Resume() not in effects
    assert Resume() in core.handle(Finished(started(effects), OUTPUT), 0.0)


def test_a_client_that_does_not_read_gets_no_further_runs_and_is_dropped() -> None:
    core = session()
    huge = b" " * (UNSENT_LIMIT + 1)
    job = running(core)
    core.handle(Text('{"n":2}'), 0.0)
    effects = core.handle(Finished(job, huge), 1.0)
    assert kinds(effects) == ["Answer", "Pause"]
    assert core.deadline == 1.0 + UNSENT_PATIENCE
    assert core.handle(Tick(), 1.0 + UNSENT_PATIENCE / 2) == []
    effects = core.handle(Tick(), 1.0 + UNSENT_PATIENCE)
    assert kinds(effects) == ["Lost", "Abort"]


def test_a_client_that_reads_again_goes_on() -> None:
    core = session()
    job = running(core)
    core.handle(Text('{"n":2}'), 0.0)
    core.handle(Finished(job, b" " * (UNSENT_LIMIT + 1)), 1.0)
    effects = core.handle(Sent(UNSENT_LIMIT + 1), 2.0)
    assert kinds(effects) == ["Start", "Resume"]
    assert core.handle(Tick(), 1e6) == []


def test_pushes_pile_up_to_a_ceiling_only() -> None:
    core = session()
    subscribed(core)
    piece = " " * UNSENT_LIMIT
    for _ in range(UNSENT_CEILING // UNSENT_LIMIT - 1):
        assert not any(isinstance(e, Abort) for e in core.handle(pushed(piece), 0.0))
    effects = core.handle(pushed(piece), 0.0)
    assert kinds(effects) == ["Push", "Leave", "Abort"]


# Time.


def due(core: Session) -> float | None:
    """The deadline; a call, so that it may differ from one line to the next."""
    return core.deadline


def idle_from(core: Session, now: float) -> None:
    """Everything that was answered is sent."""
    core.handle(Sent(core._pressure.unsent), now)


def test_an_idle_connection_is_closed() -> None:
    core = session(idle_timeout=10.0)
    assert core.deadline == 10.0
    assert core.handle(Tick(), 9.9) == []
    assert core.handle(Tick(), 10.0) == [Close(CloseCode.IDLE, "nothing was said for too long")]


def test_a_run_is_not_idle_and_neither_is_a_subscription() -> None:
    core = session(idle_timeout=10.0)
    job = running(core)
    assert due(core) is None
    assert core.handle(Tick(), 100.0) == []
    core.handle(Finished(job, OUTPUT), 100.0)
    idle_from(core, 100.0)
    assert due(core) == 110.0
    subscribed(core)
    idle_from(core, 100.0)
    assert due(core) is None
    core.handle(Text('{"unsubscribe":1}'), 200.0)
    idle_from(core, 200.0)
    assert due(core) == 210.0


# The end.


def test_a_disconnect_cancels_what_runs_and_loses_what_waits() -> None:
    core = session()
    subscribed(core)
    job = running(core)
    core.handle(Text('{"n":2}'), 0.0)
    effects = core.handle(Disconnected(), 0.0)
    assert kinds(effects) == ["Cancel", "Lost", "Lost", "Leave"]
    assert effects[0] == Cancel(job)
    assert core.state is State.CLOSED


def test_a_stop_closes_an_idle_connection_at_once() -> None:
    core = session()
    subscribed(core)
    effects = core.handle(Stop(), 0.0)
    assert kinds(effects) == ["Leave", "Close"]
    assert effects[-1] == Close(CloseCode.RESTART, "the server is restarting")


def test_a_stop_lets_what_was_read_end() -> None:
    core = session()
    job = running(core)
    core.handle(Text('{"n":2}'), 0.0)
    assert core.handle(Stop(), 0.0) == [Pause()]
    effects = core.handle(Finished(job, OUTPUT), 5.0)
    assert kinds(effects) == ["Answer", "Start"]
    assert kinds(core.handle(Finished(started(effects), OUTPUT), 6.0)) == ["Answer", "Close"]


def test_a_stop_answers_what_takes_too_long() -> None:
    core = session()
    running(core)
    core.handle(Text('{"n":2}'), 0.0)
    core.handle(Stop(), 1.0)
    assert core.deadline == 1.0 + DRAIN
    effects = core.handle(Tick(), 1.0 + DRAIN)
    assert kinds(effects) == ["Cancel", "Answer", "Answer", "Close"]
    assert [answer["error"]["code"] for answer in answers(effects)] == ["cancelled"] * 2
    assert [answer["error"].get("run") for answer in answers(effects)] == ["run-1", None]


def test_a_stop_while_stopping_changes_nothing() -> None:
    core = session()
    draining(core)
    assert core.handle(Stop(), 5.0) == []
    assert core.deadline == DRAIN


def test_unsubscribing_and_lost_messages_are_told_apart() -> None:
    core = session()
    running(core)
    core.handle(Text('{"unsubscribe":1}'), 0.0)
    assert kinds(core.handle(Disconnected(), 0.0)) == ["Cancel", "Lost", "Lost"]


def test_leaving_names_the_key_that_was_joined() -> None:
    core = session()
    (join,) = [effect for effect in subscribed(core) if isinstance(effect, Join)]
    (leave,) = [e for e in core.handle(Disconnected(), 0.0) if isinstance(e, Leave)]
    assert leave.name == join.name
    assert not [e for e in core.handle(Disconnected(), 0.0) if isinstance(e, Lost)]
