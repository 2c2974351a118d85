"""Book messages at an exact rate."""

from __future__ import annotations

from collections import Counter

import pytest

from psdash.simulator.actors.load import MAX_RATE
from psdash.simulator.exchange.catalogue import MAIN_SLUG
from psdash.simulator.exchange.happenings import BookChanged, Happening
from psdash.simulator.world import World, build_world

START_MS = 1_780_000_000_000


def messages(world: World, seconds: int) -> list[BookChanged]:
    heard: list[Happening] = []
    world.exchange.listen(heard.append)
    world.scheduler.run_until(START_MS + seconds * 1000)
    assert all(isinstance(happening, BookChanged) for happening in heard)
    return [happening for happening in heard if isinstance(happening, BookChanged)]


@pytest.mark.parametrize("rate", [2, 7, 40, 1_000, 3_333])
def test_exactly_so_many_a_second(rate: int) -> None:
    seconds = 4
    heard = messages(build_world(1, START_MS, rate=rate), seconds)
    assert abs(len(heard) - rate * seconds) <= 1 + 2 * rate / 500  # what one lot may hold back
    for second in range(seconds):
        within = sum(START_MS + second * 1000 < each.at_ms <= START_MS + (second + 1) * 1000 for each in heard)
        assert abs(within - rate) <= 2 + 4 * rate / 500


def test_the_most_there_is() -> None:
    heard = messages(build_world(1, START_MS, rate=MAX_RATE), 1)
    assert MAX_RATE * 0.995 <= len(heard) <= MAX_RATE


def test_spread_over_the_event_or_on_one_market() -> None:
    world = build_world(1, START_MS, rate=600)
    spread = Counter(each.token_id for each in messages(world, 2))
    assert len(spread) >= 8
    assert max(spread.values()) - min(spread.values()) <= 2
    world = build_world(1, START_MS, rate=600, rate_slug=MAIN_SLUG)
    row = world.exchange.catalogue.by_slug(MAIN_SLUG)
    assert set(Counter(each.token_id for each in messages(world, 2))) == {row.yes_token_id, row.no_token_id}


def test_every_message_changes_its_book_and_numbers_it() -> None:
    world = build_world(1, START_MS, rate=2_000, rate_slug=MAIN_SLUG)
    row = world.exchange.catalogue.by_slug(MAIN_SLUG)
    book = world.exchange.token_book(row.yes_token_id)
    levels = {
        (side, level.price): level.quantity
        for side, of in (("bid", book.bids()), ("ask", book.asks()))
        for level in of
    }
    seq, touches = book.seq, set()
    for each in messages(world, 3):
        if each.outcome_index:
            continue
        seq += 1
        assert each.seq == seq
        for change in each.changes:
            assert levels.get((change.side, change.price), 0) != change.quantity
            levels[change.side, change.price] = change.quantity
        touches.add(max(price for (side, price), quantity in levels.items() if side == "bid" and quantity))
    assert len(touches) > 1
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert book.best_bid < book.best_ask


def test_the_demo_account_still_has_orders() -> None:
    world = build_world(1, START_MS, rate=100)
    assert world.exchange.open_orders(world.demo.wallet)
    world.exchange.check()


@pytest.mark.parametrize("rate", [0, -1, MAX_RATE + 1])
def test_a_rate_out_of_range_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        build_world(1, START_MS, rate=rate)
