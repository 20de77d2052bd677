"""What expressions give when they run, and where a step fails rather than give a wrong value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

VALUES = {
    "1 + 2 * 3": "7",
    "-2 * 3 + 10": "4",
    "10 - 2 - 3": "5",
    "7 % 4": "3",
    "6 / 4": "1.5",
    "6 / 3": "2",
    '"a" + 1 + 2': '"a12"',
    '1 + 2 + "a"': '"3a"',
    "1 < 2 == true": "true",
    "not 1 == 2": "true",
    "true or false and false": "true",
    'false ? "a" : true ? "b" : "c"': '"b"',
    "[[1], [2]] == [[1], [2]]": "true",
    "2 in [1, 2]": "true",
    '"b" in "abc"': "true",
    '"k" in {k: 1}': "true",
    '["k"].groupBy(x => x).get("x") ?? ["y"]': '["y"]',
    r'{"q\"": 1, k: "x"}': r'{"q\"": 1, k: "x"}',
    r'{"q\"": 1, k: 2}["q\""]': "1",
    r'{"\\": 1, k: 2}.keys()': r'["\\", "k"]',
    r'[{"\n": null}, {"\n": 1}]': r'[{"\n": null}, {"\n": 1}]',
    '["a", "b", "a"].toMap(x => x, x => x.length)': "{a: 1, b: 1}",
    '[{k: "x", v: 1}, {k: "x", v: 2}].toMap(each => each.k, each => each.v)["x"]': "2",
    '"😀é".length': "2",
    '"abc"[1]': '"b"',
    "[1, 2, 3].reduce(sum => sum + 1, 0)": "3",
    "[1, 2, 3].reduce((sum, x) => sum + x, 0)": "6",
    "[1, 2].map(x => x * 2)": "[2, 4]",
    "1 is at most 1 and 2 is at least 2 and 1 is less than 2 and 2 is greater than 1": "true",
}
FAILS = {
    "1 / input.zero": "division by zero",
    "1 % input.zero": "remainder of zero",
    "toDecimal(1) / toDecimal(input.zero)": "decimal by zero",
    "[1][input.zero + 1]": "index",
    '"a"[input.zero + 1]': "index of a text",
    'toNumber("x" + input.zero)': "conversion",
    "Math.pow(10, 300 + input.zero) * Math.pow(10, 300)": "not finite",
    "9007199254740991 + (input.zero + 1)": "integer too large",
    "Math.sqrt(input.zero - 1)": "root of what is below zero",
    'JSON.parse("{" + input.zero)': "broken JSON",
    "[[1]][input.zero - 5]": "negative index",
}


def machine(name: str, value: str, expected: str) -> str:
    return (
        f"machine {name}\n  accepts\n    zero as integer, default: 0\n  responds with\n"
        f"    v as any\n  implements\n    compute made\n      {{v: {value}}}\n  verifies\n"
        f'    test "it"\n      {expected}\n\n'
    )


def test_values_and_failures(tmp_path: Path) -> None:
    machines = [
        machine(f"value_{number}", value, f"expect {{v: {expected}}}")
        for number, (value, expected) in enumerate(VALUES.items())
    ]
    machines += [
        machine(f"failure_{number}", value, 'expect error "step_failed"')
        for number, value in enumerate(FAILS)
    ]
    (tmp_path / "app.kanvas").write_text("".join(machines), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "kanvasc", "test", "app.kanvas"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(VALUES) + len(FAILS)} passed" in ended.stdout
