"""`uses`: which files a program has, and that each is read, parsed and reported once."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from kanvasc.diagnostics import Diagnostic
from kanvasc.link import Disk, Sources, sources, units
from kanvasc.link.reader import NoFile
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.test_fixes import applied

PRICES = """type price
  net as decimal

machine price_of
  responds with
    price as price
  implements
    compute made
      {price: {net: 2.50}}
"""
USER = """uses "prices.kanvas"

machine order
  accepts
    price as price
"""


class InMemory:
    """Files that only an editor has."""

    def __init__(self, **texts: str) -> None:
        self.texts = {path.replace("__", "/") + ".kanvas": text for path, text in texts.items()}
        self.read_: Counter[str] = Counter()

    def read(self, path: str) -> str:
        self.read_[path] += 1
        try:
            return self.texts[path]
        except KeyError:
            raise NoFile("not there") from None

    def key(self, path: str) -> str:
        return os.path.normpath(path)

    def names(self, folder: str) -> list[str]:
        found = [path for path in self.texts if os.path.dirname(path) == folder]
        return sorted(os.path.basename(path) for path in found)


def program(files: InMemory, first: str = "app.kanvas") -> Compilation:
    return Compilation(Source(first, files.texts[first]), Sources(files))


def codes(compiled: Compilation) -> dict[str, list[str]]:
    return {
        source.path: [found.code for found in diagnostics]
        for source, diagnostics in compiled.findings
        if diagnostics
    }


def only(compiled: Compilation) -> Diagnostic:
    (found,) = [one for _, listed in compiled.findings for one in listed]
    return found


def test_types_and_machines_of_another_file_are_known() -> None:
    compiled = program(InMemory(app=USER, prices=PRICES))
    assert codes(compiled) == {}
    assert [machine.name for machine in compiled.program.machines] == ["order", "price_of"]


def test_what_a_used_file_uses_is_built_but_not_seen() -> None:
    middle = 'uses "prices.kanvas"\n\ntype line\n  price as price\n'
    app = 'uses "middle.kanvas"\n\nmachine order\n  accepts\n    line as line\n'
    files = InMemory(app=app, middle=middle, prices=PRICES)
    assert codes(program(files)) == {}
    assert [unit.name for unit in program(files).units] == [
        "app.kanvas",
        "middle.kanvas",
        "prices.kanvas",
    ]
    files.texts["app.kanvas"] = f"{app}    price as price\n"
    assert codes(program(files)) == {"app.kanvas": ["K1007"]}


def test_the_fix_of_a_name_that_is_not_seen_adds_the_line() -> None:
    app = 'uses "middle.kanvas"\n\nmachine order\n  accepts\n    line as line\n    p as price\n'
    middle = 'uses "lib/prices.kanvas"\n\ntype line\n  price as price\n'
    files = InMemory(app=app, middle=middle, lib__prices=PRICES)
    (fix,) = only(program(files)).fixes
    files.texts["app.kanvas"] = applied(app, fix)
    assert codes(program(files)) == {}
    assert files.texts["app.kanvas"].splitlines()[1] == 'uses "lib/prices.kanvas"'


def test_every_file_is_read_and_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A diamond with a circle in it, compiled as four programs."""
    parsed: Counter[str] = Counter()
    parse = sources.parse

    def counting(source: Source) -> object:
        parsed[source.path] += 1
        return parse(source)

    monkeypatch.setattr(sources, "parse", counting)
    files = InMemory(
        app='uses "left.kanvas"\nuses "right.kanvas"\n',
        left='uses "base.kanvas"\n',
        right='uses "./base.kanvas"\nuses "../right.kanvas"\n',
        base='uses "app.kanvas"\n',
    )
    shared = Sources(files)
    for path in files.texts:
        assert Compilation(shared.get(path), shared).findings
    assert files.read_ == Counter(dict.fromkeys([*files.texts, "../right.kanvas"], 1))
    assert parsed == Counter(files.texts.keys())


