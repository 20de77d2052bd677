"""Expressions: precedence, texts, and the words that are operators."""

from __future__ import annotations

import pytest

from kanvasc.source import Source
from kanvasc.syntax import parse_expression, tree
from tests.syntax.programs import source


def read(text: str) -> tree.Expr:
    expression, diagnostics = parse_expression(source(text))
    assert diagnostics == (), text
    return expression


def shape(node: object) -> str:
    """The tree with all its parentheses."""
    match node:
        case tree.Binary(op=op, left=left, right=right):
            return f"({shape(left)} {op} {shape(right)})"
        case tree.Unary(op=op, operand=operand):
            return f"({op}{shape(operand)})"
        case tree.Conditional(condition=c, then=t, otherwise=o):
            return f"({shape(c)} ? {shape(t)} : {shape(o)})"
        case tree.Member(object=target, name=name):
            return f"{shape(target)}.{name.text}"
        case tree.Index(object=target, index=index):
            return f"{shape(target)}[{shape(index)}]"
        case tree.Call(callee=callee, arguments=arguments):
            return f"{shape(callee)}({', '.join(map(shape, arguments))})"
        case tree.Lambda(parameters=parameters, body=body):
            return f"\\{' '.join(name.text for name in parameters)}.{shape(body)}"
        case tree.ListLit(items=items):
            return f"[{', '.join(map(shape, items))}]"
        case tree.MapLit(entries=entries):
            inside = ", ".join(f"{entry.key.text}: {shape(entry.value)}" for entry in entries)
            return "{" + inside + "}"
        case tree.TextLit(parts=parts):
            return "".join(part if isinstance(part, str) else f"<{shape(part)}>" for part in parts)
        case tree.NumberLit(text=text) | tree.NameRef(text=text):
            return text
        case tree.BoolLit(value=value):
            return str(value).lower()
        case tree.NullLit():
            return "null"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("-a.b * !c", "((-a.b) * (!c))"),
        ("a + 1 < b and c or d", "((((a + 1) < b) && c) || d)"),
        ("not a == b", "(!(a == b))"),
        ("not a and b", "((!a) && b)"),
        ("a is not b", "(a != b)"),
        ("a is b", "(a == b)"),
        ("a is less than b", "(a < b)"),
        ("a is at most b", "(a <= b)"),
        ("a is greater than b", "(a > b)"),
        ("a is at least b", "(a >= b)"),
        ("a in [1, 2,]", "(a in [1, 2])"),
        ("a || b ?? c", "((a || b) ?? c)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a[0](1).b", "a[0](1).b"),
        ("f(x => x + 1, (a, b) => a, ())", None),
        ("f(x => x + 1, (a, b) => a, (c) => c)", "f(\\x.(x + 1), \\a b.a, \\c.c)"),
        ('{a: 1, "b c": 2, true: 3, is: 4,}', "{a: 1, b c: 2, true: 3, is: 4}"),
        ("a.is.not.and.in", "a.is.not.and.in"),
        ("a ? {b: c} : {}", "(a ? {b: c} : {})"),
        ("1e3 + 0.5 % 2", "(1e3 + (0.5 % 2))"),
        ("(a\n+ b)", "(a + b)"),
        ("true && false != null", "(true && (false != null))"),
    ],
)
def test_precedence(text: str, expected: str | None) -> None:
    if expected is None:
        assert parse_expression(source(text))[1] != ()
    else:
        assert shape(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"a\n\t\r\"\\\$\u{e9}\u{1F600}"', 'a\n\t\r"\\$é😀'),
        ('"$5 and ${a}"', "$5 and <a>"),
        ('"${a}${b}"', "<a><b>"),
        ('"a ${f({k: "}"})["x"]} b"', "a <f({k: }})[x]> b"),
        ('"a ${"b ${"c"}"}"', "a <b <c>>"),
        ('""', ""),
        ('"""one"""', "one"),
        ('"""\n  a\n    b ${c}\n  d\n  """', "a\n  b <c>\nd"),
        ('"""\n    a\n  """', "  a"),
        ('"""say \\""" now"""', 'say """ now'),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert shape(read(text)) == expected


def test_an_expression_in_a_text_knows_its_place() -> None:
    text = '"a ${ input.name } b"'
    literal = read(text)
    assert isinstance(literal, tree.TextLit)
    inside = literal.parts[1]
    assert isinstance(inside, tree.Member)
    assert text[inside.span.start : inside.span.end] == "input.name"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r'"\q"', "K0008"),
        (r'"\u{d800}"', "K0008"),
        (r'"\u{110000}"', "K0008"),
        ('"${}"', "K0021"),
        ('"abc', "K0006"),
        ("'abc'", "K0007"),
        ("“abc”", "K0007"),
        ("a\u00a0+ b", "K0007"),
        ("a === b", "K0010"),
        ("a?.b", "K0010"),
        ("a & b", "K0010"),
        ("1 # one", "K0010"),
        ("10ms", "K0009"),
        ("1_000", "K0009"),
        ("a +", "K0004"),
        ("f(a b)", "K0002"),
        ("(a", "K0005"),
        ("a)", "K0005"),
        ("[a)", "K0005"),
        ("{a 1}", "K0002"),
        ("{a: 1 b: 2}", "K0002"),
        ("a not in b", "K0010"),
        ("a = b", "K0010"),
    ],
)
def test_a_fault_has_one_finding(text: str, code: str) -> None:
    expression, diagnostics = parse_expression(Source("x", text))
    assert [found.code for found in diagnostics] == [code]
    assert isinstance(expression, tree.Node)
