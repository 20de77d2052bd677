"""Types: what each expression, step and contract is, and whether it fits its place."""

from kanvasc.types.check import type_program

__all__ = ["type_program"]
