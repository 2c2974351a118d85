"""What interrupts the day: freezes, maintenance, pauses, goals, and the end of a match."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from psdash.simulator.actors.episodes import Episodes
from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import Timeline
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.whistle import Whistle
from psdash.simulator.exchange.catalogue import MAIN_SLUG
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening, MarketStatusChanged, PlatformChanged
from psdash.simulator.exchange.listing import MarketRow, MarketStatus
from psdash.simulator.exchange.orders import OrderStatus, RejectCode
from psdash.simulator.world import World, build_world
from tests.unit.simulator.exchange_kit import WALLETS, venue

START_MS = 1_780_000_000_000
MINUTE_MS = 60_000
D = Decimal


Notice = PlatformChanged | MarketStatusChanged


def notices(exchange: Exchange, minutes: int) -> tuple[list[PlatformChanged], list[MarketStatusChanged]]:
    """What the exchange tells of itself and of its markets in the next minutes."""
    heard: list[Happening] = []
    exchange.listen(heard.append)
    exchange.scheduler.run_until(START_MS + minutes * MINUTE_MS)
    return (
        [happening for happening in heard if isinstance(happening, PlatformChanged)],
        [happening for happening in heard if isinstance(happening, MarketStatusChanged)],
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_person_who_watches_six_minutes_meets_one_notice(seed: int) -> None:
    world = build_world(seed, START_MS)
    platform, markets = notices(world.exchange, 7)
    assert [change.frozen for change in platform] == [True, False]
    assert 4 * MINUTE_MS <= platform[0].at_ms - START_MS <= 6 * MINUTE_MS
    assert 10_000 <= platform[1].at_ms - platform[0].at_ms <= 30_000
    assert platform[0].message
    assert platform[1].message is None
    assert [change.status for change in markets] == [MarketStatus.PAUSED, MarketStatus.OPEN]
    main = world.exchange.catalogue.by_slug(MAIN_SLUG)
    assert all(change.symbol != main.symbol for change in markets)


def test_episodes_come_again_all_day_and_never_stop_trading_for_long() -> None:
    made = venue()
    pausable = made.exchange.catalogue.by_slug("spain-vs-france-2026-draw").symbol
    Episodes(made.exchange, Seeds(3), Pulse(), [], [pausable]).start()
    platform, markets = notices(made.exchange, 8 * 60)
    assert sum(change.frozen for change in platform) >= 8
    assert sum(change.maintenance for change in platform) >= 3
    assert all(change.message for change in platform if change.frozen or change.maintenance)
    stops, ends = platform[::2], platform[1::2]
    assert all(not end.frozen and not end.maintenance for end in ends)
    stopped_ms = sum(end.at_ms - stop.at_ms for stop, end in zip(stops, ends, strict=True))
    assert stopped_ms <= 0.02 * 8 * 60 * MINUTE_MS
    assert len(markets) >= 2 * 8 * 4
    assert {change.symbol for change in markets} == {pausable}


def test_nothing_moves_while_the_platform_is_frozen_and_everything_does_after() -> None:
    world = build_world(5, START_MS)
    changed: dict[bool, int] = defaultdict(int)

    def hear(happening: Happening) -> None:
        if isinstance(happening, BookChanged):
            changed[world.exchange.platform.frozen] += 1

    world.exchange.set_platform(frozen=True, maintenance=False, message="for a moment")
    world.exchange.listen(hear)
    world.scheduler.run_until(START_MS + 20_000)
    assert changed == {}
    world.exchange.set_platform(frozen=False, maintenance=False, message=None)
    world.scheduler.run_until(START_MS + 40_000)
    assert changed[False] > 500


def test_a_paused_market_keeps_its_book_and_goes_on() -> None:
    world = build_world(5, START_MS)
    row = world.flows[1].row
    book = world.exchange.token_book(row.yes_token_id)
    world.exchange.set_market_status(row.symbol, MarketStatus.PAUSED)
    kept, seq = book.bids(), book.seq
    world.scheduler.run_until(START_MS + 30_000)
    assert book.bids() == kept
    world.exchange.set_market_status(row.symbol, MarketStatus.OPEN)
    world.scheduler.run_until(START_MS + 60_000)
    assert book.seq > seq + 10


def near(world: World, row: MarketRow) -> dict[str, Decimal]:
    """Shares within five cents of the best price, by side."""
    book = world.exchange.token_book(row.yes_token_id)
    return {
        side: sum((level.quantity for level in levels if abs(level.price - levels[0].price) <= D("0.05")), D(0))
        for side, levels in (("bid", book.bids()), ("ask", book.asks()))
    }


def test_a_goal_shakes_every_market_of_the_event() -> None:
    world = build_world(7, START_MS)
    exchange, main = world.exchange, world.exchange.catalogue.by_slug(MAIN_SLUG)
    thin = exchange.catalogue.by_slug("spain-vs-france-2026-both-score")
    event = [flow.row for flow in world.flows if flow.row.event_id == main.event_id]
    before: dict[str, int] = defaultdict(int)
    after: dict[str, int] = defaultdict(int)
    counted = before

    def hear(happening: Happening) -> None:
        if isinstance(happening, BookChanged) and not happening.outcome_index:
            counted[happening.symbol] += len(happening.changes)

    exchange.listen(hear)
    world.scheduler.run_until(START_MS + 30_000)
    price, depth = exchange.price(main.symbol), near(world, main)
    counted = after
    world.goal()
    widest = D(0)
    shallowest = dict(depth)
    for step in range(1, 21):
        world.scheduler.run_until(START_MS + 30_000 + step * 100)
        book = exchange.token_book(thin.yes_token_id)
        if book.best_bid is not None and book.best_ask is not None:
            widest = max(widest, book.best_ask - book.best_bid)
        shallowest = {side: min(shallowest[side], left) for side, left in near(world, main).items()}
    assert abs(exchange.price(main.symbol) - price) >= D("0.04")
    assert widest >= D("0.15")
    assert min(shallowest[side] / depth[side] for side in depth) <= 0.2
    for row in event[:5]:
        assert after[row.symbol] / 2 >= 3 * before[row.symbol] / 30
    assert after[main.symbol] >= 300
    world.scheduler.run_until(START_MS + 65_000)
    # Recorded: from 31,000 shares to 900, and back above 3,000 after some eighteen seconds.
    assert sum(near(world, main).values()) >= 2 * sum(shallowest.values())
    exchange.check()


def test_the_final_whistle_closes_proposes_and_pays_out() -> None:
    made = venue(dollars="10000", pairs="1000")
    exchange: Exchange = made.exchange
    now_ms = exchange.scheduler.now_ms
    match = Match(exchange.scheduler, Seeds(1), Timeline(now_ms - MINUTE_MS, now_ms + 5 * MINUTE_MS), [0.6])
    wallet = WALLETS[0]
    resting = made.buy(wallet, "0.30", "10")
    dollars = exchange.account(wallet).balance().total
    Whistle(exchange, Pulse(), match, [made.symbol]).start()
    made.wait(6 * MINUTE_MS)
    assert match.beliefs.price(0) > 0.9
    assert exchange.market_status(made.symbol) is MarketStatus.CLOSED
    refused = made.buy(wallet, "0.30", "10")
    assert refused.reject_code is RejectCode.MARKET_NOT_OPEN
    made.wait(5 * MINUTE_MS)
    assert exchange.market_status(made.symbol) is MarketStatus.PENDING_RESOLUTION
    made.wait(10 * MINUTE_MS)
    assert exchange.market_status(made.symbol) is MarketStatus.RESOLVED
    assert exchange.market_state(made.symbol).payout_numerators == ("1", "0")
    assert exchange.order(resting.order_id).status is OrderStatus.CANCELLED_BY_RESOLVE
    assert exchange.account(wallet).balance().total == dollars + 1000
    exchange.check()
