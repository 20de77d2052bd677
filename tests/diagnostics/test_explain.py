"""`kanvasc explain`, and the page of all codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kanvasc.diagnostics import CODES, explain
from kanvasc.diagnostics.text import Style
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.programs import findings


def check(source: Source) -> tuple[explain.Diagnostic, ...]:
    return Compilation(source).diagnostics


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanvasc", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.rstrip("\n").split("\n"))


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_holds_all_that_the_registry_knows(code: str) -> None:
    entry = CODES[code]
    told = explain.explanation(entry, check, Style())
    assert told.startswith(f"{code} ({entry.severity}): {entry.title}\n\n")
    assert " ".join(entry.why.split()) in " ".join(told.split())
    assert indented(entry.wrong) in told
    assert told.endswith(indented(entry.right))
    for found in findings(entry.wrong):
        assert f"    {found.severity}[{found.code}]: {found.title}\n" in told
        for fix in found.fixes:
            made = "made by --fix" if fix.safe else "offered by editors"
            assert f"fix: {fix.title} ({made})" in told


@pytest.mark.parametrize("written", ["K1007", "k1007", "1007", " K1007 "])
def test_a_code_is_found_however_it_is_written(written: str) -> None:
    assert explain.entry_of(written).code == "K1007"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("K10077", "did you mean K1007?"),
        ("K107", "did you mean K1007?"),
        ("xyz", "`kanvasc explain` lists all codes"),
        ("", "`kanvasc explain` lists all codes"),
    ],
)
def test_an_unknown_code_is_answered_with_the_nearest(written: str, said: str) -> None:
    with pytest.raises(explain.NoSuchCode, match="there is no code") as raised:
        explain.entry_of(written)
    assert str(raised.value).endswith(said)


def test_every_code_is_listed_once_under_its_family() -> None:
    lines = explain.listing(Style()).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == sorted(CODES)
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == [f"{family}xxx  {title}" for family, title in explain.FAMILIES.items()]


def test_the_command_prints_what_is_asked_for() -> None:
    told = run("k2004")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("K2004 (error): A condition must be true or false\n")
    assert run().stdout == explain.listing(Style())
    unknown = run("K2999")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("kanvasc: there is no code 'K2999'")


def test_the_page_has_a_place_for_every_code() -> None:
    page = explain.page(check)
    for code in CODES:
        assert page.count(f"\n### {code}\n") == 1
    for family in explain.FAMILIES:
        title = f"{family}xxx: {explain.FAMILIES[family]}"
        anchor = title.lower().replace(":", "").replace(" ", "-")
        assert f"](#{anchor})" in page
        assert f"\n## {title}\n" in page
