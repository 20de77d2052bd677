"""What host, child and the one who writes say to each other: a JSON object a line.

| from       | to    | `do`       | with                                                          |
|------------|-------|------------|---------------------------------------------------------------|
| the writer | host  | `serve`    | `since`: when the change was seen, seconds as `time.time()`   |
| the writer | host  | `problems` | `text`: what keeps the newest text from being served          |
| host       | child | `problems` | `text`, or null when there is none any more                   |
| child      | host  | `ready`    |                                                               |
| child      | host  | `refused`  | `text`: why the app does not start                            |
"""

from __future__ import annotations

import json
from typing import Any


def line(do: str, **fields: Any) -> bytes:
    """One message."""
    return json.dumps({"do": do, **fields}).encode() + b"\n"


class Lines:
    """Bytes as they come; whole messages as they go."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that `data` completes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(each) for each in whole if each.strip()]
