"""`python -m tests.proof.replay SCENARIO SEED`: play one pair again, with the client's own log on stderr."""

from __future__ import annotations

import argparse
import logging
import sys

from tests.proof.scenarios import SCENARIOS, ProofError, play


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and return 0, or what did not hold and 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.replay", description=__doc__)
    parser.add_argument("scenario", choices=sorted(SCENARIOS), metavar="SCENARIO", help=", ".join(sorted(SCENARIOS)))
    parser.add_argument("seed", type=int, metavar="SEED")
    parser.add_argument("--quiet", action="store_true", help="without the log")
    chosen = parser.parse_args(arguments)
    if chosen.quiet:
        logging.disable(logging.CRITICAL)
    else:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
    try:
        figures = play(chosen.scenario, chosen.seed)
    except ProofError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{name} = {value}\n" for name, value in figures.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
