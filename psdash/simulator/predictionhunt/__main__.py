"""`python -m psdash.simulator.predictionhunt`: the service alone, for the demo of this source and for tests."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from psdash.simulator.lifeline import Lifeline
from psdash.simulator.predictionhunt.markets import markets
from psdash.simulator.predictionhunt.menu import MENU
from psdash.simulator.predictionhunt.server import HuntServer
from psdash.simulator.predictionhunt.tiers import KEYS, REFUSED_KEYS
from psdash.simulator.predictionhunt.world import BEAT_MS, HuntWorld
from psdash.simulator.services.faults import FaultError, Faults, help_text
from psdash.simulator.services.running import now_ms, run_service, set_up_logging


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="psdash sim --source predictionhunt")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "Runs a Prediction Hunt of our own on the loopback interface until it is interrupted. When it is ready it\n"
        "prints PSDASH_REST_URL=, PSDASH_WS_URL= and PSDASH_API_KEY= on stdout, one a line; its log goes to stderr."
    )
    keys = "\n".join(f"  {key}  {name}" for key, name in KEYS.items())
    refused = "\n".join(f"  {key}  {words}" for key, words in REFUSED_KEYS.items())
    names = "\n".join(f"  {market.name}" for market in markets())
    parser.epilog = f"keys:\n{keys}\n{refused}\n\nmarkets:\n{names}\n\nthe fault menu (--chaos):\n{help_text(MENU)}"
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="same seed, same day (default %(default)s)")
    parser.add_argument("--rate", type=float, metavar="N", help="price changes a second (default 2.5)")
    parser.add_argument("--tier", choices=("free", "dev", "pro", "enterprise"), default="pro", help="what the key is")
    parser.add_argument("--chaos", metavar="NAME[=LEVEL],...", help="let things go wrong, by name (see below)")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when stdin ends")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until interrupted; 0 interrupted or parent gone, 2 usage, 4 the port is taken, 143 terminated."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        faults = Faults.parse(MENU, options.chaos, options.seed)
    except FaultError as wrong:
        parser.error(f"--chaos: {wrong}")
    lifeline = Lifeline() if options.exit_with_parent else None
    set_up_logging(options.log_level)
    beat_ms = BEAT_MS if not options.rate else max(1, round(1_000 / options.rate))
    world = HuntWorld(options.seed, now_ms() // 1_000 * 1_000, beat_ms=beat_ms)

    async def begin() -> HuntServer:
        server = HuntServer(world, tier=options.tier, faults=faults)
        await server.open(options.port)
        return server

    return asyncio.run(run_service(begin, world.scheduler, lifeline, "psdash sim"))


if __name__ == "__main__":
    sys.exit(main())
