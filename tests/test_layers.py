"""Who may import whom: the layers of ARCHITECTURE.md, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPILER = ROOT / "kanvasc"
RUNTIME = ROOT / "runtime" / "kanvas_runtime"

ONLY_IN = [
    ("lark", COMPILER, ("syntax",)),
    ("jinja2", COMPILER, ("emit",)),
    ("ruff", COMPILER, ("emit",)),
    ("typer", COMPILER, ("cli",)),
    ("pygls", COMPILER, ("lsp",)),
    ("lsprotocol", COMPILER, ("lsp",)),
    ("dataclasses", COMPILER, ()),
    ("kanvas_runtime", COMPILER, ()),
    ("fastapi", COMPILER, ()),
    ("kanvasc", RUNTIME, ()),
    ("anthropic", RUNTIME, ("reasoning/anthropic.py",)),
    ("mcp", RUNTIME, ("tools/sdk.py",)),
    ("httpcore2", RUNTIME, ("outside/client.py",)),
    ("jwt", RUNTIME, ("auth/oauth.py", "auth/issuer.py")),
    ("asyncpg", RUNTIME, ("ledger/postgres/driver.py",)),
    ("sqlite3", RUNTIME, ("ledger", "memory")),
]
"""A library, the package that uses it, and the only places in it that may."""

ORDER = (
    "syntax",
    "link",
    "types",
    "format",
    "checks",
    "analysis",
    "plan",
    "emit",
    "contract",
    "lsp",
    "cli",
)
"""The phases: each may import those before it."""

SANS_IO = ("session.py", "limits.py", "plain.py", "origin.py", "errors.py", "contract.py")
FORBIDDEN_IN_SANS_IO = {
    "asyncio",
    "socket",
    "time",
    "uvicorn",
    "starlette",
    "fastapi",
    "sqlite3",
    "threading",
    "os",
}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere, with full names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def sources(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


@pytest.mark.parametrize(("library", "package", "places"), ONLY_IN)
def test_a_library_is_imported_only_where_it_belongs(
    library: str, package: Path, places: tuple[str, ...]
) -> None:
    users = [
        path.relative_to(package).as_posix()
        for path in sources(package)
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    ]
    strangers = [
        user for user in users if not any(user == p or user.startswith(f"{p}/") for p in places)
    ]
    assert strangers == []
    assert users or not places, f"nobody imports {library} any more"


@pytest.mark.parametrize("phase", ORDER)
def test_a_phase_imports_only_those_before_it(phase: str) -> None:
    later = ORDER[ORDER.index(phase) + 1 :]
    for path in sources(COMPILER / phase):
        for name in imports(path):
            parts = name.split(".")
            reaches_up = parts[0] == "kanvasc" and len(parts) > 1 and parts[1] in later
            assert not reaches_up, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("name", SANS_IO)
def test_the_session_core_is_free_of_input_and_output(name: str) -> None:
    path = RUNTIME / name
    found = {imported.split(".")[0] for imported in imports(path)}
    assert found & FORBIDDEN_IN_SANS_IO == set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    waits = [n for n in ast.walk(tree) if isinstance(n, ast.Await | ast.AsyncFunctionDef)]
    assert waits == []


LOADED = """
import sys
from kanvasc.cli.main import _main
code = _main()
print(code, sorted({slow!r} & set(sys.modules)))
"""
SERVERS = {"fastapi", "anthropic", "pygls", "uvicorn", "jinja2", "starlette", "rich"}
SLOW_TO_LOAD = SERVERS | {
    "lark",
    "typer",
    "msgspec",
    "re2",
    "cronsim",
    "dataclasses",  # kanvasc.records stands for it
    "inspect",
    "difflib",
    "shutil",
    "tempfile",
    "subprocess",
    "hashlib",
    "kanvasc.plan.app",
    "kanvasc.emit",
    "kanvasc.format",
}
"""What takes longer to load than to check a short program."""
PROGRAM = """
machine greeter
accepts name as text
responds with greeting as text
implements compute hello
  {greeting: "Hello ${input.name}"}
expresses websocket path: "/ws"
"""


def loaded(folder: Path, slow: set[str], *arguments: str) -> str:
    """The exit code of a command, and which modules of `slow` it loaded."""
    (folder / "app.kanvas").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOADED.replace("{slow!r}", repr(slow)), *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return done.stdout.strip()


def test_a_plain_check_loads_nothing_that_is_slow_to_load(tmp_path: Path) -> None:
    loaded(tmp_path, SERVERS, "check", "app.kanvas")  # the first one may have to make the table
    assert loaded(tmp_path, SLOW_TO_LOAD, "check", "app.kanvas") == "0 []"


def test_a_check_with_options_loads_no_server_and_no_templates(tmp_path: Path) -> None:
    assert loaded(tmp_path, SERVERS, "check", "--format", "text", "app.kanvas") == "0 []"


@pytest.mark.parametrize("command", ["fmt", "explain"])
def test_a_command_loads_what_is_its_own(tmp_path: Path, command: str) -> None:
    others = SERVERS | {"lark", "kanvasc.plan.app", "kanvasc.emit", "kanvasc.testing"}
    argument = {"fmt": "app.kanvas", "explain": "K1001"}[command]
    assert loaded(tmp_path, others, command, argument).splitlines()[-1] == "0 []"


def test_the_runtime_loads_no_client(tmp_path: Path) -> None:
    script = (
        "import sys\nimport kanvas_runtime.service, kanvas_runtime.gate, kanvas_runtime.run\n"
        "print(sorted({'anthropic', 'httpcore2', 'httpx2', 'jwt'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
