"""When the server ends, what it survives, and how it counts positions."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest

from tests.lsp.raw import TIMEOUT, answer, initialize, opened, published, receive, send, server
from tests.ports import own_port

WRONG = "machine m\n  accepts\n    a as tex\n"


def test_it_ends_when_it_is_told_to() -> None:
    with server() as process:
        initialize(process)
        send(process.stdin, "shutdown", None, 2)
        assert answer(process.stdout, 2)["result"] is None
        send(process.stdin, "exit", None)
        assert process.wait(TIMEOUT) == 0


def test_leaving_without_a_word_is_told_from_that() -> None:
    with server() as process:
        initialize(process)
        send(process.stdin, "exit", None)
        assert process.wait(TIMEOUT) == 1


def test_it_ends_when_its_pipe_does() -> None:
    with server() as process:
        initialize(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(TIMEOUT)


def test_it_ends_when_its_editor_is_killed_though_the_pipe_stays_open() -> None:
    editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with server() as process:
            initialize(process, pid=editor.pid)
            send(process.stdin, "textDocument/didOpen", opened("untitled:a", WRONG))
            assert published(process.stdout)["uri"] == "untitled:a"
            editor.kill()
            editor.wait(TIMEOUT)
            assert process.wait(TIMEOUT) == 1
    finally:
        editor.kill()
        editor.wait(TIMEOUT)


def test_it_ends_with_an_editor_that_nobody_has_waited_for() -> None:
    editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with server() as process:
            initialize(process, pid=editor.pid)
            editor.kill()
            process.wait(TIMEOUT)
    finally:
        editor.kill()
        editor.wait(TIMEOUT)


CRASHES = {
    "textDocument/hover": "import kanvasc.lsp.hover as m; m.hover = None",
    "textDocument/completion": "import kanvasc.lsp.completion as m; m.complete = None",
    "textDocument/definition": "import kanvasc.lsp.navigation as m; m.definitions = None",
}


@pytest.mark.parametrize("method", CRASHES)
def test_a_fault_in_one_feature_is_that_requests_alone(method: str) -> None:
    where = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 2, "character": 5}}
    with server(code=CRASHES[method]) as process:
        initialize(process)
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", WRONG))
        send(process.stdin, method, where, 2)
        assert "error" in answer(process.stdout, 2)
        send(process.stdin, "textDocument/documentSymbol", where, 3)
        assert answer(process.stdout, 3)["result"][0]["name"] == "m"


def test_a_fault_in_the_checker_leaves_the_rest_at_work() -> None:
    code = "import kanvasc.pipeline as m; m.check = None"
    with server(code=code) as process:
        initialize(process)
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", WRONG))
        where = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 2, "character": 4}}
        send(process.stdin, "textDocument/hover", where, 2)
        assert "a as tex" in answer(process.stdout, 2)["result"]["contents"]["value"]


def test_messages_that_make_no_sense_are_survived() -> None:
    with server() as process:
        initialize(process)
        nowhere = {
            "textDocument": {"uri": "untitled:none"},
            "position": {"line": 1, "character": 0},
        }
        send(process.stdin, "textDocument/hover", nowhere, 2)
        assert "error" in answer(process.stdout, 2)
        send(process.stdin, "kanvas/noSuchThing", {}, 3)
        assert "error" in answer(process.stdout, 3)
        assert process.stdin is not None
        process.stdin.write(b"Content-Length: 9\r\n\r\n{not json")
        process.stdin.flush()
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", WRONG))
        far = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 99, "character": 99}}
        send(process.stdin, "textDocument/completion", far, 4)
        assert "result" in answer(process.stdout, 4)


def test_a_request_that_is_cancelled_is_answered_all_the_same() -> None:
    with server() as process:
        initialize(process)
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", WRONG))
        send(process.stdin, "textDocument/diagnostic", {"textDocument": {"uri": "untitled:a"}}, 7)
        send(process.stdin, "$/cancelRequest", {"id": 7})
        message = answer(process.stdout, 7)
        assert "result" in message or message["error"]["code"] == -32800


@pytest.mark.parametrize(
    ("encodings", "chosen", "character"),
    [
        (None, "utf-16", 7),
        (["utf-16"], "utf-16", 7),
        (["utf-8", "utf-16"], "utf-8", 9),
        (["utf-32"], "utf-32", 6),
        (["utf-9"], "utf-16", 7),
    ],
)
def test_positions_count_what_was_agreed_on(
    encodings: list[str] | None, chosen: str, character: int
) -> None:
    """`b` stands behind one emoji: one code point, two units of UTF-16, four bytes."""
    text = 'machine m\nimplements\ncompute a\n["🙂", b]\n'
    with server() as process:
        result = initialize(process, encodings=encodings)
        assert result["capabilities"]["positionEncoding"] == chosen
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", text))
        (found,) = (
            one for one in published(process.stdout)["diagnostics"] if one["code"] == "K1001"
        )
        assert found["range"]["start"] == {"line": 3, "character": character}
        assert found["range"]["end"] == {"line": 3, "character": character + 1}
        # And the way back: a change in front of it.
        change = {"range": found["range"], "text": "1"}
        params = {
            "textDocument": {"uri": "untitled:a", "version": 2},
            "contentChanges": [change],
        }
        send(process.stdin, "textDocument/didChange", params)
        codes = [one["code"] for one in published(process.stdout)["diagnostics"]]
        assert "K1001" not in codes


def test_nothing_but_the_protocol_is_written_to_standard_output() -> None:
    code = "import kanvasc.lsp.hover as m; m.hover = lambda *_: print('a stray line')"
    where = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 0, "character": 0}}
    with server(code=code) as process:
        initialize(process)
        send(process.stdin, "textDocument/didOpen", opened("untitled:a", ""))
        send(process.stdin, "textDocument/hover", where, 2)
        assert answer(process.stdout, 2)["result"] is None


def test_it_serves_on_a_port_and_ends_with_its_client() -> None:
    port = own_port()
    with server("--tcp", str(port)) as process:
        assert process.stderr is not None
        assert f"127.0.0.1:{port}" in process.stderr.readline().decode()
        connection = _connected(port)
        with connection, connection.makefile("rwb") as stream:
            params = {"processId": os.getpid(), "rootUri": None, "capabilities": {}}
            send(stream, "initialize", params, 1)
            assert answer(stream, 1)["result"]["serverInfo"]["name"] == "kanvasc"
            send(stream, "textDocument/didOpen", opened("untitled:a", WRONG))
            assert receive(stream)["params"]["diagnostics"][0]["code"] == "K1007"
        process.wait(TIMEOUT)


def _connected(port: int) -> socket.socket:
    for _ in range(TIMEOUT * 10):
        try:
            return socket.create_connection(("127.0.0.1", port), TIMEOUT)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_stdio_and_a_port_exclude_each_other() -> None:
    with server("--stdio", "--tcp", "9999") as process:
        assert process.wait(TIMEOUT) == 2


def test_without_its_libraries_it_says_what_to_install() -> None:
    with server(code="import sys; sys.modules['pygls'] = None") as process:
        _, said = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 2
        assert b'install "kanvasc[lsp]"' in said
