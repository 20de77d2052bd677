"""JUnit XML: whatever a title holds, the file is one that XML readers take."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from kanvasc.diagnostics.text import Style
from kanvasc.testing import report
from kanvasc.testing.cases import Case
from kanvasc.testing.junit import document
from kanvasc.testing.results import Difference, Result
from tests.testing.command import DOUBLE, run, verifies, write

HOSTILE = st.text() | st.sampled_from(
    ("]]>", "<!--", "&amp;", '" onload="', "\x00\x1b[2J", "\ud800", "\ufffe", "a\nb")
)


def read(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_bytes())


def test_what_a_run_writes(tmp_path: Path) -> None:
    program = DOUBLE + verifies(
        "right\ngiven {n: 2}\nexpect {twice: 4}", "wrong\ngiven {n: 2}\nexpect {twice: 5}"
    )
    write(tmp_path, program, "a.kanvas")
    write(tmp_path, "machine m\n  accepts\n    a as nothing\n", "b.kanvas")
    done = run(tmp_path, "--junit", tmp_path / "j.xml")
    assert done.returncode == 1
    root = read(tmp_path / "j.xml")
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    broken, double = root
    assert broken.get("name") == f"{tmp_path}/b.kanvas"
    error = broken.find("testcase/error")
    assert error is not None
    assert (error.get("message") or "").startswith("K1007: ")
    assert [case.get("name") for case in double] == ["right", "wrong"]
    assert [case.get("classname") for case in double] == ["double", "double"]
    assert [case.get("line") for case in double] == ["12", "15"]
    assert double[0].find("failure") is None
    failure = double[1].find("failure")
    assert failure is not None
    assert failure.get("message") == "twice: expected 5, got 4"
    assert failure.text == (
        f"{tmp_path}/a.kanvas:15: double: wrong\n  twice\n    expected  5\n    got       4"
    )


def test_a_fault_of_ours_is_an_error() -> None:
    result = Result(Case("m", "t", "a.kanvas", 3, {}), 0.5, problem="a fault", ours=True)
    root = ElementTree.fromstring(document([result], [], 1.0))
    assert (root.get("errors"), root.get("failures")) == ("1", "0")
    assert root.find("testsuite/testcase/error") is not None


@given(HOSTILE, HOSTILE, HOSTILE)
def test_any_text_is_legal(title: str, path: str, value: str) -> None:
    case = Case(title, title, path, 1, {})
    results = [
        Result(case, 0.1),
        Result(case, 0.1, (Difference(value, value, value + "x", absent=False),)),
        Result(case, 0.1, problem=value),
    ]
    root = ElementTree.fromstring(document(results, [], 0.3))
    assert (root.get("tests"), root.get("failures")) == ("3", "2")
    assert root.find("testsuite/testcase/failure") is not None


@given(HOSTILE, HOSTILE)
def test_a_report_keeps_to_its_lines(title: str, value: str) -> None:
    """Nothing in it can end a line early or reach the terminal."""
    result = Result(
        Case("m", title, "a.kanvas", 1, {}), 0.1, (Difference("x", value, None, absent=False),)
    )
    assert len(report.line(result, Style()).splitlines()) == 1
    lines = report.failure(result, Style()).split("\n")
    assert [line[:13] for line in lines[1:]] == ["  x", "    expected ", "    got      "] or [
        line.split()[0] for line in lines[1:]
    ] == ["x", "expected", "got"]
    assert "\x1b" not in "".join(lines)
