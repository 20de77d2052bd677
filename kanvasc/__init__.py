"""The kanvas compiler: source → syntax → names → types → checks → plan → emit."""

from kanvasc.version import VERSION as __version__

__all__ = ["__version__"]
