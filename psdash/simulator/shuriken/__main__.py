"""`python -m psdash.simulator.shuriken`: the service alone, for the demo of this source and for tests."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from psdash.simulator.lifeline import Lifeline
from psdash.simulator.services.faults import FaultError, Faults, help_text
from psdash.simulator.services.running import now_ms, run_service, set_up_logging
from psdash.simulator.shuriken.menu import MENU
from psdash.simulator.shuriken.server import KEY, ShurikenServer
from psdash.simulator.shuriken.tokens import TOKENS
from psdash.simulator.shuriken.world import BEAT_MS, ShurikenWorld


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="psdash sim --source shuriken")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "Runs a Shuriken of our own on the loopback interface until it is interrupted. When it is ready it prints\n"
        "PSDASH_REST_URL=, PSDASH_WS_URL= and PSDASH_API_KEY= on stdout, one a line; its log goes to stderr."
    )
    names = "\n".join(f"  {token.token_id}  {token.symbol}" for token in TOKENS)
    parser.epilog = f"key:\n  {KEY}\n\ntokens:\n{names}\n\nthe fault menu (--chaos):\n{help_text(MENU)}"
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="same seed, same day (default %(default)s)")
    parser.add_argument("--rate", type=float, metavar="N", help="trades a second (default 2)")
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
    world = ShurikenWorld(options.seed, now_ms() // 1_000 * 1_000, beat_ms=beat_ms)

    async def begin() -> ShurikenServer:
        server = ShurikenServer(world, faults=faults)
        await server.open(options.port)
        return server

    return asyncio.run(run_service(begin, world.scheduler, lifeline, "psdash sim"))


if __name__ == "__main__":
    sys.exit(main())
