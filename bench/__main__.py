"""`make bench`: servers side by side, interleaved rounds, ratios with their spread.

Each server runs on one core and the load on another; a round measures all of them one after the
other, and only ratios within a round are compared, since absolute figures drift. Writes
docs/performance.md. `python -m bench throughput start` measures these parts alone, prints them and
writes nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench import claims, growth, report, scale, schemas, standing, throughput
from bench.claims import Claim


def main() -> None:
    wanted = sys.argv[1:]
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"there is no part {unknown[0]}; there are: {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as base:
        if wanted:
            for name in wanted:
                PARTS[name](Path(base))
        else:
            _everything(Path(base))


def _everything(folder: Path) -> None:
    found = _throughput(folder)
    told = claims.of_throughput(found[0])
    told += [*_start(folder), *_idle(folder), *_push(folder), *_commands(folder), *_editor(folder)]
    report.write(found, told, _tools(folder), _growth(folder), _scale(folder))


def _throughput(folder: Path) -> list[throughput.Throughput]:
    found = throughput.measure(folder)
    for each in found:
        _say(throughput.lines(each))
    _claims(claims.of_throughput(found[0]))
    return found


def _start(folder: Path) -> list[Claim]:
    return _claims([claims.of_start(standing.starts(folder))])


def _idle(folder: Path) -> list[Claim]:
    return _claims([claims.of_idle(standing.idle(folder))])


def _push(folder: Path) -> list[Claim]:
    return _claims([claims.of_push(standing.pushes(folder))])


def _commands(_folder: Path) -> list[Claim]:
    return _claims(claims.of_commands())


def _editor(_folder: Path) -> list[Claim]:
    return _claims(claims.of_editor())


def _tools(_folder: Path) -> list[schemas.Compared]:
    missing = [tool.name for tool in schemas.ALL if not tool.is_installed]
    if missing:
        _say([f"not installed, so left out: {', '.join(missing)}"])
    found = schemas.measure()
    for each in found:
        _say(schemas.lines(each))
    return found


def _growth(_folder: Path) -> list[str]:
    return _say(growth.lines())


def _scale(folder: Path) -> list[str]:
    return _say(scale.lines(folder))


def _say(lines: Iterable[str]) -> list[str]:
    said = []
    for line in lines:
        print(line, flush=True)
        said.append(line)
    return said


def _claims(told: list[Claim]) -> list[Claim]:
    _say(f"{claim.what:82} {claim.value!s:>22}   {claim.state}" for claim in told)
    return told


PARTS: Mapping[str, Callable[[Path], object]] = {
    "throughput": _throughput,
    "start": _start,
    "idle": _idle,
    "push": _push,
    "commands": _commands,
    "editor": _editor,
    "tools": _tools,
    "growth": _growth,
    "scale": _scale,
}


if __name__ == "__main__":
    main()
