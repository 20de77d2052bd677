"""The app's own templates."""

from __future__ import annotations

from pathlib import Path

import jinja2


def template(directory: Path, name: str) -> jinja2.Template:
    """Of an app's directory. Raises `FileNotFoundError`, with what to do, when it is not there."""
    folder = directory / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # a map keeps its order
    try:
        return environment.get_template(name)
    except jinja2.TemplateNotFound:
        message = f"{folder / name} is missing: build the program again"
        raise FileNotFoundError(message) from None
