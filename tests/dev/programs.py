"""A program that is changed while it is served, and `kanvasc dev` that serves it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.e2e.apps import App

COUNTER = """machine counter "Counter"
  accepts
    by as integer, default: 1, label "By"

  responds with
    total as integer from state.total
    said as text

  implements
    state
      total as integer, default: 0

    set state.total = state.total + input.by

    compute answer
      {said: "first"}

  expresses
    page
      path: "/"

    websocket
      path: "/ws/counter"
"""
OF_TEXT = (
    COUNTER.replace("total as integer", "total as text")
    .replace("default: 0", 'default: "none"')
    .replace("state.total + input.by", '"much"')
)
"""Sound, and refuses to start on the state that `COUNTER` left."""

BROKEN = COUNTER.replace('{said: "first"}', "{said: input.nothing}")


class Written:
    """The program's file."""

    def __init__(self, folder: Path, text: str = COUNTER) -> None:
        self.folder = folder
        self.file = folder / "app.kanvas"
        self.save(text)

    def save(self, text: str) -> None:
        """As editors do: a new file takes the place of the old one."""
        new = self.folder / "app.kanvas~"
        new.write_text(text, encoding="utf-8")
        new.replace(self.file)

    def serve(self, *arguments: str, **environment: str) -> App:
        """`kanvasc dev`."""
        command = [sys.executable, "-m", "kanvasc", "dev", "app.kanvas", "--port", "0"]
        data = self.folder / "data"
        return App(self.folder, data, command=[*command, *arguments], **environment)


def until(app: App, text: str, times: int = 1) -> None:
    """Until the command has said something so many times."""
    end = time.monotonic() + 60
    while app.log.count(text) < times:
        assert time.monotonic() < end, f"never said: {text}\n{app.log}"
        time.sleep(0.01)
