"""`python -m kanvas_runtime`: operating a built app needs no compiler."""

import sys

from kanvas_runtime.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
