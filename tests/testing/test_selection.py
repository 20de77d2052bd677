"""`-k`: which tests an expression means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanvasc.testing.cases import Case
from kanvasc.testing.selection import SelectionError, parse

CASE = Case("shipping", "A voucher takes a tenth off", "examples/post.kanvas", 3, {})


@pytest.mark.parametrize(
    "expression",
    [
        "voucher",
        "VOUCHER",
        "shipping",
        "post.kanvas",
        "examples/post",
        "vou",
        "voucher and tenth",
        "nothing or voucher",
        "not nothing",
        "not not voucher",
        "nothing and nothing or voucher",
        "voucher or nothing and nothing",
        "not (nothing or (voucher and nothing))",
        '"tenth off"',
        '"a voucher" and not "and"',
        "(voucher)and(tenth)",
        "not nothing and voucher",
    ],
)
def test_it_means_the_test(expression: str) -> None:
    assert parse(expression)(CASE)


@pytest.mark.parametrize(
    "expression",
    [
        "nothing",
        "not voucher",
        "voucher and nothing",
        "nothing or nothing",
        "(voucher or nothing) and nothing",
        '"voucher tenth"',
        "not (voucher or nothing)",
    ],
)
def test_it_does_not_mean_the_test(expression: str) -> None:
    assert not parse(expression)(CASE)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("voucher tenth", "-k: there should be `and`, `or` or the end at column 9, not `tenth`"),
        ("and voucher", "-k: there should be a word at column 1, not `and`"),
        ("voucher and", "-k: there should be a word at column 12, not the end"),
        ("(voucher", "-k: there should be `)` at column 9, not the end"),
        ("voucher)", "-k: there should be `and`, `or` or the end at column 8, not `)`"),
        ("()", "-k: there should be a word at column 2, not `)`"),
        ('"voucher', '-k: a quote is not closed: "voucher'),
        ("(" * 5000 + "voucher", "-k: too many brackets stand in each other"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(expression: str, message: str) -> None:
    with pytest.raises(SelectionError) as raised:
        parse(expression)
    assert str(raised.value) == message


WORDS = st.sampled_from(("voucher", "tenth", "nothing"))
TREES = st.recursive(
    WORDS,
    lambda inner: (
        st.tuples(st.sampled_from(("and", "or")), inner, inner) | st.tuples(st.just("not"), inner)
    ),
    max_leaves=12,
)


def written(tree: object) -> str:
    match tree:
        case str(word):
            return word
        case ("not", inner):
            return f"not ({written(inner)})"
        case (operator, left, right):
            return f"({written(left)}) {operator} ({written(right)})"
    raise AssertionError(tree)


@given(TREES)
def test_operators_mean_what_they_say(tree: object) -> None:
    text = written(tree)
    truth = text.replace("voucher", "True").replace("tenth", "True").replace("nothing", "False")
    assert parse(text)(CASE) is eval(truth)


@given(st.text(alphabet='voucher ()"andort', max_size=40))
def test_any_text_is_an_expression_or_refused(expression: str) -> None:
    assert verdict(expression) in ("-k: ", True, False)


def verdict(expression: str) -> object:
    try:
        return parse(expression)(CASE)
    except SelectionError as wrong:
        return str(wrong)[:4]
