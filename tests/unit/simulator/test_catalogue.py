from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from psdash.simulator.exchange.catalogue import (
    MAIN_SLUG,
    Catalogue,
    Liquidity,
    MarketStatus,
    build_catalogue,
    catalogue_for_replay,
)
from psdash.simulator.exchange.ids import make_address, make_uuid
from psdash.simulator.exchange.market import TRANSITIONS

START_MS = 1_780_000_000_000


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return build_catalogue(random.Random(7), START_MS)


def test_it_is_wide_enough(catalogue: Catalogue) -> None:
    assert len(catalogue.events) >= 4
    assert len(catalogue.markets) >= 14


def test_the_main_line_is_in_play_with_siblings(catalogue: Catalogue) -> None:
    row = catalogue.by_slug(MAIN_SLUG)
    event = catalogue.event(row.event_id)
    assert row.liquidity is Liquidity.MAIN
    assert row.status is MarketStatus.OPEN
    assert row.kickoff_ms is not None
    assert row.kickoff_ms < START_MS < row.closes_at_ms
    assert sum(line.status is MarketStatus.OPEN for line in event.markets) >= 4


def test_one_event_has_exclusive_outcomes(catalogue: Catalogue) -> None:
    exclusive = [event for event in catalogue.events if all(row.neg_risk for row in event.markets)]
    assert len(exclusive) == 1
    rows = exclusive[0].markets
    assert len(rows) >= 4
    assert all(row.group_item_title for row in rows)
    assert sum(row.fair_value for row in rows) <= 1
    assert not any(row.neg_risk for event in catalogue.events if event not in exclusive for row in event.markets)


def test_every_status_that_a_person_can_meet(catalogue: Catalogue) -> None:
    found = {row.status for row in catalogue.markets}
    private = {MarketStatus.DRAFT, MarketStatus.REJECTED, MarketStatus.PROPOSED, MarketStatus.CANCELLED}
    assert found == set(MarketStatus) - private
    assert set(TRANSITIONS) == set(MarketStatus)
    for row in catalogue.markets:
        final = row.status in (MarketStatus.RESOLVED, MarketStatus.VOIDED)
        assert (row.payout_numerators is not None) == final == (row.resolved_at_ms is not None)
        assert (row.paused_at_ms is not None) == (row.status is MarketStatus.PAUSED)


def test_titles_that_need_care(catalogue: Catalogue) -> None:
    titles = [row.title for row in catalogue.markets]
    assert any("[R] vs [D]" in title for title in titles)
    assert any(not title.isascii() for title in titles)


@pytest.mark.parametrize("replay", [False, True])
def test_ids_have_their_documented_forms(replay: bool) -> None:
    build = catalogue_for_replay if replay else build_catalogue
    built = build(random.Random(3), START_MS)
    for row in built.markets:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row.id)
        assert re.fullmatch(r"0x[0-9a-f]{64}", row.condition_id)
        assert re.fullmatch(r"[1-9][0-9]{76}", row.yes_token_id)
        assert re.fullmatch(r"[1-9][0-9]{76}", row.no_token_id)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.slug)
        assert re.fullmatch(r"[A-Z0-9]+-[A-Z]+-[0-9]{8}", row.symbol)
        assert built.by_token(row.no_token_id) == (row, 1)
        assert built.by_condition(row.condition_id) is built.by_slug(row.slug) is built.market(row.symbol)


def test_the_same_seed_lists_the_same() -> None:
    one, two, other = (build_catalogue(random.Random(seed), START_MS) for seed in (5, 5, 6))
    assert one.events == two.events
    assert {row.yes_token_id for row in one.markets}.isdisjoint(row.yes_token_id for row in other.markets)


def test_the_recorded_final() -> None:
    rows = catalogue_for_replay(random.Random(1), START_MS).markets
    assert [row.slug for row in rows] == [f"stanley-cup-final-game-4-m{index}" for index in range(6)]
    assert all(row.recorded and row.status is MarketStatus.OPEN for row in rows)
    assert [str(row.tick) for row in rows] == ["0.01", "0.01", "0.01", "0.01", "0.001", "0.01"]


def test_a_catalogue_refuses_a_clash(catalogue: Catalogue) -> None:
    event = catalogue.events[0]
    twin = replace(event.markets[1], slug=event.markets[0].slug)
    with pytest.raises(ValueError, match="share"):
        Catalogue([replace(event, markets=(event.markets[0], twin))])


def test_made_ids() -> None:
    rng = random.Random(9)
    for _ in range(50):
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", make_uuid(rng))
        assert re.fullmatch(r"0x[0-9a-f]{40}", make_address(rng))
