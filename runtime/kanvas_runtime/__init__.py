"""What a built kanvas app links against."""

import gc

YOUNG = 50_000
"""New objects that make the collector look for cycles among them: Python's own 700 is a few
connections, or a part of one import, and nearly all of that stays."""

gc.set_threshold(YOUNG)
