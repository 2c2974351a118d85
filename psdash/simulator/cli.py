"""`psdash sim`: the embedded exchange alone, for other clients and for tests."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psdash.simulator.actors.chain import Chain
from psdash.simulator.actors.load import MAX_RATE
from psdash.simulator.actors.recording import RecordingError
from psdash.simulator.chaos import EVERY_S, Menu, MenuError, help_text
from psdash.simulator.exchange.catalogue import build_catalogue, catalogue_for_replay
from psdash.simulator.lifeline import Lifeline
from psdash.simulator.protocol import auth, older
from psdash.simulator.protocol.faults import Faults
from psdash.simulator.protocol.server import ServerOptions, serve
from psdash.simulator.world import World, build_world

logger = logging.getLogger(__name__)

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_NETWORK = 4
EXIT_SIGTERM = 128 + signal.SIGTERM

_LEVELS = ("debug", "info", "warning", "error")


def _rate(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_RATE:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MAX_RATE}")
    return value


def _speed(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _seconds(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError("must be from 0 to 86400")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything `psdash sim` understands, and the table of its credentials and slugs below the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "Runs the embedded exchange on the loopback interface until it is interrupted. When it is ready it prints\n"
        "PSDASH_REST_URL=, PSDASH_WS_URL= and PSDASH_API_KEY= on stdout, one a line; its log goes to stderr."
    )
    parser.epilog = _epilog()
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1; 0 takes a free one (default)"
    )
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="same seed, same day (default %(default)s)")
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="N",
        help=f"exactly N book messages a second, up to {MAX_RATE}, instead of a day",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="play a recorded market (.jsonl or .jsonl.gz); at its end it is CLOSED",
    )
    parser.add_argument("--speed", type=_speed, metavar="X", help="how many times faster to play it (default 1)")
    parser.add_argument(
        "--skip", type=_seconds, metavar="S", help="start S seconds into the recording; what was before is history"
    )
    parser.add_argument("--quiet", action="store_true", help="furnish the books, then let nothing happen by itself")
    parser.add_argument(
        "--protocol",
        type=int,
        choices=(1, 2),
        default=2,
        help="1: the older dialect, without candles, balances and public settlements (default %(default)s)",
    )
    parser.add_argument(
        "--lifecycle", choices=("few", "all"), default="few",
        help="few: like the venue today, hardly any condition_lifecycle event; all: every one (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--chaos",
        metavar="NAME[=LEVEL],...",
        help="let things go wrong, by name; the seed decides when and to whom (the menu is below)",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when stdin ends, however the parent died"
    )
    parser.add_argument(
        "--log-level", choices=_LEVELS, default="info", help="what stderr tells (default %(default)s)"
    )


def _epilog() -> str:
    credentials = "\n".join(f"  {reason:<30} {token}" for reason, token in auth.FIXED_CREDENTIALS.items())
    slugs = "\n".join(f"  {row.slug}" for row in build_catalogue(random.Random(0), 0).markets)
    recorded = "\n".join(f"  {row.slug}" for row in catalogue_for_replay(random.Random(0), 0).markets)
    shortest_s, longest_s = EVERY_S
    return f"""\
to use it from another terminal, with the three lines that it printed:
  export PSDASH_REST_URL=... PSDASH_WS_URL=... PSDASH_API_KEY=...
  psdash                                             the screen; it is marked LOCAL
  psdash tail --slug spain-vs-france-2026-yes        or everything that happens, as lines of JSON
  curl "$PSDASH_REST_URL/sim/ledger?token=ID&seq=N"  and what was true when that book was at N

credentials that are refused, and how (4401 on the gateways, 401 or 403 on REST):
{credentials}
The key of api_key_no_associated_wallet is good with the header X-User-Wallet: {auth.DEMO_WALLET}.
The key of api_key_scope_missing opens both gateways and no private channel.
A retail token, as "Authorization: Bearer ...", good and expired:
  {auth.DEMO_JWT}
  {auth.EXPIRED_JWT}
An Origin header of a stranger is closed with 1008 "forbidden origin".

slugs:
{slugs}
slugs with --replay:
{recorded}

