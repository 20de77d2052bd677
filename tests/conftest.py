"""What holds for every test, however it was started."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# A shell starts what it sends to the background with SIGINT ignored, and so would every command
# that a test interrupts be.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A change is judged by what it changes: in CI the same examples are tried each time. New ones are
# looked for wherever somebody runs the tests at a desk.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")
