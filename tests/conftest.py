"""What holds for every test, however it was started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shell starts what it sends to the background with SIGINT ignored, and so would every command
# that a test interrupts be.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No timing is asserted, nor how fast examples are made: a busy machine is no fault.
settings.register_profile(
    "desk", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# A change is judged by what it changes: in CI the same examples are tried each time. New ones are
# looked for wherever somebody runs the tests at a desk.
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

TESTS = Path(__file__).parent
LONG = (
    "contract/test_clients.py",
    "e2e/test_installed.py",
    "e2e/test_kill.py",
    "emit/test_golden_apps.py",
    "dev/test_dev_in_browser.py",
    "emit/test_hostile_programs.py",
    "e2e/test_realtime_rows.py",
    "e2e/test_examples.py",
    "diagnostics/test_half_typed.py",
    "soundness",
)
"""Files and folders whose tests take long, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers share the tests file by file: what takes long is begun with, so that neither is
    left alone with it in the end."""
    places = [TESTS / name for name in LONG]
    assert all(place.exists() for place in places), "LONG names what is not there"

    def rank(item: pytest.Item) -> int:
        within = (number for number, place in enumerate(places) if item.path.is_relative_to(place))
        return next(within, len(places))

    items.sort(key=rank)
