"""As many tokens as a connection carries: subscribed in time, within the caps (protocol §3.7)."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from decimal import Decimal

from psdash.gateway.subscriptions import Line, Subscriptions
from psdash.simulator.exchange.catalogue import MAIN_SLUG, build_catalogue
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import Catalogue, MarketRow, MarketStatus
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.scheduler import Scheduler
from psdash.wire.predictstreet import Feed, Subscribed, decode_frame
from psdash.wire.predictstreet.channels import MAX_IDS_PER_SUBSCRIPTION, MAX_SUBSCRIPTIONS
from tests.loopback.simulator.rig import START_MS, VAULT, WALLET, Demo
from tests.proof.arena import arena, in_virtual_time, now_s
from tests.proof.faults import LateLine
from tests.proof.figures import Figures
from tests.proof.truth import LieError

ACKED_S = 10.0
_CHANNELS = (Feed.BOOK, Feed.MATCHES, Feed.CANDLES)


class WideWorld:
    """An exchange that lists `markets` open markets without orders, the main one among them."""

    def __init__(self, seed: int, markets: int) -> None:
        draw = random.Random(seed)
        season = build_catalogue(draw, START_MS)
        event = next(event for event in season.events if any(row.slug == MAIN_SLUG for row in event.markets))
        main = season.by_slug(MAIN_SLUG)
        rows = (main, *(_another(main, number, draw) for number in range(markets - 1)))
        self.scheduler = Scheduler(START_MS)
        self.exchange = Exchange(Catalogue([replace(event, markets=rows)]), self.scheduler, draw)
        self.exchange.open_account(WALLET, VAULT, Decimal(1_000_000))
        self.demo = Demo()
        self.replay = None
        self.slugs = [row.slug for row in rows]


def _another(main: MarketRow, number: int, draw: random.Random) -> MarketRow:
    return replace(
        main,
        symbol=f"{main.symbol}_{number}",
        slug=f"market-{number}",
        id=f"{main.id[:-4]}{number:04x}",
        condition_id=f"0x{draw.randrange(2**256):064x}",
        yes_token_id=str(draw.randrange(10**76, 10**77)),
        no_token_id=str(draw.randrange(10**76, 10**77)),
        status=MarketStatus.OPEN,
    )


def thousand_tokens(seed: int) -> Figures:
    """500 markets of two tokens: books, matches and candles of all 1,000 acknowledged within 10 s of the dial.

    The round trip is 200 ms.
    """

    async def main() -> Figures:
        world = WideWorld(seed, 500)
        async with arena(seed, world=world, watch=[MAIN_SLUG], options=ServerOptions(line_factory=LateLine)) as made:
            await made.venue.load_catalogue()
            await made.settled([MAIN_SLUG])
            made.venue.market.watch(world.slugs, MAIN_SLUG)
            made.cut()
            before = made.venue.market.connection.sessions
            await made.until(lambda: made.venue.market.connection.sessions > before, "it dialled again", 5.0)
            dialled_s = now_s()
            subscriptions = made.venue.market.subscriptions
            tokens = [token for slug in world.slugs for token in made.state(slug).market.tokens]
            wanted = [Line(feed, token) for feed in _CHANNELS for token in tokens]

            def acked() -> bool:
                return all(subscriptions.sid_of(line) is not None for line in wanted)

            await made.until(acked, "1,000 tokens x 3 channels are acknowledged", ACKED_S)
            took_s = now_s() - dialled_s
            sids = len(subscriptions.sids)
            if subscriptions.refused or sids > MAX_SUBSCRIPTIONS:
                raise LieError(f"{len(subscriptions.refused)} lines refused, {sids} sids")
            books_s = await made.until(
                lambda: all(made.is_book_live(slug) for slug in world.slugs), "every book is live", 60.0
            )
            await asyncio.sleep(5)
            made.witness.verdict()
            made.conserved()
            return {
                "tokens": len(tokens),
                "lines": len(wanted),
                "sids": sids,
                "acked_s": round(took_s, 2),
                "books_live_s": round(took_s + books_s, 2),
            }

    return in_virtual_time(main())


def full_house(seed: int) -> Figures:
    """256 subscriptions of 100 ids, by the subscription manager alone: every entry packed full, no cap passed."""

    draw = random.Random(seed)
    numbers = iter(range(1, 10**6))
    subscriptions = Subscriptions(lambda: next(numbers))
    lines = [
        Line(Feed.BOOK, str(draw.randrange(10**76, 10**77)))
        for _ in range(MAX_SUBSCRIPTIONS * MAX_IDS_PER_SUBSCRIPTION)
    ]
    subscriptions.want([lines])
    sid = commands = 0
    while (command := subscriptions.next_command(0.0)) is not None:
        commands += 1
        sent = json.loads(command.to_wire())
        accepted = []
        for entry in sent["params"]["subscriptions"]:
            sid += 1
            if len(entry["ids"]) > MAX_IDS_PER_SUBSCRIPTION or sid > MAX_SUBSCRIPTIONS:
                raise LieError(f"{len(entry['ids'])} ids in one entry, sid {sid}")
            accepted.append({"sid": sid, "channel": entry["channel"], "ids": entry["ids"]})
        body = {"id": sent["id"], "type": "subscribed", "accepted": accepted, "rejected": []}
        answer = decode_frame(json.dumps(body).encode())
        assert isinstance(answer, Subscribed)
        subscriptions.subscribed(answer)
    if not subscriptions.is_settled or subscriptions.refused:
        raise LieError(f"{len(subscriptions.refused)} of {len(lines)} refused")
    return {"ids": len(lines), "sids": sid, "commands": commands}
