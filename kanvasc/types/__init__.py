"""Types: what each expression, step and contract is, and whether it fits its place."""

from kanvasc.types.check import TypedFile, type_program

__all__ = ["TypedFile", "type_program"]
