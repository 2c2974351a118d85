"""What `psdash tail`, `book` and `doctor` understand beside the settings they share with the dashboard.

Light on purpose: a usage error or `--help` imports nothing but this.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its texts for `--help`, and its own options."""

    summary: str
    usage: str
    description: str
    epilog: str
    slug_help: str
    add: Callable[[argparse.ArgumentParser], None]


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError("must be above 0 and at most 86400")
    return value


def _add_book(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outcome", choices=("yes", "no"), help="which book of the market (default: yes)")
    parser.add_argument("--depth", type=_count, metavar="N", help="the best N levels of each side (default: all)")
    parser.add_argument(
        "--deadline", type=_seconds, metavar="S", help="give up when it is not LIVE after S seconds (default: 10)"
    )


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a check, in place of words")


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    return None


#: Of the options above, those that are no settings.
OWN_OPTIONS: Final = ("outcome", "depth", "deadline", "json")

_CODES: Final = """\
exit codes:
  {ok}   1 crash   2 usage   3 configuration or credential, also one that the venue refuses
  4 network{late}   130 interrupted   143 terminated
"""

COMMANDS: Final = {
    "tail": Command(
        summary="every event of these markets and of your account, as JSON lines",
        usage="psdash tail --slug S [--slug S ...] [options]",
        description=(
            "Prints everything that happens in the markets, one JSON object a line, until it is interrupted.\n"
            "Data goes to stdout, words to stderr. With no credential it follows the embedded exchange (DEMO)."
        ),
        epilog="""\
every line has:
  event         book, book_change, print, settlement, unsettled, gap, gap_closed, candle, market, platform,
                order, fill, fill_update, position, balance, pane, link, notice, opened, lost;
                in the older protocol trade_failed, paused, unpaused;
                of other sources signal, signal_expired, activity
  pane          book, tape, chart, status, platform, orders, fills, positions, signals, activity;
                link (connections), output (lost)
  state         what that pane may claim now: CONNECTING SYNCING LIVE STALE RESYNC PAUSED REFUSED OFF
                (of a link: OFF DIALLING AUTH SUBSCRIBING LIVE BACKOFF REFUSED; of output: LOST)
  venue_ms      the venue's time of the event in epoch ms, null where it says none
  received_ms   this machine's clock in epoch ms
and slug, outcome (yes, no), seq where they apply. Prices (0..1) and sizes are strings.

A `book` is whole; each `book_change` leads from prev_seq to seq, with size "0" for a level that is gone. Any break of
that chain is followed by another `book`. Prints and fills come once each. If the reader is so slow that lines are
lost, a `lost` line says how many, and everything is told anew.

examples:
  psdash tail --slug X | jq -c 'select(.event == "print") | [.price, .size]'
  psdash tail --demo --slug spain-vs-france-2026-yes | head -20
to see it weather faults: psdash sim --chaos drop,reorder,close-1012 in one terminal, and in another the three lines
that it printed, exported, before psdash tail --slug spain-vs-france-2026-yes

"""
        + _CODES.format(ok="0 the reader left", late=""),
        slug_help="a market to follow; repeat it for more",
        add=_add_nothing,
    ),
    "book": Command(
        summary="one proved book as JSON, and exit",
        usage="psdash book --slug S [--outcome yes|no] [--depth N] [options]",
        description=(
            "Waits until the book is LIVE, prints it as one JSON object and exits. Data goes to stdout, words to "
            "stderr.\nWith no credential it asks the embedded exchange (DEMO)."
        ),
        epilog="""\
the object:
  slug, outcome, seq, state, venue_ms, received_ms, venue (DEMO, TESTNET, MAINNET ...) and
  bids, asks: [{"price": "0.53", "size": "120", "orders": 3}, ...], best first; prices (0..1) and sizes are strings

example:
  psdash book --slug X --depth 1 | jq -r '.bids[0].price'

"""
        + _CODES.format(ok="0 printed", late=", or not LIVE in time"),
        slug_help="the market",
        add=_add_book,
    ),
    "doctor": Command(
        summary="check configuration, network, clock, key, gateways and terminal",
        usage="psdash doctor [options]",
        description=(
            "Checks everything psdash needs, one thing a line, and says what to do about what is not right.\n"
            "No secret is shown. With no credential it checks the embedded exchange (DEMO)."
        ),
        epilog="""\
marks:
  a tick is right, a cross is wrong (and says what to do), ! works but you should know, - was not looked at;
  where the terminal has no UTF-8: ok, FAILED, note, skip

"""
        + _CODES.format(ok="0 nothing is wrong", late=""),
        slug_help="a market to look up as well; repeat it for more",
        add=_add_doctor,
    ),
}
