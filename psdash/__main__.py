"""`python -m psdash`, the same as the command `psdash`."""

from __future__ import annotations

from psdash.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
