"""What each repair says."""

from __future__ import annotations

from typing import Final, NamedTuple

from kanvasc.diagnostics import Diagnostic, Edit, Fix, Related, report
from kanvasc.source import Span
from kanvasc.syntax.expected import expected, spelt
from kanvasc.syntax.scanner import END, STRING, WORD, Piece


class Place(NamedTuple):
    """A fault: the piece that does not fit, and its number."""

    pieces: list[Piece]
    at: int

    @property
    def piece(self) -> Piece:
        return self.pieces[self.at]

    @property
    def before(self) -> Piece | None:
        return self.pieces[self.at - 1] if self.at else None

    @property
    def follower(self) -> Piece:
        return self.pieces[min(self.at + 1, len(self.pieces) - 1)]

    def back(self) -> Place:
        return Place(self.pieces, self.at - 1)


_SIGNS: Final = {
    "COMMA": ",",
    "COMMA_KEY": ",",
    "COLON": ":",
    "AS": "as",
    "EQUALS": "=",
    "IN": "in",
    "CASE_ARROW": "=>",
    "ARROW": "=>",
    "RPAR": ")",
    "RBRACK": "]",
    "RBRACE": "}",
    "DOT": ".",
}


def written(piece: Piece) -> str:
    """A piece as a message shows it."""
    if piece.kind == END:
        return "the end of the file"
    text = piece.text if len(piece.text) <= 30 else piece.text[:29] + "…"
    return "this text" if piece.kind == STRING else f"`{text}`"


def _line_end(place: Place) -> Span:
    """Behind the piece before the fault: where something is missing."""
    before = place.before
    at = before.end if before else place.piece.start
    return Span(at, at)


def _at_fault(place: Place) -> Span:
    """The piece that does not fit, or the end of the line above when that is not complete."""
    if (place.piece.first or place.piece.kind == END) and place.before:
        return place.before.span
    return place.piece.span


def unexpected(place: Place, terminals: list[str]) -> Diagnostic:
    phrase = expected(terminals)
    deletable = place.piece.kind != END
    edit = Edit(place.piece.span, "")
    title = f"{written(place.piece)} does not fit here"
    return report(
        "K0001",
        place.piece.span if deletable else _at_fault(place),
        title[:1].upper() + title[1:],
        label=f"expected {phrase}" if phrase else "not expected here",
        help=f"write {phrase}, or delete it" if phrase else "delete it",
        fixes=(Fix(f"Delete {written(place.piece)}", (edit,), safe=False),) if deletable else (),
    )


def misspelt(place: Place, word: str, size: int) -> Diagnostic:
    last = place.pieces[place.at + size - 1]
    span = Span(place.piece.start, last.end)
    found = " ".join(piece.text for piece in place.pieces[place.at : place.at + size])
    return report(
        "K0020",
        span,
        f"`{found}` is not a word of the language",
        label=f"did you mean `{word}`?",
        help=f"write `{word}`",
        fixes=(Fix(f"Write `{word}`", (Edit(span, word),)),),
    )


def half_phrase(place: Place, words: tuple[str, ...]) -> Diagnostic:
    phrase = " ".join(words)
    return report(
        "K0002",
        place.piece.span,
        f"`{words[-1]}` is missing after `{words[0]}`",
        label=f"did you mean `{phrase}`?",
        help=f"write `{phrase}`",
        fixes=(Fix(f"Write `{phrase}`", (Edit(place.piece.span, phrase),)),),
    )


def no_decide(place: Place) -> Diagnostic:
    word = place.piece.text
    return report(
        "K0001",
        place.piece.span,
        f"`{word}` belongs to a `decide` step",
        label="no `decide` stands above it",
        why="A choice is a step with a name, so that its value can be used: `steps.<name>`.",
        help=f"write `decide <name>` on the line above, and indent `{word}` below it",
    )


