"""Cutting a stream: whatever way it arrives in, and whatever else is in between."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st
from kanvas_runtime.frames import LONGEST, Cutter, Piece, text_frame
from websockets.frames import Frame, Opcode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SIZES = st.sampled_from([0, 1, 125, 126, 127, LONGEST, LONGEST + 1, 2**16])


def sent(opcode: Opcode, payload: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


short = TEXT.map(lambda text: (text, sent(Opcode.TEXT, text.encode())))
sized = SIZES.map(lambda size: ("x" * size, sent(Opcode.TEXT, b"x" * size)))
foreign = st.one_of(
    st.builds(
        lambda opcode, size: (None, sent(opcode, b"y" * size)),
        st.sampled_from([Opcode.PING, Opcode.PONG]),
        st.integers(0, 125),
    ),
    SIZES.map(lambda size: (None, sent(Opcode.BINARY, b"z" * size))),
    st.just((None, sent(Opcode.TEXT, b"\xff\xfe"))),
    st.lists(st.sampled_from([Opcode.CONT, Opcode.PING]), max_size=3).map(
        lambda between: (
            None,
            sent(Opcode.TEXT, b"a", False)
            + b"".join(sent(each, b"", each is Opcode.PING) for each in between)
            + sent(Opcode.CONT, b"b"),
        )
    ),
)
STREAM = st.lists(st.one_of(short, sized, foreign), max_size=8)
CUTS = st.lists(st.integers(0, 400) | st.integers(0, 2**18), max_size=8)


def in_parts(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:stop] for start, stop in pairwise(places)]


def cut(stream: bytes, cuts: list[int]) -> list[Piece]:
    cutter = Cutter()
    return [piece for part in in_parts(stream, cuts) for piece in cutter.cut(part)]


def joined(pieces: list[Piece]) -> list[Piece]:
    """Bytes that follow each other as one piece."""
    whole: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and whole and isinstance(whole[-1], bytes):
            whole[-1] += piece
        else:
            whole.append(piece)
    return whole


@given(STREAM, CUTS)
@settings(max_examples=200, deadline=None)
def test_messages_are_read_and_the_rest_is_handed_on_however_it_arrives(
    stream: list[tuple[str | None, bytes]], cuts: list[int]
) -> None:
    expected: list[Piece] = [
        text if text is not None and len(text.encode()) <= LONGEST else frame
        for text, frame in stream
    ]
    assert joined(cut(b"".join(frame for _, frame in stream), cuts)) == joined(expected)


@given(st.binary(max_size=40), STREAM, CUTS)
@example(b"\x81\x05hello", [], [])  # not masked
@example(b"\xc1\x85", [], [1])  # a reserved bit
@example(b"\x83\x80", [], [])  # no such opcode
@example(b"\x89\xfe", [], [])  # a ping that is too long
@example(b"\x81\xfe\x00\x01", [], [3])  # a size that is written in too many bytes
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_of_what_is_no_message(
    broken: bytes, stream: list[tuple[str | None, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame for _, frame in stream) + broken
    whole, parts = joined(cut(data, [])), joined(cut(data, cuts))
    assert parts == whole
    handed = b"".join(
        piece if isinstance(piece, bytes) else sent(Opcode.TEXT, piece.encode()) for piece in whole
    )
    assert len(data) - len(handed) <= 8 + LONGEST, "only the beginning of a frame is kept"


@given(TEXT | SIZES.map("é".__mul__))
@settings(deadline=None)
def test_a_text_is_framed_as_the_library_does(text: str) -> None:
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
