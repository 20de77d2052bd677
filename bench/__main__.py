"""`make bench`: servers side by side, interleaved rounds, ratios with their spread.

Each server runs on one core and the load on another; a round measures all of them one after the
other, and only ratios within a round are compared, since absolute figures drift. Writes
docs/performance.md; `--quick` prints throughput alone and writes nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench import claims, report, scale, standing, throughput


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        found = throughput.measure(folder)
        for each in found:
            print("\n".join(throughput.lines(each)), flush=True)
        if "--quick" in sys.argv:
            return
        stands = standing.starts(folder), standing.idle(folder), standing.pushes(folder)
        told = claims.of_throughput(found[0]) + claims.of_standing(*stands) + claims.of_tools()
        for claim in told:
            print(f"{claim.what:82} {claim.value!s:>22}   {claim.state}", flush=True)
        many = list(scale.lines(folder))
        print("\n".join(many))
        report.write(found, told, many)


if __name__ == "__main__":
    main()
