"""Runs that would not end."""

from __future__ import annotations

from tests.governed.promises.promise import Promise

PROMISES: tuple[Promise, ...] = ()
