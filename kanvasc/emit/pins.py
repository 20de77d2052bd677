"""What a built app installs: exact versions, those that the tests ran with."""

from __future__ import annotations

from kanvasc.version import VERSION

RUNTIME_WHEEL = f"kanvas_runtime-{VERSION}-py3-none-any.whl"

SERVER = {
    "cronsim": "2.8",
    "fastapi": "0.165.0",
    "google-re2": "1.1.20251105",
    "greenlet": "3.5.6",
    "httptools": "0.9.0",
    "jinja2": "3.1.6",
    "msgspec": "0.22.0",
    "uvicorn": "0.54.0",
    "uvloop": "0.23.0",
    "websockets": "17.4",
}
REASONING = {"anthropic": "2.13.0"}
REQUESTS = {"httpcore2[asyncio]": "2.16.2"}
TOKENS = {"httpcore2[asyncio]": "2.16.2", "pyjwt[crypto]": "2.15.1"}
TOOLS = {"mcp": "2.3.0"}
NOT_ON_WINDOWS = ("uvloop",)


def requirements(*, reasons: bool, fetches: bool, takes_tokens: bool, tools: bool) -> str:
    """The text of requirements.txt; paths in it are relative to the app's folder.

    `reasons`: a step asks a model; `fetches`: a step sends a request; `takes_tokens`: somebody may
    come with a token of an issuer; `tools`: a machine says who may call it as a tool.
    """
    asked = ((reasons, REASONING), (fetches, REQUESTS), (takes_tokens, TOKENS), (tools, TOOLS))
    pins = dict(SERVER)
    for is_asked, more in asked:
        pins.update(more if is_asked else {})
    lines = [f"{name}=={version}{_marker(name)}" for name, version in sorted(pins.items())]
    return "\n".join((f"./wheels/{RUNTIME_WHEEL}", *lines)) + "\n"


def _marker(name: str) -> str:
    return "; sys_platform != 'win32'" if name in NOT_ON_WINDOWS else ""
