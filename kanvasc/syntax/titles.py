"""The words that head the sections of a machine and the blocks of `implements`.

Both stand in canonical order: what lays out, lists and folds them goes by it.
"""

from __future__ import annotations

from typing import Final

from kanvasc.syntax import tree

SECTIONS: Final[dict[type[tree.Node], str]] = {
    tree.Accepts: "accepts",
    tree.RespondsWith: "responds with",
    tree.Achieves: "achieves",
    tree.Ensures: "ensures",
    tree.Implements: "implements",
    tree.Expresses: "expresses",
    tree.Verifies: "verifies",
}
BLOCKS: Final[dict[type[tree.Node], str]] = {
    tree.State: "state",
    tree.RuntimeOptions: "runtime",
    tree.Schedules: "schedules",
    tree.Subscribes: "subscribes",
    tree.Publishes: "publishes",
}
