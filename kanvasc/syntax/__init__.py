"""The first phase: source to tree. The only one that knows how programs are spelt."""

from kanvasc.syntax.parse import Parsed, parse, parse_expression

__all__ = ["Parsed", "parse", "parse_expression"]
