"""Reductions to nodes, one module a part of the language."""

from __future__ import annotations

from functools import partial

from kanvasc.syntax.automaton import Reduction
from kanvasc.syntax.build import exprs, fields, sections, steps
from kanvasc.syntax.build.base import Builder, Token

__all__ = ["Builder", "Token", "reductions"]

_ALL = {**exprs.REDUCTIONS, **fields.REDUCTIONS, **steps.REDUCTIONS, **sections.REDUCTIONS}


def reductions(builder: Builder) -> dict[str, Reduction]:
    """What each reduction of the grammar makes, for one source."""
    return {name: partial(reduction, builder) for name, reduction in _ALL.items()}
