"""A small exchange for tests, and the naive models that the real one is compared with."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

from psdash.simulator.exchange.books import TokenBook
from psdash.simulator.exchange.catalogue import MAIN_SLUG, Catalogue, MarketRow, build_catalogue, catalogue_for_replay
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening
from psdash.simulator.exchange.orders import Placement
from psdash.simulator.scheduler import Scheduler

START_MS = 1_780_000_000_000
WALLETS = ("0xaa", "0xbb", "0xcc")

D = Decimal
Shown = dict[tuple[str, Decimal], tuple[Decimal, int]]


@dataclass
class Venue:
    """An exchange whose every happening is written down."""

    exchange: Exchange
    heard: list[Happening] = field(default_factory=list)

    @property
    def row(self) -> MarketRow:
        return self.exchange.catalogue.by_slug(MAIN_SLUG)

    @property
    def symbol(self) -> str:
        return self.row.symbol

    def yes(self) -> TokenBook:
        return self.exchange.token_book(self.row.yes_token_id)

    def no(self) -> TokenBook:
        return self.exchange.token_book(self.row.no_token_id)

    def buy(self, wallet: str, price: str, size: str, outcome: int = 0, **more: str) -> Placement:
        return self.exchange.place(wallet, self.symbol, "buy", outcome, D(price), D(size), **more)

    def sell(self, wallet: str, price: str, size: str, outcome: int = 0, **more: str) -> Placement:
        return self.exchange.place(wallet, self.symbol, "sell", outcome, D(price), D(size), **more)

    def wait(self, ms: int) -> None:
        scheduler = self.exchange.scheduler
        scheduler.run_until(scheduler.now_ms + ms)

    def names(self) -> list[str]:
        return [type(happening).__name__ for happening in self.heard]


def venue(seed: int = 7, *, dollars: str = "10000", pairs: str = "1000", fee_bps: int = 140) -> Venue:
    """An exchange with three accounts that have dollars and pairs of the main market."""
    rng = random.Random(seed)
    listed = build_catalogue(rng, START_MS).events
    charged = [
        replace(event, markets=tuple(replace(row, fee_taker_bps=fee_bps) for row in event.markets))
        for event in listed
    ]
    built = _open(Catalogue(charged), rng)
    for wallet in WALLETS:
        built.exchange.open_account(wallet, f"{wallet}-vault", D(dollars))
        if D(pairs):
            built.exchange.split(wallet, built.symbol, D(pairs))
    built.heard.clear()
    return built


def replay_venue(seed: int = 7) -> Venue:
    """An exchange of recorded markets."""
    rng = random.Random(seed)
    return _open(catalogue_for_replay(rng, START_MS), rng)


def _open(catalogue: Catalogue, rng: random.Random) -> Venue:
    built = Venue(Exchange(catalogue, Scheduler(START_MS), rng))
    built.exchange.listen(built.heard.append)
    return built


def shown(book: TokenBook) -> Shown:
    """A token's book as a mapping, checked to be sorted best first and never empty at a level."""
    bids, asks = book.bids(), book.asks()
    assert [level.price for level in bids] == sorted((level.price for level in bids), reverse=True)
    assert [level.price for level in asks] == sorted(level.price for level in asks)
    found = {("bid", level.price): (level.quantity, level.count) for level in bids}
    found |= {("ask", level.price): (level.quantity, level.count) for level in asks}
    assert all(quantity > 0 and count > 0 for quantity, count in found.values())
    return found


def applied(before: Shown, changed: BookChanged) -> Shown:
    """What a client holds after applying one change to what it held before."""
    after = dict(before)
    for change in changed.changes:
        if change.quantity:
            after[change.side, change.price] = (change.quantity, change.count)
        else:
            assert change.count == 0
            del after[change.side, change.price]  # a level that was never there cannot go
    return after
