"""JUnit XML: a suite for each program, a case for each finding, for services that show tests.

A finding that fails the run is a failure; the others are cases that pass and say what they are.
"""

from __future__ import annotations

from xml.etree import ElementTree

from kanvasc.diagnostics.diagnostic import Diagnostic
from kanvasc.diagnostics.run import Run, relative
from kanvasc.diagnostics.text import Style, render_one
from kanvasc.diagnostics.xml import legal
from kanvasc.source import Source


def document(run: Run) -> str:
    """A program without findings is one case that passes."""
    root = ElementTree.Element("testsuites", name="kanvasc check", time="0")
    for source, found in run.programs:
        _suite(root, run, source, found)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(
    root: ElementTree.Element, run: Run, source: Source, found: tuple[Diagnostic, ...]
) -> None:
    path = legal(relative(source.path, run.base))
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=path,
        tests=str(max(1, len(found))),
        failures=str(sum(one.severity in run.fatal for one in found)),
        errors="0",
        time="0",
    )
    for one in found:
        _case(suite, run, source, one, path)
    if not found:
        ElementTree.SubElement(
            suite, "testcase", classname=path, name="no findings", file=path, time="0"
        )


def _case(
    suite: ElementTree.Element, run: Run, source: Source, found: Diagnostic, path: str
) -> None:
    place = source.position(found.span.start)
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=path,
        name=f"{found.code} at {place.line}:{place.column}",
        file=path,
        line=str(place.line),
        column=str(place.column),
        time="0",
    )
    rendered = legal(render_one(source, found, Style()))
    if found.severity in run.fatal:
        message = legal(f"{found.code}: {found.title}")
        told = ElementTree.SubElement(case, "failure", type=found.severity.value, message=message)
    else:
        told = ElementTree.SubElement(case, "system-out")
    told.text = rendered
