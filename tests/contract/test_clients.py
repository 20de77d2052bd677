"""The generated clients against the built app: over restarts, and over networks that are bad."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import npm
from tests.browser import Browser, browser
from tests.contract.chaos import Chaos
from tests.contract.drivers import Driver, Failed, Python, Told, TypeScript, node_flags
from tests.contract.programs import DESK
from tests.contract.served import built, desk
from tests.e2e.apps import App, kanvasc

__all__ = ["browser", "built", "desk"]
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(npm.INSTALL_TIMEOUT)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kanvasc client` writes of both languages."""
    folder = tmp_path_factory.mktemp("clients")
    program = folder / "app.kanvas"
    program.write_text(DESK, encoding="utf-8")
    for language, place in (("ts", "client"), ("python", "kanvas_client")):
        done = kanvasc("client", language, str(program), "-o", str(folder / place))
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, App]]:
    """The program of the page on clients, built with its clients and served."""
    folder = tmp_path_factory.mktemp("documented")
    program = folder / "app.kanvas"
    program.write_text(blocks("kanvas")[0], encoding="utf-8")
    done = kanvasc("build", str(program), "-o", str(folder / "app"), "--clients")
    assert done.returncode == 0, done.stderr
    with App(folder / "app", folder / "data", "--simulate") as app:
        yield folder / "app" / "clients", app


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def compiled(
    written: Path,
    documented: tuple[Path, App],
    node: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The TypeScript of these tests and of the page, compiled as strictly as can be."""
    # In a folder of its own: several processes may run tests of this module.
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(node / "node_modules")
    for name in ("package.json", "tsconfig.json", "drive.ts"):
        shutil.copy(node / name, folder)
    shutil.copytree(written / "client", folder / "client")
    shutil.copytree(documented[0] / "ts", folder / "docs" / "kanvas")
    (example,) = blocks("ts")
    at = f"http://127.0.0.1:{documented[1].port}"
    text = example.replace("http://127.0.0.1:9000", at)
    (folder / "docs" / "example.ts").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["npx", "--no-install", "tsc", "--project", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module", params=["ts", "python"])
def driver(request: pytest.FixtureRequest, written: Path) -> Iterator[Driver]:
    made: Driver
    if request.param == "ts":
        made = TypeScript(request.getfixturevalue("compiled"))
    else:
        made = Python(written)
    yield made
    made.stop()


@pytest.fixture
def net(desk: App) -> Iterator[Chaos]:
    with Chaos(desk.port) as chaos:
        yield chaos


def direct(desk: App, path: str, input_: dict[str, Any]) -> Any:
    """A run by somebody who has a good network."""
    with desk.connect(path) as socket:
        socket.send(json.dumps(input_))
        return json.loads(socket.recv(timeout=60))


SAID = """advice A
advice  little
advice  cool,
advice  but
advice  healthy.
true A little cool, but healthy.
invalid_input wanted
kitchen false
"""


def test_the_example_in_typescript(compiled: Path) -> None:
    command = ["node", *node_flags(), "built/docs/example.js"]
    done = subprocess.run(command, cwd=compiled, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (SAID, 0), done.stderr


PAGE = """<!doctype html>
<link rel="icon" href="data:,">
<script>
const said = [];
console.log = (...words) => said.push(words.join(" "));
</script>
<script type="module" src="/docs/paged.js"></script>
"""


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a line about each."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site(compiled: Path) -> Iterator[str]:
    """Where the compiled example of the page on clients is served."""
    (compiled / "built" / "page.html").write_text(PAGE, encoding="utf-8")
    example = (compiled / "built" / "docs" / "example.js").read_text(encoding="utf-8")
    # With the same key it would be answered what Node was answered, and see nothing grow.
    paged = example.replace("kitchen-1", "kitchen-of-a-page")
    (compiled / "built" / "docs" / "paged.js").write_text(paged, encoding="utf-8")
    files = partial(Quiet, directory=str(compiled / "built"))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_the_example_in_a_page(browser: Browser, site: str) -> None:
    with browser.page(f"{site}/page.html") as page:
        page.wait("said.length === 8")
        page.eventually("said.join('\\n') + '\\n'", SAID)
        assert page.problems == []


def test_the_examples_in_python(documented: tuple[Path, App]) -> None:
    folder = documented[0] / "python"
    at = f"http://127.0.0.1:{documented[1].port}"
    for number, text in enumerate(blocks("python")):
        file = folder / f"example{number}.py"
        file.write_text(text.replace("http://127.0.0.1:9000", at), encoding="utf-8")
    typed = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert typed.returncode == 0, typed.stdout
    said = []
    for number in range(2):
        done = subprocess.run(
            [sys.executable, "-W", "error", f"example{number}.py"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    plain = SAID.replace("true", "True").replace("false", "False")
    assert said == [plain, "A little cool, but healthy.\nTrue\n"]


def test_python_is_typed(written: Path) -> None:
    package = str(written / "kanvas_client")
    for command in (
        ["mypy", "--strict", "--no-incremental", package],
        ["ruff", "check", "--isolated", "--select", "E,F,I,UP,B,SIM", "--line-length=100", package],
        ["ruff", "format", "--isolated", "--check", package],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_a_run_is_answered(driver: Driver, net: Chaos) -> None:
    told = Told(driver, "answered", "Desk", net.url)
    before = len(told.parts)
    answer = told.run({"question": "When?", "lines": [{"sku": "a"}], "price": "1.50"})
    assert answer == {"answer": "Come at nine.", "total": 1, "at": None, "price": "1.50"}
    assert told.state == "live"
    parts = told.parts[before:]
    assert {(part["step"], part["field"]) for part in parts} == {("reply", "answer")}
    assert "".join(part["text"] for part in parts) == "Come at nine."
    told.close()


def test_errors_are_typed(driver: Driver, net: Chaos) -> None:
    told = Told(driver, "typed", "Desk", net.url)
    with pytest.raises(Failed) as failed:
        told.run({"question": "When?", "tone": "loud"})
    assert (failed.value.type, failed.value.code) == ("KanvasError", "invalid_input")
    assert failed.value.field == "tone"
    with pytest.raises(Failed) as failed:
        told.run({"question": "x" * 5000})
    assert failed.value.code == "too_large"
    assert told.run({"question": "When?"})["answer"] == "Come at nine."
    told.close()
    with pytest.raises(Failed) as failed:
        told.run({"question": "When?"})
    assert failed.value.type == "Closed"


def test_what_is_too_fast_waits(driver: Driver, net: Chaos) -> None:
    """Five messages a second, and ten at once: none of the runs fails."""
    told = Told(driver, "fast", "ClassList", net.url)
    runs = [told.start({"class": "*/", "extra": {"n": n}}) for n in range(14)]
    assert [run.result(60)["rest"] for run in runs] == [{"n": n} for n in range(14)]
    told.close()


def test_a_subscription_goes_on_where_it_was(driver: Driver, desk: App, net: Chaos) -> None:
    told = Told(driver, "goes on", "Clock", net.url)
    told.subscribe({})
    output, gap = told.next()
    assert not gap
    for _ in range(2):
        net.reset()
        missed = [direct(desk, "/ws/clock", {}) for _ in range(3)]
        assert [told.next() for _ in missed] == [(each, False) for each in missed]
        assert missed[0]["ticks"] == output["ticks"] + 1
        output = missed[-1]
    told.leave()
    told.close()


def test_a_run_with_a_key_is_carried_out_once(driver: Driver, net: Chaos) -> None:
    """Its answer is cut in the middle of a frame: it is sent again, and answered from before."""
    told = Told(driver, "once", "Clock", net.url)
    ticks = told.run({})["ticks"]
    key = f"key {net.number}"
    net.cut(after=20)
    assert told.run({}, key=key)["ticks"] in (ticks + 1, ticks + 2)
    again = told.run({}, key=key)["ticks"]
    assert told.run({})["ticks"] == again + 1
    told.close()


def test_a_run_without_a_key_may_be_lost(driver: Driver, net: Chaos) -> None:
    told = Told(driver, "lost", "Clock", net.url)
    told.run({})
    net.cut(after=20)
    with pytest.raises(Failed) as failed:
        told.run({})
    assert failed.value.type == "ConnectionLost"
    assert told.run({})["ticks"] > 0
    told.close()


def test_silence_is_noticed(driver: Driver, desk: App, net: Chaos) -> None:
    """Half-open: nothing comes, and no end either."""
    told = Told(driver, "silence", "Clock", net.url, heartbeat=0.5, patience=2.0)
    told.subscribe({})
    told.next()
    before = net.connections
    net.swallow = True
    missed = direct(desk, "/ws/clock", {})
    future = driver.call("next", "silence")
    while net.connections == before:
        time.sleep(0.01)
    net.swallow = False
    push = future.result(60)
    assert (push["output"], push["gap"]) == (missed, False)
    told.leave()
    told.close()


def test_nobody_is_there_for_a_while(driver: Driver, net: Chaos) -> None:
    told = Told(driver, "nobody", "Clock", net.url)
    net.refuse = True
    run = told.start({})
    while net.connections < 3:
        time.sleep(0.01)
    assert not run.done()
    net.refuse = False
    assert run.result(60)["ticks"] > 0
    told.close()


def test_bytes_come_one_by_one(driver: Driver, net: Chaos) -> None:
    net.piece = 1
    told = Told(driver, "bytes", "Gauge", net.url)
    # A result that somebody else has just had would be told again.
    name = f"one by one {net.number}"
    told.subscribe({"name": name})
    assert [told.next()[0]["value"] for _ in range(2)] == [1, len(name)]
    told.leave()
    told.close()


def test_a_slow_network_keeps_everything_in_order(driver: Driver, net: Chaos) -> None:
    net.delay, net.piece = 0.05, 200
    told = Told(driver, "slow", "Desk", net.url)
    question = f"When, and slowly? {net.number}"
    runs = [told.start({"question": question, "lines": [{"sku": "a"}] * n}) for n in range(3)]
    assert [run.result(60)["total"] for run in runs] == [0, 1, 2]
    told.close()


def test_many_things_over_a_network_that_fails_all_the_time(
    driver: Driver, desk: App, net: Chaos
) -> None:
    told = Told(driver, "all the time", "Clock", net.url)
    told.subscribe({})
    first = told.next()[0]["ticks"]
    runs = []
    for number in range(12):
        runs.append(told.start({}, key=f"all {net.number} {number}"))
        if number % 3 == 0:
            net.cut(after=number * 17)
    answers = [run.result(60)["ticks"] for run in runs]
    assert len(set(answers)) == len(answers)
    seen: list[int] = []
    while len(seen) < max(answers) - first:
        output, gap = told.next()
        assert not gap
        seen.append(output["ticks"])
    assert seen == list(range(first + 1, max(answers) + 1))
    told.leave()
    told.close()


def test_a_restarted_server_is_found_again(driver: Driver, built: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(built, data, "--simulate") as app, Chaos(app.port) as net:
        told = Told(driver, "restart", "Clock", net.url)
        told.subscribe({})
        ticks = told.next()[0]["ticks"]
        app.end()
        run = told.start({}, key="after the restart")
        with App(built, data, "--simulate") as other:
            net.target = other.port
            assert run.result(60)["ticks"] > ticks
            output, gap = told.next()
            assert (output["ticks"] > ticks, gap) == (True, True)
            told.leave()
            told.close()


def test_a_run_waits_for_a_person_over_a_lost_connection(
    driver: Driver, desk: App, net: Chaos
) -> None:
    told = Told(driver, "held", "Payout", net.url)
    before = len(told.held)
    run = told.start({"name": "oven"}, key=f"held {net.number}")
    while len(told.held) == before:
        time.sleep(0.01)
    net.reset()
    while len(told.held) == before + 1:
        time.sleep(0.01)
    first, again = told.held[before:]
    assert first == again
    assert (first["capability"], first["step"]) == ("call", "read")
    listed = kanvasc("approvals", "list", "--json", "--data-dir", str(desk.data))
    (hold,) = (h["hold"] for h in json.loads(listed.stdout) if h["run"] == first["run"])
    done = kanvasc("approvals", "approve", hold, "--data-dir", str(desk.data))
    assert done.returncode == 0, done.stderr
    assert run.result(60) == {"value": 4}
    told.close()


def test_credentials(driver: Driver, desk: App, net: Chaos) -> None:
    made = kanvasc("keys", "new", "ada", "--scope", "machines:run", "--data-dir", str(desk.data))
    key = made.stdout.split()[-1]
    asked = {"question": "Who?"}
    told = Told(driver, "with a key", "Desk", net.url, path="/ws/staff", apiKey=key)
    assert told.run(asked)["answer"] == "Come at nine."
    for name, options in (("wrong", {"apiKey": "kv_no_key"}), ("none", {})):
        other = Told(driver, name, "Desk", net.url, path="/ws/staff", **options)
        with pytest.raises(Failed) as failed:
            other.run(asked)
        assert failed.value.code == "unauthenticated"
        other.close()
    told.subscribe(asked)
    told.next()
    future = driver.call("next", "with a key")
    done = kanvasc("keys", "revoke", "ada", "--data-dir", str(desk.data))
    assert done.returncode == 0, done.stderr
    with pytest.raises(Failed) as failed:
        future.result(60)
    assert failed.value.code == "unauthenticated"
    told.close()


def test_a_run_can_be_given_up(compiled: Path, net: Chaos) -> None:
    driver = TypeScript(compiled)
    told = Told(driver, "given up", "Clock", net.url, ws=True)
    told.run({})
    net.swallow = True
    run = told.start({})
    told.abort()
    with pytest.raises(Failed) as failed:
        run.result(60)
    assert failed.value.type == "AbortError"
    net.swallow = False
    net.reset()
    # With a key: the client may not have noticed yet that the connection is gone.
    assert told.run({}, key=f"given up {net.number}")["ticks"] > 0
    driver.stop()


async def test_cancelling_the_task_cancels_the_run(written: Path, desk: App, net: Chaos) -> None:
    python = Python(written)
    package = importlib.import_module("kanvas_client")
    async with package.Clock(net.url) as clock:
        first = await clock.run({})
        net.swallow = True
        run = asyncio.create_task(clock.run({}))
        while not net.swallowed:
            await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        net.swallow = False
        assert (await clock.run({}))["ticks"] == first["ticks"] + 1
    assert clock.state == "closed"
    with pytest.raises(package.Closed):
        await clock.run({})
    python.stop()


def test_a_program_without_sockets_has_no_client(tmp_path: Path) -> None:
    program = tmp_path / "app.kanvas"
    program.write_text("machine m\n  responds with\n    x as integer\n  implements\n    {x: 1}\n")
    done = kanvasc("client", "ts", str(program), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "has no websocket" in done.stderr
    assert not (tmp_path / "out").exists()
