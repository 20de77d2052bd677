"""The names that compiled code relies on."""

from __future__ import annotations

import inspect

from kanvas_runtime import library


def test_every_function_is_exported_and_documented_by_its_module() -> None:
    assert library.__all__ == sorted(library.__all__)
    for name in library.__all__:
        function = getattr(library, name)
        assert inspect.isfunction(function)
        assert function.__module__.startswith("kanvas_runtime.library.")
        assert "return" in function.__annotations__
