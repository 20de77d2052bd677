"""The page surface: a machine as a page that works without script and lives with it."""

from kanvas_runtime.pages.page import install

__all__ = ["install"]
