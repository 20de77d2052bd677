"""What is at a place of a program: the questions that an editor asks, answered without a protocol.

Everything here takes an `Analysis` and offsets, and gives spans and plain values. A program with
faults answers as far as it was understood: the tree is always whole, and where types are missing,
names have to do.
"""

from kanvasc.analysis.analysis import Analysis

__all__ = ["Analysis"]
