"""Every format says the same: the same codes at the same places, and adds nothing to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from kanvasc.cli.checking import Format
from kanvasc.diagnostics import text
from kanvasc.diagnostics.run import Run
from kanvasc.diagnostics.text import Style
from kanvasc.source import Source
from tests.diagnostics.programs import WRONG, checked, of

MIXED = Source(
    "größe/数 😀, 100%.kanvas",
    'machine m\n  accepts\n    a as text, default: "größe" // 数 😀\n'
    '    b as text, description "数😀", pattern: "ö("\n    c as txt, label "a::b,c%0A"\n',
)
WHOLE = next(path for path in WRONG if path.stem == "whole-all-phases")
PROGRAMS = [*map(of, WRONG), MIXED]
SEVERITIES = {
    "note": "hint",
    "notice": "hint",
    "major": "error",
    "minor": "warning",
    "info": "hint",
}


class Said(NamedTuple):
    """One finding as a format tells it; `end` is None where the format has only a beginning."""

    code: str
    severity: str
    file: str
    start: tuple[int, int]
    end: tuple[int, int] | None = None


def place(position: dict[str, int]) -> tuple[int, int]:
    return position["line"], position["column"]


def severity(name: str) -> str:
    return SEVERITIES.get(name, name)


def from_text(written: str) -> list[Said]:
    head = re.compile(
        r"^(?P<severity>error|warning|hint)\[(?P<code>K\d{4})\]: .*\n"
        r" *╭─ (?P<file>.*):(?P<line>\d+):(?P<column>\d+)$",
        re.MULTILINE,
    )
    return [
        Said(m["code"], m["severity"], m["file"], (int(m["line"]), int(m["column"])))
        for m in head.finditer(written)
    ]


def from_concise(written: str) -> list[Said]:
    line = re.compile(r"(.*):(\d+):(\d+): (error|warning|hint)\[(K\d{4})\]: .+")
    found = [line.fullmatch(each) for each in written.splitlines()]
    return [Said(m[5], m[4], m[1], (int(m[2]), int(m[3]))) for m in found if m is not None]


def from_json(written: str) -> list[Said]:
    return [
        Said(
            entry["code"],
            entry["severity"],
            entry["file"],
            place(entry["range"]["start"]),
            place(entry["range"]["end"]),
        )
        for entry in json.loads(written)["diagnostics"]
    ]


def from_github(written: str) -> list[Said]:
    """As the service reads it: commands a line, properties by commas, then the escapes."""
    found: list[Said] = []
    for line in written.splitlines():
        command = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        assert command is not None, line
        pairs = (each.partition("=") for each in command[2].split(","))
        given = {name: unescaped(value) for name, _, value in pairs}
        start, last = int(given["line"]), int(given.get("endLine", given["line"]))
        found.append(
            Said(
                given["title"].split()[0],
                severity(command[1]),
                given["file"],
                (start, int(given["col"])),
                (last, int(given["endColumn"])),
            )
        )
    return found


def unescaped(text: str) -> str:
    for sign, escape in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(escape, sign)
    return text


def from_gitlab(written: str) -> list[Said]:
    return [
        Said(
            issue["check_name"],
            severity(issue["severity"]),
            issue["location"]["path"],
            place(issue["location"]["positions"]["begin"]),
            place(issue["location"]["positions"]["end"]),
        )
        for issue in json.loads(written)
    ]


def from_sarif(written: str) -> list[Said]:
    (run,) = json.loads(written)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    found: list[Said] = []
    for result in run["results"]:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert rules[result["ruleIndex"]] == result["ruleId"]
        found.append(
            Said(
                result["ruleId"],
                severity(result["level"]),
                unquote(location["physicalLocation"]["artifactLocation"]["uri"]),
                (region["startLine"], region["startColumn"]),
                (region["endLine"], region["endColumn"]),
            )
        )
    return found


def from_junit(written: str) -> list[Said]:
    found: list[Said] = []
    for case in ElementTree.fromstring(written.encode()).iter("testcase"):
        told = case.find("failure")
        told = case.find("system-out") if told is None else told
        if told is not None:
            (said,) = from_text(told.text or "")
            assert case.get("name") == f"{said.code} at {said.start[0]}:{said.start[1]}"
            assert (case.get("line"), case.get("column")) == tuple(map(str, said.start))
            assert case.get("file") == said.file
            found.append(said)
    return found


READERS: dict[Format, Callable[[str], list[Said]]] = {
    Format.text: from_text,
    Format.concise: from_concise,
    Format.json: from_json,
    Format.github: from_github,
    Format.gitlab: from_gitlab,
    Format.sarif: from_sarif,
    Format.junit: from_junit,
}
WITHOUT_END = (Format.text, Format.concise, Format.junit)


def written(run: Run, format_: Format) -> str:
    if format_ is Format.text:
        return text.document(run, Style())
    made: str = import_module(f"kanvasc.diagnostics.{format_}").document(run)
    return made


def expected(run: Run) -> list[Said]:
    return [
        Said(
            found.code,
            found.severity.value,
            source.path,
            source.position(found.span.start)[:2],
            source.position(found.span.end)[:2],
        )
        for source, found in run.findings()
    ]


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(Format)


@pytest.mark.parametrize("format_", Format)
def test_all_formats_tell_the_same_findings_at_the_same_places(format_: Format) -> None:
    run = checked(*PROGRAMS)
    told = expected(run)
    assert len(told) > len(WRONG)
    if format_ in WITHOUT_END:
        told = [said._replace(end=None) for said in told]
    assert READERS[format_](written(run, format_)) == told


def test_the_marks_of_the_text_are_the_span() -> None:
    run = checked(*PROGRAMS)
    for source, found in run.findings():
        line = source.line_text(source.line_of(found.span.start))
        if not line.isascii() or "\t" in line or len(line) > 100:
            continue
        page = text.render_one(source, found, Style())
        marks = next(re.finditer(r"^ *│ ( *)(\^+)", page, re.MULTILINE))
        start = found.span.start - source.line_starts[source.line_of(found.span.start) - 1]
        assert len(marks[1]) == start
        assert len(marks[2]) == max(1, min(found.span.end - found.span.start, len(line) - start))


@pytest.mark.parametrize("format_", Format)
def test_each_phase_has_its_say_in_one_run(format_: Format) -> None:
    """A program with a mistake in each phase shows each of them, once, in its order."""
    run = checked(of(WHOLE))
    told = READERS[format_](written(run, format_))
    assert {said.code[:2] for said in told} == {f"K{phase}" for phase in "01234569"}
    assert len({(said.code, said.start) for said in told}) == len(told)
    assert [said.start for said in told] == sorted(said.start for said in told)
    assert [said.code for said in told if said.severity == "error"] == [
        *("K3001", "K4001", "K1003", "K0004", "K2003", "K5001", "K6002", "K9002"),
    ]


@pytest.mark.parametrize("format_", Format)
def test_no_findings_are_a_document_too(format_: Format) -> None:
    run = checked(Source("a.kanvas", "machine m\n"), Source("b.kanvas", "machine m\n"))
    assert READERS[format_](written(run, format_)) == []
    assert READERS[format_](written(checked(), format_)) == []


@pytest.mark.parametrize("format_", Format)
def test_the_same_run_is_the_same_text(format_: Format) -> None:
    assert written(checked(*PROGRAMS), format_) == written(checked(*PROGRAMS), format_)


def test_paths_are_those_of_the_project() -> None:
    inside = Source("/work/services/../a.kanvas", "machine m\n  accepts\n    a as txt\n")
    outside = Source("/other/a.kanvas", inside.text)
    run = checked(inside, outside, Source("../other/b.kanvas", inside.text))
    shown = ["a.kanvas", "/other/a.kanvas", "/other/b.kanvas"]
    for format_ in (Format.github, Format.gitlab):
        assert [said.file for said in READERS[format_](written(run, format_))] == shown
    told = [said.file for said in from_sarif(written(run, Format.sarif))]
    assert told == ["a.kanvas", "file:///other/a.kanvas", "file:///other/b.kanvas"]
