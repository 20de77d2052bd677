"""Which surface a request was meant for that meets none."""

from __future__ import annotations

import pytest
from kanvas_runtime.strays import place_of

PLACES = [
    ("page", "/"),
    ("page", "/home"),
    ("websocket", "/home/live"),
    ("api", "/orders/{id}"),
    ("api", "/orders/{id}/lines"),
    ("api", "/{anything}"),
]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", ("page", "/")),
        ("/home", ("page", "/home")),
        ("/home/x", ("page", "/home")),
        ("/homes", None),
        ("/home/live", ("websocket", "/home/live")),
        ("/home/live/x/y", ("websocket", "/home/live")),
        ("/orders", ("api", "/orders/{id}")),
        ("/orders/1/2/3", ("api", "/orders/{id}")),
        ("/orders/", ("api", "/orders/{id}")),
        ("/else/where", None),
        ("", None),
    ],
)
def test_the_nearest_one(path: str, place: tuple[str, str] | None) -> None:
    assert place_of(path, PLACES) == place
