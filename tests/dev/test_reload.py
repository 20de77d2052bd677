"""Each save is served, whatever was there before it; one with errors is not, and is shown."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.dev.programs import BROKEN, COUNTER, OF_TEXT, Written, until
from tests.e2e.apps import App, ask, kanvasc, verify

ALLOWED = "  ensures\n    permissions\n      allowed to\n        reason\n\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def get(app: App, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(app.page(path), headers=headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def news(app: App) -> dict[str, str | None]:
    """What a page is told when it asks."""
    with urllib.request.urlopen(app.page("/_kanvas/dev/news")) as reply:
        for line in reply:
            if line.startswith(b"data: "):
                told: dict[str, str | None] = json.loads(line.removeprefix(b"data: "))
                return told
    raise AssertionError("no news")


def test_a_save_is_served_and_what_was_kept_stays(tmp_path: Path) -> None:
    written = Written(tmp_path)
    with written.serve() as app:
        with app.connect("/ws/counter") as open_:
            assert ask(open_, {"by": 5}) == {"total": 5, "said": "first"}
            written.save(COUNTER.replace("first", "second"))
            with pytest.raises(ConnectionClosed) as closed:
                open_.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        # Nobody is refused in between: who comes too early waits.
        with app.connect("/ws/counter") as next_:
            assert ask(next_, {"by": 2}) == {"total": 7, "said": "second"}
        until(app, "reloaded in ")
    assert verify(app.data).returncode == 0


def test_a_file_that_is_used_counts_too(tmp_path: Path) -> None:
    shared = tmp_path / "shared" / "greeting.kanvas"
    shared.parent.mkdir()
    shared.write_text("type greeting\n  said as text\n")
    program = (
        'uses "shared/greeting.kanvas"\n\nmachine hello\n  responds with\n    said as text\n\n'
        '  implements\n    compute answer\n      {said: "hello"}\n\n'
        '  expresses\n    websocket\n      path: "/ws"\n'
    )
    with Written(tmp_path, program).serve() as app:
        shared.write_text("type greeting\n  said as txt\n")
        until(app, "There is no type `txt`")
        assert "txt" in str(news(app)["problems"])


def test_a_version_with_errors_is_shown_and_not_served(tmp_path: Path) -> None:
    written = Written(tmp_path)
    with written.serve() as app:
        before = news(app)
        assert before["problems"] is None
        written.save(BROKEN)
        until(app, "input.nothing")
        with app.connect("/ws/counter") as open_:
            assert ask(open_, {})["said"] == "first"
        assert news(app)["version"] == before["version"]
        assert "nothing" in str(news(app)["problems"])
        written.save(COUNTER)
        until(app, "reloaded in ")
        assert news(app)["problems"] is None


def test_what_is_wrong_at_first_is_shown_until_it_is_mended(tmp_path: Path) -> None:
    written = Written(tmp_path, BROKEN)
    with written.serve() as app:
        until(app, "Nothing is served at")
        status, page = get(app, "/", Accept="text/html")
        assert status == 503
        assert "overlay.js" in page
        status, body = get(app, "/ws/counter")
        assert status == 503
        assert json.loads(body)["error"]["code"] == "overloaded"
        assert "nothing" in str(news(app)["problems"])
        written.save(COUNTER)
        until(app, "app is served at")
        assert get(app, "/", Accept="text/html")[0] == 200


def test_a_start_that_is_refused_later_is_shown(tmp_path: Path) -> None:
    written = Written(tmp_path)
    with written.serve() as app:
        with app.connect("/ws/counter") as open_:
            ask(open_, {"by": 5})
        written.save(OF_TEXT)
        until(app, "state")
        status, page = get(app, "/", Accept="text/html")
        assert status == 503
        assert "overlay.js" in page
        assert "total" in str(news(app)["problems"])
        written.save(COUNTER)
        until(app, "reloaded in ")
        with app.connect("/ws/counter") as open_:
            assert ask(open_, {"by": 1})["total"] == 6


def test_a_missing_key_stops_the_first_start(tmp_path: Path) -> None:
    program = COUNTER.replace(
        '    compute answer\n      {said: "first"}',
        '    ask answer, using: "anthropic:claude-sonnet-4-5"\n      with task "Say it"\n'
        "      returns\n        said as text",
    ).replace(
        "  implements",
        "  ensures\n    permissions\n      allowed to\n        reason\n\n  implements",
    )
    Written(tmp_path, program)
    done = kanvasc("dev", "app.kanvas", "--port", "0", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "--simulate" in done.stderr


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    Written(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = kanvasc("dev", "app.kanvas", "--port", port, cwd=tmp_path)
    assert done.returncode == 2
    assert "is in use" in done.stderr


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = kanvasc("dev", "nothing.kanvas", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot read nothing.kanvas" in done.stderr


def decide(app: App, body: bytes, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(app.page("/_kanvas/dev/approvals/h1"), body, headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["error"]["code"]


def test_decisions_of_others_are_refused(tmp_path: Path) -> None:
    with Written(tmp_path).serve() as app:
        approve = b'{"decision": "approve"}'
        foreign = {"Origin": "https://evil.example"}
        assert decide(app, approve, **foreign) == (403, "origin_refused")
        assert decide(app, approve) == (404, "not_found")
        assert decide(app, b"nonsense") == (422, "invalid_input")
        assert decide(app, b'{"decision": "perhaps"}') == (422, "invalid_input")
        assert decide(app, b"x" * 20_000) == (413, "too_large")
        assert get(app, "/_kanvas/dev/approvals") == (200, '{"approvals":[]}')