def no_heading(place: Place, terminal: str) -> Diagnostic:
    heading, word = spelt(terminal), place.piece.text
    shown = f"{heading} <name>" if heading in ("machine", "compute") else heading
    return report(
        "K0001",
        place.piece.span,
        f"`{word}` belongs under `{heading}`",
        label=f"no `{heading}` stands above it",
        help=f"write `{shown}` on the line above",
    )


def let_alone(place: Place) -> Diagnostic:
    name = place.follower.text if place.follower.kind == WORD else "it"
    return report(
        "K0001",
        place.piece.span,
        "`let` belongs under `compute`",
        label="it names a part of a `compute`, and stands before its value",
        why="What several steps are to see is the value of a step.",
        help=f"write `compute {name}`, and the value on the line below: then it is `steps.{name}`",
    )


def assigned(span: Span, word: str) -> Diagnostic:
    """`x = …` without the word that says what is given a value: `let` or `set`."""
    state = word == "set"
    return report(
        "K0002",
        span,
        f"`{word}` is missing before what gets a value",
        label="`=` stands only behind `let` and `set`",
        why="The state is changed by a step, `set state.<field> = …`."
        if state
        else "A value gets a name inside of `compute`, `let <name> = …`, or is a step's own.",
        help=f"write `{word}` before it",
        fixes=(
            Fix(f"Write `{word}`", (Edit(Span(span.start, span.start), f"{word} "),), safe=False),
        ),
    )


def for_in_list(place: Place) -> Diagnostic:
    return report(
        "K0001",
        place.piece.span,
        "There is no `for` inside of brackets",
        label="a list is made of another by its functions",
        why="`map` makes something of each item, and `filter` leaves some out.",
        help="write `items.map(each => …)`, or `items.filter(each => …)`",
    )


def computed_key(span: Span) -> Diagnostic:
    return report(
        "K0021",
        span,
        "A key cannot hold an expression",
        label="this key would not be known before the program runs",
        why="Which keys are written down is part of a value's type, so that what is read can be "
        "checked.",
        help="write the key itself; a list makes a map of keys that are worked out: "
        "`items.toMap(each => each.name, each => each.value)`",
    )


def no_machine(place: Place, heading: str, name: str) -> Diagnostic:
    return report(
        "K0001",
        place.piece.span,
        "Here begins neither a machine nor a type",
        label="expected `machine` or `type`",
        help=f"write `{heading} {name}`",
    )


def reserved(place: Place) -> Diagnostic:
    text, span = place.piece.text, place.piece.span
    return report(
        "K0016",
        span,
        f"`{text}` cannot be a name here",
        label="this word begins a section",
        help=f"call it `{text}_`",
        fixes=(Fix(f"Call it `{text}_`", (Edit(span, f"{text}_"),), safe=False),),
    )


def no_as(place: Place, alone: bool) -> Diagnostic:
    text = place.piece.text
    after = Span(place.piece.end, place.piece.end)
    return report(
        "K0002",
        place.piece.span,
        f"`{text}` lacks `as`" + (" and a type" if alone else ""),
        label="a field is written `name as type`",
        help=f"write `{text} as <type>`" if alone else f"write `{text} as {place.follower.text}`",
        fixes=() if alone else (Fix("Write `as`", (Edit(after, " as"),)),),
    )


def colon_for_as(place: Place) -> Diagnostic:
    text = place.piece.text
    span = Span(place.piece.end, place.follower.end)
    return report(
        "K0002",
        span,
        f"The type of `{text}` stands behind `as`, not behind `:`",
        label="expected `as`",
        help=f"write `{text} as …`",
        fixes=(Fix("Write `as`", (Edit(span, " as"),)),),
    )


def no_colon(place: Place) -> Diagnostic:
    text = place.piece.text
    after = Span(place.piece.end, place.piece.end)
    return report(
        "K0002",
        place.piece.span,
        f"`{text}` lacks its `:`",
        label="an option is written `name: value`",
        help=f"write `{text}: …`",
        fixes=(Fix("Write `:`", (Edit(after, ":"),)),),
    )


