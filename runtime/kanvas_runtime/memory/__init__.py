"""What a program remembers: texts with their metadata, found again by their words."""

from kanvas_runtime.memory.records import Memory, Recalled

__all__ = ["Memory", "Recalled"]