def test_the_text_that_a_program_is_given_counts_and_not_what_is_read() -> None:
    """An editor's buffer, which another file uses in its turn."""
    files = InMemory(app="machine stale\n", lines='uses "app.kanvas"\n\ntype line\n  a as p\n')
    text = 'uses "lines.kanvas"\n\ntype p\n  a as text\n\nmachine m\n  accepts\n    l as line\n'
    compiled = Compilation(Source("app.kanvas", text), Sources(files))
    assert codes(compiled) == {}
    assert files.read_ == Counter({"lines.kanvas": 1})


def test_files_may_use_each_other_in_a_circle() -> None:
    prices = f'uses "app.kanvas"\n\n{PRICES}\nmachine quote\n  accepts\n    o as order_line\n'
    app = f"{USER}\ntype order_line\n  price as price\n"
    files = InMemory(app=app, prices=prices)
    assert codes(program(files)) == {}
    assert codes(program(files, "prices.kanvas")) == {}


def test_the_errors_of_a_used_file_stand_in_it_and_nothing_follows_from_them() -> None:
    broken = PRICES.replace("type price\n", "type price\n  ) gross as decimal\n")
    files = InMemory(app=USER, prices=broken.replace("net as", "nett as"))
    assert codes(program(files)).keys() == {"prices.kanvas"}
    files = InMemory(app=USER, prices="type ) price\n")
    assert codes(program(files)) == {"prices.kanvas": ["K0005"]}


def test_a_name_that_a_broken_file_does_not_hold_is_reported_all_the_same() -> None:
    files = InMemory(app=USER.replace("as price", "as tariff"), prices=f"{PRICES})\n")
    assert codes(program(files)) == {"app.kanvas": ["K1007"], "prices.kanvas": ["K0005"]}


def test_nothing_follows_from_a_file_that_is_not_there() -> None:
    assert codes(program(InMemory(app=USER))) == {"app.kanvas": ["K1050"]}


def test_nothing_more_is_said_of_a_path_that_is_broken_itself() -> None:
    files = InMemory(app=USER.replace('kanvas"', "kanvas"))
    assert codes(program(files)) == {"app.kanvas": ["K0006"]}


@pytest.mark.parametrize(
    "kept",
    [
        '  expresses\n    page\n      path: "/price"\n',
        '  implements\n    schedules\n      every: "1h"\n',
    ],
    ids=["surface", "schedule"],
)
def test_a_file_that_brings_what_runs_by_itself_is_used(kept: str) -> None:
    app = 'uses "prices.kanvas"\n\nmachine order\n  accepts\n    count as integer\n'
    files = InMemory(app=app, prices="machine clock\n")
    assert codes(program(files)) == {"app.kanvas": ["K1052"]}
    files.texts["prices.kanvas"] += kept
    assert "app.kanvas" not in codes(program(files))


def test_the_digest_is_over_all_files_and_not_over_where_they_are() -> None:
    files = InMemory(app=USER, prices=PRICES)
    first = program(files).plan.program
    moved = InMemory(far__away__app=USER, far__away__prices=PRICES)
    again = Compilation(Source("far/away/app.kanvas", USER), Sources(moved))
    assert again.plan.program == first
    assert dict(again.files) == dict(program(files).files)
    files.texts["prices.kanvas"] += "// a word more\n"
    assert program(files).plan.program != first


def test_programs_of_one_file_keep_the_digest_of_its_text() -> None:
    import hashlib

    files = InMemory(prices=PRICES)
    expected = hashlib.sha256(PRICES.encode()).hexdigest()
    assert program(files, "prices.kanvas").plan.program == expected


def write(folder: Path, **texts: str) -> None:
    for path, text in texts.items():
        target = folder / f"{path.replace('__', '/')}.kanvas"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def on_disk(path: Path) -> Compilation:
    return Compilation(Source(str(path), path.read_text(encoding="utf-8")))


