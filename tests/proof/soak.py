"""`make soak`: the scenarios at their long sizes, one seed after another, with a table at the end.

    python -m tests.proof.soak                          # everything; days
    python -m tests.proof.soak --row silence --seeds 50 # one scenario, 50 seeds
    python -m tests.proof.soak --minutes 10             # every scenario for its share of so much wall time
    python -m tests.proof.soak --ci                     # what `make test` plays, as a table

A shortened soak leaves out what takes long by itself (the week, the half hour on real sockets), gives the whole fault
menu the share of one scenario, and may run over by a seed of each.

Each seed that held is a line of the log (`build/soak.jsonl`, or `--log FILE`), and a seed that is there already is
not played again: a soak that was interrupted goes on where it was. `--fresh` forgets the log. A seed that failed is
printed with what plays it again, and ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.proof.figures import Figures, summary
from tests.proof.recorded import RECORDED
from tests.proof.scenarios import MENU, SCENARIOS, ProofError, Scenario, play

LOG = Path("build") / "soak.jsonl"


class Log:
    """The seeds that held, by scenario, with their figures."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path = path
        self.held: dict[str, dict[int, Figures]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            path.unlink(missing_ok=True)
        if path.exists():
            for line in path.read_text().splitlines():
                row = json.loads(line)
                self.held.setdefault(row["scenario"], {})[row["seed"]] = row["figures"]

    def add(self, scenario: str, seed: int, figures: Figures) -> None:
        """One more."""
        self.held.setdefault(scenario, {})[seed] = figures
        with self._path.open("a") as log:
            log.write(json.dumps({"scenario": scenario, "seed": seed, "figures": figures}) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every seed held."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--row", action="append", choices=sorted(SCENARIOS), metavar="NAME", help="only this scenario"
    )
    parser.add_argument("--seeds", type=int, help="so many seeds, not the scenario's own number")
    parser.add_argument("--ci", action="store_true", help="the sizes of `make test`")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, help="stop every scenario after its share of so much wall time")
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--fresh", action="store_true", help="forget what the log says")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    log = Log(chosen.log, fresh=chosen.fresh)
    is_short = chosen.minutes is not None
    names = chosen.row or [
        name
        for name, each in SCENARIOS.items()
        if (each.ci if chosen.ci else each.soak) and is_possible(each) and not (is_short and each.is_long)
    ]
    shares = sum(share(name) for name in names)
    failures: list[str] = []
    for place, name in enumerate(names):
        scenario = SCENARIOS[name]
        count = (scenario.ci if chosen.ci else scenario.soak) if chosen.seeds is None else chosen.seeds
        budget_s = chosen.minutes * 60 * share(name) / shares if is_short else None
        for line in _soak(scenario, range(chosen.first, chosen.first + count), budget_s, log, failures):
            sys.stdout.write(f"[{place + 1}/{len(names)}] {line}\n")
            sys.stdout.flush()
    sys.stdout.write("\n" + table(log, names))
    sys.stdout.writelines(f"\n{failure}\n" for failure in failures)
    return 1 if failures else 0


def share(name: str) -> float:
    """How much of a shortened soak a scenario gets."""
    return 1 / len(MENU) if name in MENU else 1.0


def is_possible(scenario: Scenario) -> bool:
    """Whether what it needs is here."""
    return scenario.name != "match" or RECORDED.exists()


def _soak(scenario: Scenario, seeds: range, budget_s: float | None, log: Log, failures: list[str]) -> Iterator[str]:
    """Play the seeds that are not in the log; say now and then how far it is."""
    started_s = said_s = time.monotonic()
    played = 0
    for seed in seeds:
        if seed in log.held.get(scenario.name, {}):
            continue
        if budget_s is not None and played and time.monotonic() - started_s > budget_s:
            break
        try:
            log.add(scenario.name, seed, play(scenario.name, seed))
        except ProofError as error:
            failures.append(str(error))
            yield f"FAILED {error}"
        played += 1
        if time.monotonic() - said_s > 10.0:
            said_s = time.monotonic()
            yield f"{scenario.name}: {played} seeds, {said_s - started_s:.0f} s"
    yield f"{scenario.name}: {played} seeds played, {time.monotonic() - started_s:.1f} s"


def table(log: Log, names: list[str]) -> str:
    """What held, as a table in Markdown: counts added up, everything else as a range; the fault menu as one row."""
    rows = ["| scenario | seeds | figures |", "|---|---|---|"]
    menu: list[Figures] = []
    for name in names:
        held = list(log.held.get(name, {}).values())
        if name in MENU:
            menu += held
        elif held:
            rows.append(f"| `{name}` | {len(held)} | {summary(held)} |")
    if menu:
        faults = sum(name in MENU and bool(log.held.get(name)) for name in names)
        rows.append(f"| `chaos-*`, {faults} faults | {len(menu)} | {summary(menu)} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
