"""Boards and accounts filled by hand: what the screens look at when no gateway runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.account.orders import Order, OrderSide, OrderStatus
from psdash.account.positions import Balance, Position
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Level
from psdash.market.candles import BASE_MS, Candle
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Aggressor, Print, Settlement
from psdash.market.ticks import CENT

#: 2026-07-15 20:00:00 UTC, an arbitrary evening.
NOW_MS: Final = 1_784_145_600_000
NOW_S: Final = 1_000.0


def cents(value: float | int | str) -> Decimal:
    """So many cents as a price in dollars."""
    return Decimal(str(value)) / 100


def token_of(slug: str, outcome: int) -> str:
    """A 77-digit token id, the same for the same market and outcome."""
    return str(random.Random(f"{slug}:{outcome}").randrange(10**76, 10**77))


def market(
    slug: str,
    title: str,
    *,
    event: str = "",
    group: str = "",
    status: MarketStatus = MarketStatus.OPEN,
    labels: tuple[str, str] = ("YES", "NO"),
) -> Market:
    """A market of two outcomes, on chain."""
    return Market(
        slug=slug,
        symbol=slug.upper().replace("-", "_"),
        title=title,
        status=status,
        tokens=(token_of(slug, 0), token_of(slug, 1)),
        outcome_labels=labels,
        condition=f"0x{random.Random(slug).randrange(2**256):064x}",
        event_id=event.lower().replace(" ", "-") or None,
        event=event,
        group=group,
    )


FINAL: Final = market("spain-vs-france-2026-yes", "Spain to beat France", event="Spain vs France", group="Spain")
MARKETS: Final[tuple[Market, ...]] = (
    FINAL,
    market("spain-vs-france-2026-draw", "Draw after 90 minutes", event="Spain vs France", group="Draw"),
    market("france-beat-spain-2026", "France to beat Spain", event="Spain vs France", group="France"),
    market("bitcoin-above-150k-2026", "Bitcoin above $150,000 on 31 December", event="Crypto 2026"),
    market("fed-cuts-in-july", "Fed cuts rates in July", event="Fed, July", status=MarketStatus.PAUSED),
    market("rain-in-london-tomorrow", "Rain in London tomorrow", event="Weather", status=MarketStatus.RESOLVED),
)


def live(since_s: float = NOW_S) -> Freshness:
    """LIVE, proved just now."""
    return Freshness(PaneState.LIVE, since_s=since_s, proved_s=since_s)


def fill_book(
    state: MarketState, outcome: int = 0, *, bid: int = 52, ask: int = 53, seed: int = 1, seq: int = 100
) -> None:
    """Thirty levels a side around a touch given in cents."""
    rng = random.Random(seed)
    bids = [Level((bid - i) * CENT, Decimal(rng.randint(20, 9_000)), rng.randint(1, 9)) for i in range(min(30, bid))]
    asks = [
        Level((ask + i) * CENT, Decimal(rng.randint(20, 9_000)), rng.randint(1, 9)) for i in range(min(30, 99 - ask))
    ]
    state.books[outcome].replace(bids, asks, seq=seq, venue_ms=NOW_MS, state_hash=None)
    state.book_freshness[outcome] = live()


def fill_tape(state: MarketState, count: int = 60, *, seed: int = 2) -> None:
    """Prints of the last minutes, some own, the older ones settled, one without a known aggressor."""
    rng = random.Random(seed)
    for at in range(count):
        state.tape.add(
            Print(
                trade_id=f"{state.market.slug}-{at}",
                token=state.market.tokens[0],
                outcome_index=0,
                price=cents(52 + rng.choice((-1, 0, 0, 1))),
                size=Decimal(rng.randint(1, 4_000)),
                aggressor=Aggressor.UNKNOWN if at == 3 else rng.choice((Aggressor.BUY, Aggressor.SELL)),
                venue_ms=NOW_MS - (count - at) * 1_730,
                settlement=Settlement.SETTLED if at < count - 8 else Settlement.MATCHED,
                is_own=at % 17 == 5,
            )
        )
    state.freshness[MarketPane.TAPE] = live()


def fill_candles(state: MarketState, outcome: int = 0, count: int = 600, *, seed: int = 3) -> None:
    """Five-second candles up to now, with gaps where nothing traded."""
    rng = random.Random(seed)
    price = 52
    end_ms = NOW_MS - NOW_MS % BASE_MS
    for at in range(count):
        if rng.random() < 0.3:
            continue
        path = [price]
        for _ in range(rng.randint(1, 4)):
            path.append(max(2, min(98, path[-1] + rng.choice((-1, 0, 0, 1)))))
        price = path[-1]
        state.candles[outcome].upsert(
            Candle(
                end_ms - (count - at) * BASE_MS,
                cents(path[0]),
                cents(max(path)),
                cents(min(path)),
                cents(price),
                Decimal(rng.randint(1, 3_000)),
            )
        )
    state.freshness[MarketPane.CHART] = live()


def filled_board(markets: Sequence[Market] = MARKETS, watched: int = 2) -> Board:
    """A board whose first `watched` markets are live in every pane."""
    board = Board()
    board.catalogue.put(markets)
    for at, each in enumerate(markets[:watched]):
        state = board.watch(each)
        fill_book(state, 0, bid=52 - 10 * at, ask=53 - 10 * at, seed=at + 1)
        fill_book(state, 1, bid=47 + 10 * at, ask=48 + 10 * at, seed=at + 11)
        fill_tape(state, seed=at + 21)
        fill_candles(state, seed=at + 31)
        state.freshness[MarketPane.STATUS] = live()
    board.platform_freshness = live()
    return board


def order(
    order_id: str,
    in_market: Market = FINAL,
    *,
    side: OrderSide = OrderSide.BUY,
    outcome: int = 0,
    price: int = 50,
    size: int = 1_000,
    filled: int = 0,
    age_ms: int = 60_000,
) -> Order:
    """A resting order."""
    return Order(
        order_id=order_id,
        symbol=in_market.symbol,
        outcome_index=outcome,
        side=side,
        price=cents(price),
        size=Decimal(size),
        filled=Decimal(filled),
        status=OrderStatus.PARTIAL if filled else OrderStatus.OPEN,
        reported_ms=NOW_MS - age_ms,
        created_ms=NOW_MS - age_ms,
        client_order_id=f"mm-{order_id}",
    )


def filled_account(markets: Sequence[Market] = MARKETS) -> Account:
    """A trader with orders in two markets, fills in both states and three positions."""
    account = Account()
    account.wallet, account.vault = "0x" + "ab" * 20, "0x" + "cd" * 20
    account.orders.reconcile(
        [
            order("o1", markets[0], price=50, size=2_000, filled=760, age_ms=754_000),
            order("o2", markets[0], side=OrderSide.SELL, price=55, size=1_500, age_ms=61_000),
            order("o3", markets[1], outcome=1, price=44, size=250, age_ms=8_000),
        ],
        NOW_MS,
    )
    for at in range(9):
        settled = at < 7
        account.fills.add(
            Fill(
                trade_id=f"t{at}",
                order_id="o1" if at % 2 else "o3",
                side=OrderSide.BUY if at % 3 else OrderSide.SELL,
                price=cents(50 + at % 3),
                size=Decimal(100 + 37 * at),
                venue_ms=NOW_MS - (9 - at) * 41_000,
                symbol=markets[at % 2].symbol,
                token=markets[at % 2].tokens[0],
                outcome_index=0,
                settlement=Settlement.SETTLED if settled else Settlement.MATCHED,
                fee=Decimal("0.42") if settled else None,
            )
        )
    account.positions.reconcile(
        [
            Position(markets[0].symbol, 0, Decimal(4_200), Decimal(2_700), cents(47), Decimal("12.5")),
            Position(markets[1].symbol, 1, Decimal(900), Decimal(900), cents(61), None),
            Position(markets[3].symbol, 0, Decimal(150), None, None, None),
        ],
        NOW_MS,
    )
    account.positions.set_balances([Balance("USDC", Decimal("8214.55"), Decimal("1240"))])
    for pane in AccountPane:
        account.freshness[pane] = live()
    return account
