"""All files of the clients: what is the same for every program, and what is its own."""

from __future__ import annotations

from typing import Final

from kanvasc import resources
from kanvasc.emit.clients.python import python
from kanvasc.emit.clients.typescript import typescript
from kanvasc.emit.format import format_python
from kanvasc.types.program import TypedProgram

LANGUAGES: Final = ("ts", "python")


def clients(language: str, file: str, program: TypedProgram) -> dict[str, bytes]:
    """Path → content. `language` is one of LANGUAGES; `file`, the program's printable name.

    Raises FileNotFoundError when this installation of kanvasc lacks its templates.
    """
    folder = resources.folder("templates") / "client" / language
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.*"))}
    if language == "ts":
        texts["index.ts"] = typescript(file, program)
    else:
        texts = format_python({**texts, **python(file, program)})
        texts["py.typed"] = ""
    return {name: text.encode() for name, text in sorted(texts.items())}
