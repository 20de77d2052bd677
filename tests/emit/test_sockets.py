"""What a build says of its sockets: who is told apart, and which variables set what."""

from __future__ import annotations

import pytest
from kanvas_runtime.webhooks.endpoint import variable

from kanvasc.pipeline import Compilation
from kanvasc.source import Source

GREETER = """machine greeter
  responds with
    greeting as text
  implements
    compute answer
      {greeting: GREETING}
"""
CALLER = """machine NAME
  responds with
    greeting as text
  ensures
    permissions
      allowed to
        call
  implements
    ask hello, from: "CALLEE"
"""
SOCKET = """machine m
  implements
    compute answer
      {}
  expresses
    websocket
      path: "/ws/m-1"
      every: "90s"
      max_message: "1MB"
      rate: "120/m"
      shared: true
      auth: none
"""


def files(text: str) -> dict[str, str]:
    compilation = Compilation(Source("app.kanvas", text))
    assert compilation.diagnostics == ()
    return {path: data.decode("utf-8", "replace") for path, data in compilation.files.items()}


@pytest.mark.parametrize(
    ("greeting", "told_apart"),
    [
        ('"Good day"', False),
        ('"Good day, " + context.surface', False),
        ('context.principal ?? "stranger"', True),
        ('["a"].map(x => context.principal ?? x)[0]', True),
    ],
)
def test_a_machine_that_reads_the_principal_says_so(greeting: str, told_apart: bool) -> None:
    text = GREETER.replace("GREETING", greeting)
    text += "\n" + CALLER.replace("NAME", "door").replace("CALLEE", "greeter")
    text += "\n" + CALLER.replace("NAME", "house").replace("CALLEE", "door")
    built = files(text)
    found = ["by_principal=True" in built[f"machines/{name}.py"] for name in ("greeter", "door")]
    assert found == [told_apart, told_apart]
    assert ("by_principal=True" in built["machines/house.py"]) is told_apart


def test_the_readme_names_the_variable_of_every_option() -> None:
    readme = files(SOCKET)["README.md"]
    for line in (
        "| `KANVAS_SOCKET_WS_M_1_EVERY` | 90s |",
        "| `KANVAS_SOCKET_WS_M_1_MAX_MESSAGE` | 1048576B |",
        "| `KANVAS_SOCKET_WS_M_1_RATE` | 2/s |",
        "| `KANVAS_SOCKET_WS_M_1_SHARED` | true |",
        "| `KANVAS_SOCKET_WS_M_1_AUTH` | `none` |",
        "| `KANVAS_SOCKET_WS_M_1_HEARTBEAT` | 20s |",
    ):
        assert line in readme
    assert "KANVAS_SOCKET" not in files(GREETER.replace("GREETING", '"hi"'))["README.md"]


def test_the_readme_and_the_runtime_know_the_same_options() -> None:
    from kanvas_runtime.overrides import SOCKET as KIND
    from kanvas_runtime.overrides import unknown

    readme = files(SOCKET)["README.md"]
    lines = [line.split("`")[1] for line in readme.splitlines() if line.startswith("| `KANVAS_S")]
    assert unknown([(KIND, "/ws/m-1")], dict.fromkeys(lines, "1")) is None
    assert len(lines) == 17


OTHERS = """
machine work
  accepts
    a as text, is required

  expresses
    api
      path: "/work/{a}"
      method: "GET"
      rate: "5/s"
    mcp
      auth: api_key
      rate: "120/m"
    webhook
      path: "/hook"
      auth: signature
"""


def test_the_readme_names_the_variables_of_other_surfaces() -> None:
    from kanvas_runtime.overrides import ENDPOINT, HOOK, TOOL, unknown

    compiled = Compilation(Source("app.kanvas", OTHERS))
    readme = compiled.files["README.md"].decode()
    for line in (
        "| `GET /work/{a}` | `KANVAS_API_WORK_A_RATE` | 5/s |",
        "| `GET /work/{a}` | `KANVAS_API_WORK_A_ORIGINS` | its own |",
        "| `/hook` | `KANVAS_WEBHOOK_HOOK_MAX_MESSAGE` | 262144B |",
        "| `work` | `KANVAS_MCP_WORK_RATE` | 2/s |",
        "| `work` | `KANVAS_MCP_WORK_AUTH` | `api_key` |",
    ):
        assert line in readme
    named = [line.split("`")[3] for line in readme.splitlines() if line.count("`KANVAS_") == 1]
    named = [name for name in named if name.startswith(("KANVAS_API", "KANVAS_MCP"))]
    surfaces = [(ENDPOINT, "/work/{a}"), (HOOK, "/hook"), (TOOL, "work")]
    assert unknown(surfaces, dict.fromkeys(named, "1")) is None
    assert len(named) == 8
    assert "rate=2.0" in compiled.files["app.py"].decode()


def test_the_readme_names_the_secret_of_every_webhook() -> None:
    hook = '    webhook\n      path: "/hooks/a-b"\n      provider: "github"\n'
    compiled = Compilation(Source("app.kanvas", f"machine m\n  expresses\n{hook}    mcp\n"))
    told = compiled.files["README.md"].decode()
    assert f"| `/hooks/a-b` | `{variable('/hooks/a-b')}` |" in told
    assert "\n\n\n" not in told
    assert "\nmcp==" in compiled.files["requirements.txt"].decode()
