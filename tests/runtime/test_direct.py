"""Both drivers, fed the same bytes in the same parts, say, record and close the same.

The one is told at once what comes in and answers without a task between; the other asks for it as
ASGI has it. The rules of a connection are in neither. And the short way of messages that wait for
nothing leads where the long one does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kanvas_runtime import bus
from kanvas_runtime.frames import LONGEST
from kanvas_runtime.server import Protocol
from websockets.frames import Close, Frame, Opcode

from tests.runtime.drivers import SURFACES, Ground, Indirect, Roundabout, settled, text
from tests.runtime.test_frames import CUTS, in_parts


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("drivers"))
    yield made
    made.stop()


def in_fragments(message: str, places: list[int]) -> bytes:
    parts = in_parts(message.encode(), places)
    last = len(parts) - 1
    return b"".join(
        Frame(Opcode.CONT if at else Opcode.TEXT, part, at == last).serialize(mask=True)
        for at, part in enumerate(parts)
    )


DEEP = '{"n":' * 64 + "1" + "}" * 64
NUMBERS = st.integers(-3, 3)
IDS = st.sampled_from(["a", "b"])
PLAIN = st.one_of(
    NUMBERS.map(lambda n: {"n": n}),
    NUMBERS.map(lambda n: {"n": n, "x": 1}),
    NUMBERS.map(lambda n: {"size": abs(n) * 50}),
    st.just({}),
    st.sampled_from(["", "{", "[1]", '{"n":1e400}', '{"n":"1"}', '{"\\u006e":1}', '{"n": 2}  ']),
    NUMBERS.map(lambda n: {"subscribe": {"n": n}}),
    NUMBERS.map(lambda n: {"unsubscribe": {"n": n}}),
    st.just({"n": 1, "note": "é" * 15}),
    st.just({"n": 1, "note": "x" * LONGEST}),
)
ENVELOPE = st.one_of(
    st.builds(lambda i, n: {"op": "run", "id": i, "input": {"n": n}}, IDS, NUMBERS),
    st.builds(lambda i, n: {"op": "subscribe", "id": i, "input": {"n": n}}, IDS, NUMBERS),
    IDS.map(lambda i: {"op": "cancel", "id": i}),
    IDS.map(lambda i: {"op": "unsubscribe", "id": i}),
    st.builds(lambda i, n: {"op": "run", "id": i, "key": "k", "input": {"n": n}}, IDS, NUMBERS),
    st.just({"op": "ping"}),
    st.sampled_from(
        [
            '{"id":"a","input":{"n":1},"op":"run"}',
            '{"op":"run","id":"a","input":{"n":1},"input":{"n":2}}',
            '{"op":"run","id":"a","input":{"n":"\\ud800"},"input":{"n":2}}',
            '{"op":"run","id":"a","input":{"n":1},"\\u0069nput":{"n":2}}',
            '{"op":"ping","op":"run","id":"a","input":{"n":1}}',
            '{"op":"run","id":"","input":{"n":1}}',
            '{"op":"run","id":"%s","input":{"n":1}}' % ("i" * 129),
            '{"op":"run","id":"a","input":{"n":1},"x":1}',
            '{"op":"run","id":"a","input":{"n":1e400}}',
            '{"op":"run","id":"a","input":[1]}',
            f'{{"op":"run","id":"a","input":{DEEP}}}',
        ]
    ),
    PLAIN,
)
OTHERS = st.one_of(
    st.binary(max_size=4).map(lambda data: Frame(Opcode.PING, data).serialize(mask=True)),
    st.just(Frame(Opcode.PONG, b"").serialize(mask=True)),
    st.just(Frame(Opcode.BINARY, b"\x00\xff").serialize(mask=True)),
    st.builds(in_fragments, st.just('{"n":2}'), st.lists(st.integers(0, 7), max_size=3)),
)
ENDS = st.sampled_from(
    [
        b"",
        Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True),
        Frame(Opcode.TEXT, b"\xff").serialize(mask=True),
        Frame(Opcode.CONT, b"x").serialize(mask=True),
        Frame(Opcode.TEXT, b'{"n":1}').serialize(mask=False),
        b"\xf1\x80\x00\x00\x00\x00",
        b"\x81",
    ]
)
CASES = st.sampled_from([path for _, surface in SURFACES for path in (surface.path,)]).flatmap(
    lambda path: st.sampled_from([None, "kanvas.v1"]).flatmap(
        lambda named: st.tuples(
            st.just(path),
            st.just(named),
            st.lists(st.one_of((ENVELOPE if named else PLAIN).map(text), OTHERS), max_size=12).map(
                b"".join
            ),
            ENDS,
        )
    )
)


@given(CASES, CUTS)
@example(("/double", None, text({"n": 1}) * 100, b""), [])
@example(("/wait", None, text({"n": 1}) * 5, b"\x81"), [9])
@settings(max_examples=60, deadline=None)
def test_both_drivers_do_the_same(
    ground: Ground, case: tuple[str, str | None, bytes, bytes], cuts: list[int]
) -> None:
    path, named, stream, end = case
    parts = [*in_parts(stream, cuts), end]
    told = ground.told(Protocol, path, named, parts)
    assert told == ground.told(Indirect, path, named, parts)
    assert told == ground.told(Roundabout, path, named, parts)
    assert told.records[0]["kind"] == "ConnectionOpened"
    assert told.records[-1]["kind"] == "ConnectionClosed"


@pytest.mark.parametrize("path", ["/double", "/wait"])
@pytest.mark.parametrize("at", [0, 1, 2, 5, 9, 14, 20])
def test_who_sends_before_the_answer_is_understood(ground: Ground, path: str, at: int) -> None:
    stream = text({"n": 1}) + text({"n": 2})
    for kind in (Protocol, Indirect):
        told = ground.told(kind, path, None, [stream[at:], text({"n": 3})], stream[:at])
        assert told.texts == [{"twice": 2}, {"twice": 4}, {"twice": 6}]


def test_events_of_a_run_leave_with_its_record(ground: Ground) -> None:
    heard: list[bytes] = []

    async def hear(event: bus.Event) -> None:
        heard.append(event.payload)

    async def listen() -> None:
        engine = ground.service.engine
        assert engine is not None
        engine.bus.subscribe("doubled", hear)

    ground.runner.run(listen())
    parts = [text({"n": n}) for n in range(3)]
    told = ground.told(Protocol, "/tell", None, parts)
    ground.runner.run(settled())
    assert told.texts == [{"twice": 0}, {"twice": 2}, {"twice": 4}]
    assert heard == [b'{"n":0}', b'{"n":1}', b'{"n":2}']


def test_runs_on_the_short_way_are_counted_like_others(ground: Ground) -> None:
    def counted() -> list[str]:
        lines = ground.service.metrics.text().splitlines()
        return [line.rpartition(" ")[2] for line in lines if 'machine="double"' in line]

    ground.told(Protocol, "/double", None, [text({"n": 1})])
    before = counted()
    ground.told(Protocol, "/double", None, [text({"n": n}) for n in range(4)])
    direct, between = counted(), before
    ground.told(Indirect, "/double", None, [text({"n": n}) for n in range(4)])
    grown = [float(b) - float(a) for a, b in zip(between, direct, strict=True)]
    asked = [float(b) - float(a) for a, b in zip(direct, counted(), strict=True)]
    assert [round(each) for each in grown] == [round(each) for each in asked]
    assert 4.0 in grown