def test_a_path_begins_in_the_folder_of_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, shop__app=USER.replace("prices", "../lib/prices"), lib__prices=PRICES)
    compiled = on_disk(tmp_path / "shop" / "app.kanvas")
    assert codes(compiled) == {}
    assert compiled.units[1].source.path == str(tmp_path / "lib" / "prices.kanvas")
    assert compiled.units[1].name == "../lib/prices.kanvas"


def test_a_file_that_is_reached_by_several_paths_is_one(tmp_path: Path) -> None:
    write(tmp_path, app=f'uses "linked.kanvas"\n{USER}', lib__prices=PRICES)
    (tmp_path / "prices.kanvas").symlink_to(tmp_path / "lib" / "prices.kanvas")
    (tmp_path / "linked.kanvas").symlink_to("prices.kanvas")
    compiled = on_disk(tmp_path / "app.kanvas")
    assert codes(compiled) == {str(tmp_path / "app.kanvas"): ["K1052"]}
    assert len(compiled.units) == 2


def test_behind_a_linked_folder_the_way_up_is_the_one_of_the_disk(tmp_path: Path) -> None:
    write(tmp_path, real__inner__empty="", real__prices=PRICES, prices="machine other\n")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inner")
    write(tmp_path, app=USER.replace("prices", "link/../prices"))
    assert codes(on_disk(tmp_path / "app.kanvas")) == {}


@pytest.mark.parametrize("kind", ["folder", "loop", "large", "pipe"])
def test_what_cannot_be_read_is_one_finding(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "prices.kanvas"
    match kind:
        case "folder":
            target.mkdir()
        case "loop":
            target.symlink_to("prices.kanvas")
        case "large":
            with target.open("wb") as file:
                file.truncate(17 * 1024 * 1024)
        case "pipe":
            os.mkfifo(target)
    write(tmp_path, app=USER)
    found = only(on_disk(tmp_path / "app.kanvas"))
    assert (found.code, found.title) == ("K1050", 'The file "prices.kanvas" cannot be read')
    assert found.label


def test_a_used_file_that_is_no_utf_8_says_so_itself(tmp_path: Path) -> None:
    write(tmp_path, app=USER)
    (tmp_path / "prices.kanvas").write_bytes(PRICES.encode("utf-16"))
    found = codes(on_disk(tmp_path / "app.kanvas"))
    assert found.keys() == {str(tmp_path / "prices.kanvas")}


def test_a_byte_order_mark_and_other_line_ends_change_nothing(tmp_path: Path) -> None:
    write(tmp_path, app=USER)
    content = b"\xef\xbb\xbf" + PRICES.replace("\n", "\r\n").encode()
    (tmp_path / "prices.kanvas").write_bytes(content)
    assert codes(on_disk(tmp_path / "app.kanvas")) == {}


@pytest.mark.parametrize("path", ["\0", "\ud800", "x" * 5000], ids=["null", "surrogate", "long"])
def test_no_name_makes_the_disk_fail(path: str, tmp_path: Path) -> None:
    disk = Disk()
    assert disk.names(path) == []
    assert isinstance(disk.key(path), str)
    with pytest.raises(units.Unreadable):
        disk.read(path)


def test_an_absolute_path_is_offered_as_a_relative_one(tmp_path: Path) -> None:
    write(tmp_path, lib__prices=PRICES, shop__app="")
    app = tmp_path / "shop" / "app.kanvas"
    text = USER.replace("prices.kanvas", str(tmp_path / "lib" / "prices.kanvas"))
    app.write_text(text, encoding="utf-8")
    found = only(on_disk(app))
    (fix,) = found.fixes
    assert (found.code, fix.title) == ("K1051", 'Write "../lib/prices.kanvas"')
    app.write_text(applied(text, fix), encoding="utf-8")
    assert codes(on_disk(app)) == {}