def equals_for_colon(place: Place) -> Diagnostic:
    text = place.piece.text
    span = Span(place.piece.end, place.follower.end)
    return report(
        "K0002",
        place.follower.span,
        f"The value of `{text}` stands behind `:`, not behind `=`",
        label="expected `:`",
        help=f"write `{text}: …`",
        fixes=(Fix("Write `:`", (Edit(span, ":"),)),),
    )


def other_sign(place: Place, ours: str, title: str) -> Diagnostic:
    span = place.piece.span
    tight = Span(place.before.end, span.end) if ours[0] in " :" and place.before else span
    return report(
        "K0010" if ours == "==" else "K0002",
        span,
        title,
        label=f"expected `{ours.strip()}`",
        help=f"write `{ours.strip()}`",
        fixes=(Fix(f"Write `{ours.strip()}`", (Edit(tight, ours),)),),
    )


def not_in(place: Place) -> Diagnostic:
    return report(
        "K0010",
        Span(place.piece.start, place.follower.end),
        "There is no `not in`: `not` stands before the whole comparison",
        label="not an operator of this language",
        help="write `not x in y`",
    )


def missing(place: Place, terminals: tuple[str, ...]) -> Diagnostic:
    first = terminals[0]
    if first in _SIGNS:
        return _missing_sign(place, _SIGNS[first])
    before = f" after {written(place.before)}" if place.before else ""
    if first == "NAME":
        type_ = place.before is not None and place.before.text in ("as", "of")
        what, code = ("A type" if type_ else "A name"), "K0003"
    else:
        what, code = ("A text" if first == "STRING" else "A value"), "K0004"
    return report(
        code,
        _at_fault(place) if place.before else place.piece.span,
        f"{what} is missing{before}",
        label=f"{what.lower()} belongs behind this" if place.before else f"expected {what.lower()}",
        help=_example(what),
    )


def _example(what: str) -> str:
    if what == "A type":
        return "write a type, such as `text`, `number` or `list of text`"
    if what == "A name":
        return "write a name, such as `summary`"
    return 'write a text in double quotes: `"…"`' if what == "A text" else "write a value"


def _missing_sign(place: Place, sign: str) -> Diagnostic:
    spaced = f" {sign}" if sign.isalpha() or sign in ("=", "=>") else sign
    where = f" before {written(place.piece)}" if not place.piece.first else ""
    if place.piece.kind == END or place.piece.first:
        where = f" after {written(place.before)}" if place.before else ""
    return report(
        "K0002",
        _at_fault(place),
        f"`{sign}` is missing{where}",
        label=f"expected `{sign}`",
        help=f"write `{sign}`{where}",
        fixes=(Fix(f"Write `{sign}`", (Edit(_line_end(place), spaced),), safe=sign == ","),),
    )


# --- bodies


def step_on_openers_line(place: Place) -> Diagnostic:
    piece, before = place.piece, place.before
    gap = Span(before.end if before else piece.start, piece.start)
    margin = " " * (piece.column + 2)
    return report(
        "K0012",
        piece.span,
        f"`{piece.text}` stands on a line of its own",
        label="only one value, `run`, `set`, `publish` or `push` can stand here",
        help="break the line before it, and indent it",
        fixes=(Fix("Break the line", (Edit(gap, f"\n{margin}"),)),),
    )


def no_body(place: Place) -> Diagnostic:
    span = _at_fault(place)
    return report(
        "K0013",
        span,
        "The body is missing",
        label="nothing is indented below this line",
        help="write a value on this line, or steps below it, indented deeper",
    )


def second_body(place: Place) -> Diagnostic:
    related = (Related(place.before.span, "the body ends here"),) if place.before else ()
    return report(
        "K0014",
        place.piece.span,
        "The line above has its body already",
        label="deeper than that line, so it would be a second body",
        related=related,
        help="move the first body down to this one, or indent this line less",
    )
