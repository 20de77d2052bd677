"""Surfaces: each option with a value that it takes and values that it refuses; paths."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.types.program import SurfaceSpec
from tests.diagnostics.programs import codes, findings

SOCKET = 'machine m\n  expresses\n    websocket\n      path: "/ws/m"\n'
PAGE = 'machine m\n  expresses\n    page\n      path: "/m"\n'

OPTIONS = {
    "idle_timeout": ('"5m"', 300.0, ['"5 m"', '"-1s"', "0", '"8d"', '""', "true", '"5m", "6m"']),
    "heartbeat": ("20000", 20.0, ['"20"', '"1e3s"', '"٣s"']),
    "max_message": ('"64KB"', 65536, ['"64kb"', '"1GB"', '"0"', "63", '"-1KB"']),
    "rate": ('"50/s"', 50.0, ['"50"', '"50/h"', '"0/s"', '"-1/s"', "50"]),
    "queue": ("32", 32, ["0", "-1", "1.5", '"32"', "10000000"]),
    "max_connections": ("100", 100, ["0", '"many"']),
    "every": ('"1s"', 1.0, ['"soon"', "0"]),
    "on": ('"metric.changed"', "metric.changed", ['"metric changed"', '""', '"a..b"', "5"]),
    "rate_per_principal": ('"200/s"', 200.0, ['"200"']),
    "concurrency": ("4", 4, ["0", '"4"']),
    "max_connections_per_client": ("5", 5, ["0"]),
    "origins": (
        '["https://app.example.com", "http://localhost:3000"]',
        ("https://app.example.com", "http://localhost:3000"),
        [
            '["app.example.com"]',
            '["https://a.example/path"]',
            '["*"]',
            "[5]",
            '"https://a.example/"',
        ],
    ),
    "auth": ("none", ("none",), ["nobody", '"none"', "none, none"]),
}
REFUSED = [(name, value) for name, (_, _, wrong) in OPTIONS.items() for value in wrong]


def surface(text: str) -> SurfaceSpec:
    (machine,) = Compilation(Source("app.kanvas", text)).program.machines
    return machine.surfaces[0]


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_takes_its_value(name: str) -> None:
    value, read, _ = OPTIONS[name]
    text = f"{SOCKET}      {name}: {value}\n"
    assert codes(text) == []
    assert surface(text).options[name] == read


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_an_option_refuses_other_values(name: str, value: str) -> None:
    assert codes(f"{SOCKET}      {name}: {value}\n") == ["K5006"]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [("shared", "true", True), ("max_subscriptions", "3", 3), ("max_keys", "9", 9)],
)
def test_options_of_subscriptions(name: str, value: str, read: object) -> None:
    text = f'{SOCKET}      every: "1s"\n      {name}: {value}\n'
    assert codes(text) == []
    assert surface(text).options[name] == read
    assert codes(f'{SOCKET}      every: "1s"\n      {name}: "x"\n') == ["K5006"]


def test_page_options() -> None:
    text = f'{PAGE}      title: "A page"\n'
    assert codes(text) == []
    assert surface(text).options == {"title": "A page"}
    assert codes(f"{PAGE}      title: 5\n") == ["K5006"]
    assert codes(f"{PAGE}      heartbeat: 5\n") == ["K5005"]


def test_an_unknown_option_is_offered_the_nearest() -> None:
    (found,) = findings(f'{SOCKET}      idle_timout: "5m"\n')
    assert (found.code, found.help) == ("K5005", "did you mean `idle_timeout`?")


SERVED = [
    "/",
    "/ws",
    "/ws/m",
    "/a-b_c.d~e",
    "/123",
    "/ws/m.json",
    "/A",
    "/_kanvas_ui",
    "/metrics/m",
]
UNSERVED = [
    "",
    "ws",
    "/ws/",
    "//",
    "/a//b",
    "/a/../b",
    "/.",
    "/a b",
    "/a%2fb",
    "/{room}",
    "/a/{p:path}",
    "/:room",
    "/a?b",
    "/a#b",
    "/größe",
    "/数",
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/_kanvas",
    "/_kanvas/x",
    "/a\\n",
    '/a\\"b',
    "/a\\\\b",
    "/a<b>",
    "/\\u{0}",
    "/\\u{202e}",
    "http://example.com/a",
]


@pytest.mark.parametrize("path", SERVED)
def test_a_path_is_served(path: str) -> None:
    assert codes(PAGE.replace("/m", path)) == []


@pytest.mark.parametrize("path", UNSERVED)
def test_a_path_is_not_served(path: str) -> None:
    assert codes(PAGE.replace("/m", path)) == ["K5001"]


def test_a_path_is_offered_where_a_near_one_is_served() -> None:
    (found,) = findings(PAGE.replace("/m", "m/"))
    assert found.fixes[0].edits[0].text == '"/m"'
    (found,) = findings(PAGE.replace("/m", "/healthz"))
    assert found.fixes == ()


def test_paths_are_taken_once_in_the_whole_app() -> None:
    assert codes(f"{SOCKET}\n{SOCKET.replace('machine m', 'machine n')}") == ["K5002"]
    assert codes(f"{SOCKET}\n{PAGE.replace('machine m', 'machine n')}") == []


def test_a_page_is_fed_by_the_only_socket_of_its_machine() -> None:
    text = f'{SOCKET}    page\n      path: "/m"\n'
    (machine,) = Compilation(Source("app.kanvas", text)).program.machines
    assert machine.surfaces[1].options["live"] == "/ws/m"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ('idle_timeout: "60s"', []),
        ('idle_timeout: "20s"', []),
        ('idle_timeout: "19s"', ["K5007"]),
        ('heartbeat: "300s"', []),
        ('heartbeat: "301s"', ["K5007"]),
        ('idle_timeout: "10s"\n      heartbeat: "5s"', []),
        ('idle_timeout: "soon"\n      heartbeat: "5s"', ["K5006"]),
    ],
)
def test_a_heartbeat_comes_before_the_idle_timeout(options: str, code: list[str]) -> None:
    assert codes(f"{SOCKET}      {options}\n") == code


@pytest.mark.parametrize("word", ["subscribe", "unsubscribe"])
def test_words_of_the_protocol_are_no_inputs(word: str) -> None:
    fields = f"machine m\n  accepts\n    {word} as text\n"
    assert codes(SOCKET.replace("machine m\n", fields)) == ["K5003"]
    assert codes(PAGE.replace("machine m\n", fields)) == []


API = (
    "machine m\n  accepts\n    id as text is required\n"
    '  expresses\n    api\n      path: "/m/{id}"\n'
)


def test_options_of_an_api() -> None:
    text = (
        f'{API}      method: "PATCH"\n      max_message: "1KB"\n      rate: "5/s"\n'
        '      origins: ["https://a.example"]\n      auth: api_key\n      scopes: machines:run\n'
    )
    assert codes(text) == []
    assert surface(text).options == {
        "method": "PATCH",
        "max_message": 1024,
        "rate": 5.0,
        "origins": ("https://a.example",),
        "auth": ("api_key",),
        "scopes": ("machines:run",),
    }


@pytest.mark.parametrize("value", ['"HEAD"', '"get"', "GET", '"POST", "PUT"', "5"])
def test_methods_that_no_api_has(value: str) -> None:
    assert codes(f"{API}      method: {value}\n") == ["K5006"]


@pytest.mark.parametrize(
    "kind", ["integer", "decimal", "uuid", "date", 'enum("a", "b")', "boolean"]
)
def test_fields_of_one_value_stand_in_a_path(kind: str) -> None:
    assert codes(API.replace("text", kind)) == []


@pytest.mark.parametrize("kind", ["list of text", "map of text", "object {a as text}", "any"])
def test_others_do_not(kind: str) -> None:
    assert codes(API.replace("text", kind)) == ["K5010"]


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ('"/a"', '"/a"', True),
        ('"/a"\n      method: "GET"', '"/a"', False),
        ('"/a"\n      method: "POST"', '"/a"', True),
        ('"/a/{id}"', '"/a/{no}"', True),
        ('"/a/{id}"', '"/a/new"', False),
        ('"/a/{id}/b"', '"/a/{id}"', False),
    ],
)
def test_apis_share_a_path_when_their_methods_differ(first: str, second: str, taken: bool) -> None:
    accepts = "  accepts\n    id as text is required\n    no as text is required\n"
    apis = f"    api\n      path: {first}\n    api\n      path: {second}\n"
    assert codes(f"machine m\n{accepts}  expresses\n{apis}") == ["K5002"] * taken


@pytest.mark.parametrize("provider", ["stripe", "github", "slack"])
def test_options_of_a_webhook(provider: str) -> None:
    hook = 'machine m\n  expresses\n    webhook\n      path: "/hooks/m"\n'
    text = f'{hook}      provider: "{provider}"\n      rate: "5/s"\n      max_message: "1KB"\n'
    assert codes(text) == []
    options = {"provider": provider, "rate": 5.0, "max_message": 1024}
    assert surface(text).options == options
    assert codes(hook) == ["K5011"]
    assert codes(f"{hook}      auth: signature\n") == []
    for wrong in ("api_key", "signature, none", "signed", '"signature"', "none"):
        assert codes(f"{hook}      auth: {wrong}\n") == ["K5006"]
    assert codes(f"{hook}      provider: {provider}\n") == ["K5006"]
    assert codes(f'{hook}      provider: "paypal"\n') == ["K5006"]


def test_options_of_a_tool() -> None:
    tool = "machine m\n  expresses\n    mcp\n"
    assert codes(tool) == []
    assert surface(tool).path == "/mcp"
    assert codes(f"{tool}      auth: api_key\n      scopes: machines:run\n") == []
    assert codes(f"{tool}      scopes: machines:run\n") == ["K5007"]
    assert codes(f"{tool}    mcp\n") == ["K5002"]
    assert codes(f'{tool}    page\n      path: "/mcp"\n') == ["K5001"]
