"""Where the grammar, the templates and the runtime's wheel are: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


def folder(name: str) -> Path:
    """The folder `grammar`, `templates` or `wheels`.

    Raises FileNotFoundError when neither an installed package nor a checkout has it.
    """
    checkout = _CHECKOUT / ("build/wheels" if name == "wheels" else name)
    for place in (_PACKAGE / "_data" / name, checkout):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"kanvasc's {name!r} folder is missing: reinstall kanvasc")
