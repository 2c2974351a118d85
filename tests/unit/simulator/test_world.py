"""The assembled world: its past, its determinism, and the worlds that keep still."""

from __future__ import annotations

import hashlib

import pytest

from psdash.simulator.exchange.catalogue import MAIN_SLUG
from psdash.simulator.exchange.happenings import Happening
from psdash.simulator.exchange.listing import Liquidity, MarketStatus
from psdash.simulator.world import HISTORY_MS, build_world

START_MS = 1_780_000_000_000
MINUTE_MS = 60_000


def day(seed: int, seconds: int = 20) -> tuple[str, int]:
    """The hash of everything that happens, and how much that is."""
    world = build_world(seed, START_MS)
    digest, count = hashlib.sha256(), 0

    def hear(happening: Happening) -> None:
        nonlocal count
        count += 1
        digest.update(repr(happening).encode())

    world.exchange.listen(hear)
    world.goal()
    world.scheduler.run_until(START_MS + seconds * 1000)
    return digest.hexdigest(), count


def test_the_same_seed_gives_the_same_day() -> None:
    once, again, other = day(3), day(3), day(4)
    assert once == again
    assert once[0] != other[0]
    assert once[1] > 5_000


def test_it_starts_furnished_and_with_a_past() -> None:
    world = build_world(1, START_MS)
    exchange = world.exchange
    assert world.scheduler.now_ms == START_MS
    assert len(world.flows) >= 10
    for flow in world.flows:
        book = exchange.token_book(flow.row.yes_token_id)
        assert book.bids() or book.asks()
        assert len(exchange.trades(flow.row.symbol)) >= 3
        assert exchange.candles(flow.row.yes_token_id)
    main = exchange.catalogue.by_slug(MAIN_SLUG)
    assert exchange.market_status(main.symbol) is MarketStatus.OPEN
    times = [record.at_ms for record in exchange.trades(main.symbol)]
    assert min(times) <= START_MS - HISTORY_MS + MINUTE_MS
    assert START_MS - MINUTE_MS <= max(times) <= START_MS
    assert len(exchange.candles(main.yes_token_id)) >= 60
    exchange.check()


def test_idle_markets_show_a_stub() -> None:
    world = build_world(1, START_MS)
    idle = world.exchange.catalogue.by_slug("westmark-governor-2026-turnout-60")
    assert idle.liquidity is Liquidity.STATIC
    book = world.exchange.token_book(idle.yes_token_id)
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert 45 <= (book.best_ask - book.best_bid) * 100 <= 50


def test_a_quiet_world_is_furnished_and_keeps_still() -> None:
    world = build_world(1, START_MS, quiet=True)
    assert world.scheduler.now_ms == START_MS
    assert world.exchange.open_orders(world.demo.wallet)
    assert world.exchange.trades_of(world.demo.wallet)
    heard: list[Happening] = []
    world.exchange.listen(heard.append)
    world.scheduler.run_until(START_MS + 30 * MINUTE_MS)
    assert heard == []
    world.exchange.check()


def test_a_closed_world_comes_to_rest() -> None:
    world = build_world(1, START_MS)
    world.close()
    world.scheduler.run_until(START_MS + MINUTE_MS)
    heard: list[Happening] = []
    world.exchange.listen(heard.append)
    world.scheduler.run_until(START_MS + 30 * MINUTE_MS)
    assert heard == []


def test_exclusive_lines_share_one_probability() -> None:
    world = build_world(2, START_MS)
    exclusive = {f"spain-vs-france-2026-{line}" for line in ("yes", "draw", "france")}
    world.goal()
    world.scheduler.run_until(START_MS + 5_000)
    prices = [flow.match.beliefs.price(flow.index) for flow in world.flows if flow.row.slug in exclusive]
    assert len(prices) == 3
    assert sum(prices) == pytest.approx(1)
