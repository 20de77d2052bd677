"""The envelope protocol's rules, without a socket: what every message means and how it is said."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.envelope import Envelope, contract_digest
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.events import (
    Answer,
    Binary,
    Close,
    Disconnected,
    Effect,
    Finished,
    Grew,
    Job,
    Join,
    Progressed,
    Push,
    Pushed,
    Redeem,
    Renewed,
    Revoked,
    Say,
    Sent,
    Start,
    Stop,
    Text,
    Tick,
)
from kanvas_runtime.hub import Item
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.pressure import LAGGING
from kanvas_runtime.session import Session

from tests.runtime.sockets import DOUBLE, GREET, KEEP, NAP

OUTPUT = b'{"twice":2}'


def session(
    machine: Machine[Any, Any] = DOUBLE, expires: float | None = None, **options: Any
) -> Session:
    surface = WebSocketSurface(path="/ws", **options)
    dialect = Envelope(machine, Codec(machine.input, machine.output), surface)
    numbers = itertools.count(1)
    return Session(surface, dialect, lambda: f"run-{next(numbers)}", 0.0, None, expires)


def op(name: str, **fields: Any) -> Text:
    return Text(json.dumps({"op": name, **fields}))


def run(id_: str = "r", n: Any = 1, **more: Any) -> Text:
    return op("run", id=id_, input={"n": n}, **more)


def subscribe(id_: str = "s", n: Any = 1, **more: Any) -> Text:
    return op("subscribe", id=id_, input={"n": n}, **more)


def kinds(effects: list[Effect]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def said(effects: list[Effect]) -> list[Any]:
    texts = [e.text for e in effects if isinstance(e, Answer | Say | Push)]
    return [json.loads(text) for text in texts if text is not None]


def started(effects: list[Effect]) -> Job:
    (job,) = [effect.job for effect in effects if isinstance(effect, Start)]
    return job


def running(core: Session, frame: Text | None = None) -> Job:
    return started(core.handle(frame or run(), 0.0))


def opened(core: Session, frame: Text | None = None) -> list[Effect]:
    job = running(core, frame or subscribe())
    job.cursor = "e.0"
    return core.handle(Finished(job, OUTPUT), 0.0)


def item(text: str = "{}", *, droppable: bool = False, cursor: str = "e.1") -> Item:
    return Item(cursor, text, None, None, droppable)


# What a message may be.

BAD: dict[str, tuple[Text | Binary, str, str | None]] = {
    "binary": (Binary(), "invalid_frame", None),
    "no JSON": (Text("nonsense"), "invalid_json", None),
    "no object": (Text("[1]"), "invalid_frame", None),
    "a plain message": (Text('{"n":1}'), "invalid_input", "op"),
    "no op": (Text('{"id":"r"}'), "invalid_input", "op"),
    "an op that is no text": (Text('{"op":1}'), "invalid_input", "op"),
    "an unknown op": (op("runn", id="r"), "invalid_input", "op"),
    "an unknown field": (run(more=1), "unknown_field", "more"),
    "a field of another op": (run(after="x"), "unknown_field", "after"),
    "ping with a field": (op("ping", id="r"), "unknown_field", "id"),
    "no id": (op("run", input={"n": 1}), "invalid_input", "id"),
    "an id that is no text": (op("run", id=1, input={"n": 1}), "invalid_input", "id"),
    "an empty id": (run(""), "invalid_input", "id"),
    "a long id": (run("x" * 129), "invalid_input", "id"),
    "no input": (op("run", id="r"), "invalid_input", "input"),
    "an input that is no object": (op("run", id="r", input=1), "invalid_frame", None),
    "a wrong input": (run(n="one"), "invalid_input", "n"),
    "an unknown field of the input": (
        op("run", id="r", input={"n": 1, "m": 2}),
        "unknown_field",
        "m",
    ),
    "a key that is no text": (run(key=1), "invalid_input", "key"),
    "a long key": (run(key="x" * 256), "invalid_input", "key"),
    "a wrong subscription": (subscribe(n="one"), "invalid_input", "n"),
    "a cursor that is no text": (subscribe(after=1), "invalid_input", "after"),
    "no id to cancel": (op("cancel"), "invalid_input", "id"),
    "no id to unsubscribe": (op("unsubscribe"), "invalid_input", "id"),
    "no ticket": (op("auth"), "invalid_input", "ticket"),
    "too large": (run("x" * 500), "too_large", None),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_answered_at_once_and_nothing_else_happens(name: str) -> None:
    frame, code, field = BAD[name]
    core = session(max_message=400)
    job = running(core)
    effects = core.handle(frame, 0.0)
    assert kinds(effects) == ["Answer"]
    (answer,) = said(effects)
    assert answer["op"] == "error"
    assert (answer["error"]["code"], answer["error"].get("field")) == (code, field)
    assert said(core.handle(Finished(job, OUTPUT), 0.0))[0]["op"] == "result"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_after_the_end_is_nothing(name: str) -> None:
    core = session(max_message=400)
    core.handle(Disconnected(), 0.0)
    assert core.handle(BAD[name][0], 0.0) == []


def test_an_error_has_the_id_of_what_it_is_about() -> None:
    core = session()
    for frame in (run("r7", n="one"), subscribe("r7", n="one"), op("runn", id="r7")):
        (answer,) = said(core.handle(frame, 0.0))
        assert answer["id"] == "r7"
    assert "id" not in said(core.handle(Text("{"), 0.0))[0]


def test_a_misspelt_word_is_recognised() -> None:
    core = session()
    (answer,) = said(core.handle(op("subscrib", id="s"), 0.0))
    assert '"subscribe"' in answer["error"]["message"]
    (answer,) = said(core.handle(subscribe(aftr="c"), 0.0))
    assert '"after"' in answer["error"]["message"]


def test_a_hundred_bad_messages_in_a_row_end_the_connection() -> None:
    core = session(rate=1000.0)
    effects = [effect for _ in range(100) for effect in core.handle(Text("nonsense"), 0.0)]
    assert effects[-1] == Close(CloseCode.POLICY, "too many bad messages in a row")


def test_a_ping_breaks_the_row() -> None:
    core = session(rate=1000.0)
    for number in range(198):
        effects = core.handle(op("ping") if number == 98 else Text("nonsense"), 0.0)
        assert "Close" not in kinds(effects)


# What the server says.


def test_hello_says_what_speaks_here_and_how_much_of_it() -> None:
    (hello,) = said(session(concurrency=3).open(0.0))
    assert hello["op"] == "hello"
    assert (hello["version"], hello["machine"]) == (1, "double")
    assert hello["contract"] == contract_digest(DOUBLE)
    assert hello["limits"]["concurrency"] == 3
    assert hello["limits"]["max_message"] == 64 * 1024


def test_another_contract_has_another_digest() -> None:
    machines = (DOUBLE, GREET, KEEP, NAP)
    assert len({contract_digest(machine) for machine in machines}) == len(machines)
    assert contract_digest(DOUBLE) == contract_digest(DOUBLE)


def test_a_run_is_answered_with_its_id() -> None:
    core = session()
    effects = core.handle(Finished(running(core), OUTPUT), 0.0)
    assert said(effects) == [{"op": "result", "id": "r", "run": "run-1", "output": {"twice": 2}}]


def test_an_id_may_hold_any_character() -> None:
    core = session()
    odd = 'q"\\\u2028🙂'
    effects = core.handle(Finished(running(core, run(odd)), OUTPUT), 0.0)
    assert said(effects)[0]["id"] == odd


def test_a_failed_run_is_an_error_with_id_and_run() -> None:
    core = session()
    refusal = Refusal("step_failed", "the bank did not answer", step="pay")
    (answer,) = said(core.handle(Finished(running(core), refusal=refusal), 0.0))
    assert answer["id"] == "r"
    assert answer["error"] == {
        "code": "step_failed",
        "message": "the bank did not answer",
        "step": "pay",
        "run": "run-1",
    }


def test_a_replayed_answer_says_so() -> None:
    core = session()
    (answer,) = said(core.handle(Finished(running(core), OUTPUT, replayed=True), 0.0))
    assert answer["replayed"] is True


def test_ping_is_answered_and_not_recorded() -> None:
    assert session().handle(op("ping"), 0.0) == [Say('{"op":"pong"}')]


def test_results_before_the_end_belong_to_their_run() -> None:
    core = session()
    job = running(core)
    assert said(core.handle(Progressed(job, '{"twice":1}'), 0.0)) == [
        {"op": "push", "id": "r", "output": {"twice": 1}}
    ]
    core.handle(Finished(job, OUTPUT), 0.0)
    assert core.handle(Progressed(job, '{"twice":1}'), 0.0) == []


def test_a_text_grows_and_may_start_anew() -> None:
    core = session()
    job = running(core)
    texts = ("Good", " day", None)
    got = [said(core.handle(Grew(job, "write", "reply", text), 0.0))[0] for text in texts]
    common = {"op": "partial", "id": "r", "step": "write", "field": "reply"}
    assert got == [
        common | {"text": "Good"},
        common | {"text": " day"},
        common | {"reset": True},
    ]
    core.handle(Finished(job, OUTPUT), 0.0)
    assert core.handle(Grew(job, "write", "reply", "!"), 0.0) == []


def test_once_a_part_is_left_out_no_other_follows() -> None:
    core = session()
    job = running(core)
    core.handle(Progressed(job, " " * LAGGING), 0.0)
    assert core.handle(Grew(job, "write", "reply", "Good"), 0.0) == []
    core.handle(Sent(LAGGING * 2), 0.0)
    assert core.handle(Grew(job, "write", "reply", " day"), 0.0) == []


# Runs side by side.


def test_as_many_runs_as_the_surface_says() -> None:
    core = session(concurrency=2)
    jobs = [running(core, run(f"r{number}")) for number in range(2)]
    assert core.handle(run("r2"), 0.0) == []
    effects = core.handle(Finished(jobs[1], OUTPUT), 0.0)
    assert kinds(effects) == ["Answer", "Start"]
    assert said(effects)[0]["id"] == "r1"
    assert said(core.handle(Finished(jobs[0], OUTPUT), 0.0))[0]["id"] == "r0"


@pytest.mark.parametrize("second", [run("x"), subscribe("x")])
def test_an_id_stands_for_one_thing_at_a_time(second: Text) -> None:
    core = session()
    job = running(core, run("x"))
    (answer,) = said(core.handle(second, 0.0))
    assert (answer["id"], answer["error"]["code"]) == ("x", "conflict")
    core.handle(Finished(job, OUTPUT), 0.0)
    assert "Start" in kinds(core.handle(second, 0.0))


def test_an_id_that_waits_is_in_use() -> None:
    core = session()
    running(core, run("x"))
    core.handle(run("y"), 0.0)
    assert said(core.handle(run("y"), 0.0))[0]["error"]["code"] == "conflict"


def test_a_run_is_cancelled_wherever_it_is() -> None:
    core = session()
    running(core, run("x"))
    core.handle(run("y"), 0.0)
    waiting = core.handle(op("cancel", id="y"), 0.0)
    assert kinds(waiting) == ["Answer", "Answer"]
    effects = core.handle(op("cancel", id="x"), 0.0)
    assert kinds(effects) == ["Cancel", "Answer", "Answer"]
    for told, id_ in ((waiting, "y"), (effects, "x")):
        (answer,) = said(told)
        assert (answer["id"], answer["error"]["code"]) == (id_, "cancelled")


def test_cancelling_what_has_ended_is_done() -> None:
    core = session()
    core.handle(Finished(running(core), OUTPUT), 0.0)
    assert said(core.handle(op("cancel", id="r"), 0.0)) == [{"op": "done", "id": "r"}]


# Subscriptions.


def test_the_first_result_is_a_push_with_a_cursor() -> None:
    effects = opened(session())
    assert kinds(effects) == ["Answer", "Join"]
    assert said(effects) == [{"op": "push", "id": "s", "cursor": "e.0", "output": {"twice": 2}}]
    (join,) = [effect for effect in effects if isinstance(effect, Join)]
    assert join == Join("s", b'{"n":1}', "e.0")


def test_two_subscriptions_to_the_same_input_are_two() -> None:
    core = session()
    assert "Join" in kinds(opened(core, subscribe("a")))
    assert "Join" in kinds(opened(core, subscribe("b")))
    assert said(core.handle(Pushed("b", item('{"twice":3}')), 0.0)) == [
        {"op": "push", "id": "b", "cursor": "e.1", "output": {"twice": 3}}
    ]


def test_one_that_goes_on_begins_with_nothing() -> None:
    core = session()
    job = running(core, subscribe(after="e.5"))
    job.cursor, job.resumed = "e.5", True
    effects = core.handle(Finished(job), 0.0)
    assert kinds(effects) == ["Answer", "Join"]
    assert said(effects) == []


def test_one_that_cannot_go_on_says_so() -> None:
    core = session()
    job = running(core, subscribe(after="e.5"))
    job.gap = True
    assert said(core.handle(Finished(job, OUTPUT), 0.0))[0]["gap"] is True


@pytest.mark.parametrize("word", ["unsubscribe", "cancel"])
def test_a_subscription_ends_and_its_id_is_free(word: str) -> None:
    core = session()
    opened(core)
    effects = core.handle(op(word, id="s"), 0.0)
    assert kinds(effects) == ["Leave", "Answer"]
    assert said(effects) == [{"op": "done", "id": "s"}]
    assert core.handle(Pushed("s", item()), 0.0) == []
    assert "Start" in kinds(core.handle(subscribe(), 0.0))


def test_ending_what_is_none_is_done() -> None:
    assert said(session().handle(op("unsubscribe", id="s"), 0.0)) == [{"op": "done", "id": "s"}]


def test_a_subscription_that_is_still_opening_ends_too() -> None:
    core = session()
    running(core, subscribe())
    effects = core.handle(op("unsubscribe", id="s"), 0.0)
    assert kinds(effects) == ["Cancel", "Answer", "Answer"]
    assert [answer["op"] for answer in said(effects)] == ["error", "done"]


def test_those_that_are_opening_count() -> None:
    core = session(max_subscriptions=2, concurrency=3)
    running(core, subscribe("a"))
    running(core, subscribe("b"))
    (answer,) = said(core.handle(subscribe("c"), 0.0))
    assert answer["error"]["code"] == "overloaded"


# A client that lags.


def test_results_that_nobody_asked_for_are_left_out_but_the_newest() -> None:
    core = session()
    opened(core)
    big = item(json.dumps("x" * LAGGING), droppable=True)
    assert kinds(core.handle(Pushed("s", big), 0.0)) == ["Push"]
    for number in range(3):
        late = item(str(number), droppable=True, cursor=f"e.{number}")
        assert core.handle(Pushed("s", late), 0.0) == []
    (push,) = said(core.handle(Sent(LAGGING), 0.0))
    assert push == {"op": "push", "id": "s", "cursor": "e.2", "output": 2, "gap": True}


def test_one_that_only_waited_is_no_gap() -> None:
    core = session()
    opened(core)
    core.handle(Pushed("s", item(json.dumps("x" * LAGGING), droppable=True)), 0.0)
    core.handle(Pushed("s", item("7", droppable=True)), 0.0)
    (push,) = said(core.handle(Sent(LAGGING), 0.0))
    assert "gap" not in push


def test_pushed_results_are_never_left_out_and_keep_their_place() -> None:
    core = session()
    opened(core)
    core.handle(Pushed("s", item(json.dumps("x" * LAGGING))), 0.0)
    core.handle(Pushed("s", item("1", droppable=True)), 0.0)
    effects = core.handle(Pushed("s", item("2")), 0.0)
    assert [push["output"] for push in said(effects)] == [1, 2]
    effects = core.handle(Pushed("s", item("3")), 0.0)
    assert [push["output"] for push in said(effects)] == [3]


def test_what_was_left_out_goes_with_its_subscription() -> None:
    core = session()
    opened(core)
    core.handle(Pushed("s", item(json.dumps("x" * LAGGING))), 0.0)
    core.handle(Pushed("s", item("1", droppable=True)), 0.0)
    core.handle(op("unsubscribe", id="s"), 0.0)
    assert core.handle(Sent(LAGGING), 0.0) == []


# The end.


def test_a_stop_lets_all_runs_end() -> None:
    core = session(concurrency=2)
    jobs = [running(core, run(f"r{number}")) for number in range(2)]
    core.handle(Stop(), 0.0)
    (answer,) = said(core.handle(op("ping"), 0.0))
    assert answer["error"]["code"] == "overloaded"
    assert kinds(core.handle(Finished(jobs[1], OUTPUT), 0.0)) == ["Answer"]
    assert kinds(core.handle(Finished(jobs[0], OUTPUT), 0.0)) == ["Answer", "Close"]


def test_a_disconnect_cancels_all_runs() -> None:
    core = session(concurrency=2)
    for number in range(3):
        core.handle(run(f"r{number}"), 0.0)
    effects = core.handle(Disconnected(), 0.0)
    assert kinds(effects) == ["Cancel", "Cancel", "Lost", "Lost", "Lost"]


def test_new_credentials_end_when_they_end() -> None:
    core = session(expires=10.0)
    assert core.deadline == 10.0
    (redeem,) = core.handle(op("auth", ticket="t"), 1.0)
    assert isinstance(redeem, Redeem)
    assert redeem.ticket == "t"
    (answer,) = core.handle(Renewed(redeem.job, expires=20.0), 1.0)
    assert isinstance(answer, Answer)
    assert (answer.text, core.deadline) == ('{"op":"done"}', 20.0)
    assert core.handle(Tick(), 10.0) == []
    running(core)
    cancelled, lost, closed = core.handle(Tick(), 20.0)
    assert isinstance(lost, Answer)
    assert lost.refusal is not None
    assert (kinds([cancelled]), lost.refusal.code) == (["Cancel"], "cancelled")
    assert isinstance(closed, Close)
    assert closed.code == 4401


def test_a_ticket_that_does_not_hold_changes_nothing() -> None:
    core = session(expires=10.0)
    (redeem,) = core.handle(op("auth", ticket="t"), 1.0)
    assert isinstance(redeem, Redeem)
    refusal = Refusal("unauthenticated", "no", field="ticket")
    (answer,) = core.handle(Renewed(redeem.job, refusal=refusal), 1.0)
    assert isinstance(answer, Answer)
    assert answer.refusal is refusal
    assert core.deadline == 10.0


def test_revoked_credentials_end_a_connection_in_every_state() -> None:
    for before in ([], [op("ping")], [op("subscribe", id="s", input={"n": 1})], [run(), Stop()]):
        core = session()
        for event in before:
            core.handle(event, 0.0)
        *_, closed = core.handle(Revoked(), 1.0)
        assert isinstance(closed, Close)
        assert closed.code == 4401
        assert core.handle(Revoked(), 2.0) == []
