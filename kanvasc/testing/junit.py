"""What became of the tests, as JUnit XML: a suite for each file, a case for each test."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.diagnostics.text import Style, render_one
from kanvasc.diagnostics.xml import legal
from kanvasc.source import Source
from kanvasc.testing.report import failure, reason
from kanvasc.testing.results import Result

Wrong = Sequence[tuple[Source, Sequence[Diagnostic]]]
"""Programs with errors, and their findings."""


def document(results: Sequence[Result], wrong: Wrong, seconds: float) -> bytes:
    """UTF-8. Programs with errors are suites whose one case is an error."""
    root = ElementTree.Element("testsuites", name="kanvasc test", time=f"{seconds:.6f}")
    for source, findings in wrong:
        _wrong(root, source, findings)
    paths = dict.fromkeys(result.case.path for result in results)
    for path in paths:
        _suite(root, path, [result for result in results if result.case.path == path])
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: ElementTree.Element, path: str, results: list[Result]) -> None:
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=legal(path),
        tests=str(len(results)),
        failures=str(sum(not result.passed and not result.ours for result in results)),
        errors=str(sum(result.ours for result in results)),
        time=f"{sum(result.seconds for result in results):.6f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=legal(result.case.machine),
            name=legal(result.case.title),
            file=legal(path),
            line=str(result.case.line),
            time=f"{result.seconds:.6f}",
        )
        if not result.passed:
            kind = "error" if result.ours else "failure"
            _told(case, kind, reason(result), failure(result, Style()))


def _wrong(root: ElementTree.Element, source: Source, findings: Sequence[Diagnostic]) -> None:
    errors = [found for found in findings if found.severity is Severity.ERROR]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=legal(source.path),
        tests="1",
        failures="0",
        errors="1",
        time="0",
    )
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname="check",
        name="the program has errors",
        file=legal(source.path),
    )
    case.set("line", str(source.line_of(errors[0].span.start)))
    rendered = "\n".join(render_one(source, found, Style()) for found in errors)
    _told(case, "error", f"{errors[0].code}: {errors[0].title}", rendered)


def _told(case: ElementTree.Element, kind: str, message: str, text: str) -> None:
    told = ElementTree.SubElement(case, kind, message=legal(message))
    told.text = legal(text)
