"""`python -m benchmarks`: run the rows, print the table, keep the results.

--short       a few minutes; nothing is kept; fails when a ratio (never a time) is a regression
--only NAME   one row (repeat it for more)
--report      put the table of the last results into docs/performance.md, and run nothing
--list        the rows
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks import table
from benchmarks.bench import Context, Figure, SkipRowError
from benchmarks.machine import OTHER, pin_here
from benchmarks.results import PATH, Results
from benchmarks.rows import NAMES, row_named

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="the form for CI: fails on a regression of a ratio")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help="run this row")
    parser.add_argument("--report", action="store_true", help="renew the table of docs/performance.md")
    parser.add_argument("--list", action="store_true", help="name the rows")
    options = parser.parse_args(argv)
    if options.list:
        for name in NAMES:
            row = row_named(name)
            print(f"{name:<15} {row.goal} | {row.against}")
        return 0
    if options.report:
        table.put_into(DOCUMENT, PATH)
        return 0
    command = shlex.join(["python", "-m", "benchmarks", *argv])
    return _run(options.only or NAMES, short=options.short, command=command)


def _run(names: Sequence[str], *, short: bool, command: str) -> int:
    pin_here(OTHER)
    results = Results()
    regressions: list[str] = []
    failed = False
    print(table.heading(), flush=True)
    for name in names:
        row = row_named(name)
        if short and not row.is_short:
            continue
        began_s = time.monotonic()
        figures: list[Figure] = []
        try:
            for figure in row.run(Context(short=short, say=_progress(name, began_s))):
                figures.append(figure)
                _clear()
                print(table.line(name, row, figure), flush=True)
        except SkipRowError as why:
            _clear()
            print(f"skip {name:<15} {why}", flush=True)
            continue
        except (TimeoutError, RuntimeError, OSError, ValueError) as error:  # this row failed; the others need not
            _clear()
            print(f"FAIL {name:<15} {error}", flush=True)
            failed = True
            continue
        before = results.before(name)
        regressions += [
            f"{name}: {each.name} is {table.shown(each.value, each.unit)}"
            for each in figures
            if each.is_regression(before.get(each.name, each.target))
        ]
        if not short:
            results.put(name, row, figures, time.monotonic() - began_s, command)
    for each in regressions:
        print(f"regression: {each}", flush=True)
    return 1 if failed or (short and regressions) else 0


def _progress(name: str, began_s: float) -> Callable[[str], None]:
    """Say what a row is doing: on one line of a terminal, a line each time elsewhere."""
    is_terminal = sys.stderr.isatty()

    def say(what: str) -> None:
        words = f"     {name}: {what} ({time.monotonic() - began_s:.0f} s)"
        sys.stderr.write(f"\r\x1b[K{words}" if is_terminal else f"{words}\n")
        sys.stderr.flush()

    return say


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
