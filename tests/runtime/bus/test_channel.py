"""Going on where one left off: what is held, and what is told from a hole."""

from __future__ import annotations

import pytest
from kanvas_runtime import hub as hub_module
from kanvas_runtime.channel import LONGEST_HELD, MOST_HELD, Channel
from kanvas_runtime.hub import REMEMBERED, SHARED, Hub, Item, Topic

TOPIC = Topic("m", None, b"{}")


class Listener:
    owner = None

    def __init__(self) -> None:
        self.heard: list[str] = []

    def push(self, item: Item) -> None:
        self.heard.append(item.text)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def texts(items: list[Item] | None) -> list[str] | None:
    return None if items is None else [item.text for item in items]


def filled(*results: str) -> tuple[Channel, list[str]]:
    channel = Channel()
    cursors = [channel.cursor]
    cursors += [channel.add(text, None, None, False).cursor for text in results]
    return channel, cursors


def test_what_came_after_a_cursor() -> None:
    channel, cursors = filled("1", "2", "3")
    assert [texts(channel.after(cursor)) for cursor in cursors] == [
        ["1", "2", "3"],
        ["2", "3"],
        ["3"],
        [],
    ]
    assert channel.cursor == cursors[-1]


def test_more_than_is_held_is_a_hole() -> None:
    channel, cursors = filled(*[str(number) for number in range(MOST_HELD + 1)])
    assert channel.after(cursors[0]) is None
    held = channel.after(cursors[1])
    assert held is not None
    assert len(held) == MOST_HELD


def test_long_results_make_a_hole_sooner() -> None:
    channel, cursors = filled("x" * LONGEST_HELD, "y")
    assert channel.after(cursors[0]) is None
    assert texts(channel.after(cursors[1])) == ["y"]
    channel.add("z" * (LONGEST_HELD + 1), None, None, False)
    assert channel.after(cursors[2]) is None
    assert channel.after(channel.cursor) == []


@pytest.mark.parametrize(
    "cursor", ["", ".", "x", "0.0", "{epoch}", "{epoch}.", "{epoch}.4", "{epoch}.-1", "{epoch}.²"]
)
def test_a_cursor_that_is_none_is_a_hole(cursor: str) -> None:
    channel, cursors = filled("1", "2", "3")
    assert channel.after(cursor.format(epoch=cursors[0].split(".")[0])) is None


def test_a_huge_number_is_no_work() -> None:
    channel, cursors = filled("1")
    assert channel.after(cursors[0].split(".")[0] + "." + "9" * 5000) is None


def test_two_channels_do_not_know_each_other_s_cursors() -> None:
    assert filled("1")[0].after(filled("1")[1][0]) is None


def test_a_client_that_was_away_shortly_has_missed_nothing() -> None:
    hub, first, again = Hub(), Listener(), Listener()
    cursor = hub.mark(TOPIC)
    hub.join(TOPIC, first, cursor)
    hub.publish(TOPIC, "1", None)
    hub.leave(TOPIC, first)
    hub.publish(TOPIC, "2", None)
    hub.publish(TOPIC._replace(principal="ann"), "not yours", None)
    hub.publish(TOPIC._replace(principal=SHARED), "3", None)
    assert hub.can_resume(TOPIC, cursor)
    hub.join(TOPIC, again, cursor)
    assert again.heard == ["1", "2", "3"]
    assert first.heard == ["1"]


def test_what_is_published_while_a_first_result_is_made_is_not_lost() -> None:
    hub, listener = Hub(), Listener()
    cursor = hub.mark(TOPIC)
    hub.publish(TOPIC, "1", None)
    hub.join(TOPIC, listener, cursor)
    hub.publish(TOPIC, "2", None)
    assert listener.heard == ["1", "2"]


def test_after_a_while_it_is_forgotten() -> None:
    clock = Clock()
    hub, listener = Hub(clock), Listener()
    cursor = hub.mark(TOPIC)
    hub.join(TOPIC, listener, cursor)
    clock.now = REMEMBERED * 2
    hub.mark(TOPIC._replace(key=b"other"))
    assert hub.can_resume(TOPIC, cursor), "somebody listens"
    hub.leave(TOPIC, listener)
    clock.now += REMEMBERED
    hub.mark(TOPIC._replace(key=b"another"))
    assert not hub.can_resume(TOPIC, cursor)
    assert hub.mark(TOPIC) != cursor


def test_few_inputs_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_REMEMBERED", 2)
    hub = Hub()
    cursors = [hub.mark(TOPIC._replace(key=b"%d" % number)) for number in range(5)]
    kept = [
        hub.can_resume(TOPIC._replace(key=b"%d" % number), cursor)
        for number, cursor in enumerate(cursors)
    ]
    assert kept == [False, False, True, True, True]


def test_inputs_are_limited_but_not_the_same_one_again() -> None:
    hub, listener = Hub(), Listener()
    assert not hub.is_full(TOPIC, 1)
    hub.join(TOPIC, listener, hub.mark(TOPIC))
    assert not hub.is_full(TOPIC, 1)
    assert hub.is_full(TOPIC._replace(key=b"other"), 1)
    assert not hub.is_full(TOPIC._replace(machine="other"), 1)
    hub.leave(TOPIC, listener)
    assert not hub.is_full(TOPIC._replace(key=b"other"), 1)
