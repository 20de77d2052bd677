"""From a plan to files."""

from kanvasc.emit.files import Files, emit

__all__ = ["Files", "emit"]