the fault menu (--chaos drop,close-1012 or --chaos drop=0.2,freeze=30):
{help_text()}
A fault with a level in brackets takes another after "="; what is shown is the default. Ends, dials, silences and the
like strike every {shortest_s:g} to {longest_s:g} s, at one gateway or both. TCP itself never drops, repeats or
reorders: where frames are lost or out of order here, it is the gateway application that fails. /sim/ledger stays
true, and /sim is never spoilt.

for tests, outside the venue's API: /sim/ledger?token=ID[&seq=N], /sim/clock, /sim/replay
exit codes: 0 interrupted or parent gone, 2 usage, 4 the port is taken, 143 terminated"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until interrupted; the exit code is in `--help`."""
    parser = argparse.ArgumentParser(prog="psdash sim")
    add_arguments(parser)
    options = parser.parse_args(argv)
    if (options.speed, options.skip) != (None, None) and options.replay is None:
        parser.error("--speed and --skip need --replay")
    if (options.rate is not None) + (options.replay is not None) + options.quiet > 1:
        parser.error("--rate, --replay and --quiet exclude each other")
    try:
        menu = Menu.parse(options.chaos, options.seed) if options.chaos is not None else None
    except MenuError as wrong:
        parser.error(f"--chaos: {wrong}")
    lifeline = Lifeline() if options.exit_with_parent else None
    _set_up_logging(options.log_level)
    try:
        world = build_world(
            options.seed,
            # On a whole second, which is the beat that trading keeps: the same seed then makes the same day.
            _now_ms() // 1000 * 1000,
            rate=options.rate,
            replay=options.replay,
            speed=options.speed or 1.0,
            skip_s=options.skip or 0,
            quiet=options.quiet,
        )
    except (RecordingError, OSError) as failure:
        sys.stderr.write(f"psdash sim: {options.replay} cannot be played: {failure}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_OK
    # The furnished world lives as long as the process: no collection needs to walk it again.
    gc.collect()
    gc.freeze()
    return asyncio.run(_run(world, options, menu, lifeline))


def _now_ms() -> int:
    return int(time.time() * 1000)


def _set_up_logging(level: str) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # At DEBUG websockets writes every header it reads, keys included; never let it.
    logging.getLogger("websockets").setLevel(logging.WARNING)
    # A client that hangs up before its request is whole is no error of ours, and no news.
    logging.getLogger("websockets.server").addFilter(lambda record: record.msg != "opening handshake failed")


async def _run(world: World, options: argparse.Namespace, menu: Menu | None, lifeline: Lifeline | None) -> int:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    loop.add_signal_handler(signal.SIGINT, end, EXIT_OK)
    loop.add_signal_handler(signal.SIGTERM, end, EXIT_SIGTERM)

    def orphaned() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending already
            loop.call_soon_threadsafe(end, EXIT_OK)

    if lifeline is not None:
        lifeline.attach(orphaned)
    try:
        server = await serve(
            world,
            port=options.port,
            options=ServerOptions(
                seed=options.seed,
                protocol=options.protocol,
                whole_lifecycle=options.lifecycle == "all",
                chaos=menu or Faults(),
            ),
        )
    except OSError as failure:
        sys.stderr.write(f"psdash sim: port {options.port} on 127.0.0.1 cannot be used: {failure.strerror}\n")
        return EXIT_NETWORK
    if options.protocol == older.VERSION and not options.quiet:
        Chain(world.exchange, random.Random(f"chain {options.seed}"), world.demo.wallet).start()
    world.scheduler.run_until(_now_ms())  # what building the world took
    clock = asyncio.create_task(world.scheduler.run_realtime())
    try:
        if not _announce(server.rest_url, server.ws_url, server.keyring.fresh.token):
            return EXIT_OK
        logger.info("ready on port %d, seed %d", server.port, options.seed)
        waiting: list[asyncio.Future[Any]] = [ended, clock]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if clock.done():
            clock.result()  # the exchange itself failed: let it be seen
        return ended.result()
    finally:
        clock.cancel()
        world.close()
        await server.close()


def _announce(rest_url: str, ws_url: str, key: str) -> bool:
    """The three lines that a parent waits for. False when nobody is there to read them."""
    try:
        sys.stdout.write(f"PSDASH_REST_URL={rest_url}\nPSDASH_WS_URL={ws_url}\nPSDASH_API_KEY={key}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    return True
