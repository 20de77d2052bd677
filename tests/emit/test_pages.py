"""What a build says of its pages: how fields are shown, and who begins a run."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source

HOUSE = """machine house
  responds with
    course as list of number
    warm as boolean
ENSURES
  implements
    STEP
    compute answer
      {course: [1, 2], warm: true}
  expresses
    page
      path: "/house"
      render course as metric
      render warm as text
    websocket
      path: "/ws/house"
      SOURCE
"""
FETCH = 'ask rate, from: "@std/http/get"\n      url: "https://rates.example/v1"'
ALLOWED = "  ensures\n    permissions\n      allowed to\n        http"
HELD = ALLOWED.replace("allowed to", "requires approval for").replace("http", "memory")
RECALL = 'recall known\n      query: "warm"\n      collection: "c"'


def page(text: str) -> str:
    compilation = Compilation(Source("app.kanvas", text))
    assert [found.title for found in compilation.diagnostics if found.severity == "error"] == []
    app = compilation.files["app.py"].decode()
    return app[app.index("PageSurface(") : app.index("WebSocketSurface(")]


def house(ensures: str, step: str, source: str) -> str:
    text = HOUSE.replace("ENSURES", ensures).replace("STEP", step).replace("SOURCE", source)
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def test_the_forms_of_fields_are_told() -> None:
    assert 'renders={"course": "metric", "warm": "text"}' in page(house("", "", 'every: "2s"'))


@pytest.mark.parametrize(
    ("ensures", "step", "source", "by_hand", "follows"),
    [
        ("", "", 'every: "2s"', False, True),
        (ALLOWED.replace("http", "memory"), RECALL, 'every: "2s"', False, True),
        (ALLOWED, FETCH, "shared: true", True, False),
        (ALLOWED, FETCH, 'on: "rate.changed"', True, True),
        (HELD, RECALL, "shared: true", True, False),
    ],
)
def test_who_begins_a_run(
    ensures: str, step: str, source: str, by_hand: bool, follows: bool
) -> None:
    told = page(house(ensures, step, source))
    assert ("by_hand=True" in told) == by_hand
    assert ("follows=False" in told) == (not follows)


@pytest.mark.parametrize(
    ("ensures", "there"), [(HELD, True), (ALLOWED.replace("http", "memory"), False)]
)
def test_who_decides_has_a_page_where_there_is_no_other(ensures: str, there: bool) -> None:
    text = house(ensures, RECALL, "shared: true")
    socket = text[: text.index("    page")] + text[text.index("    websocket") :]
    files = Compilation(Source("app.kanvas", socket)).files
    assert ("templates/approvals.html.jinja" in files) == there
    assert ("static/approvals.css" in files) == there
    assert ("approvals list" in files["README.md"].decode()) == there
