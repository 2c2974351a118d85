"""Candles by REST, page by page: how far back, what an outage hid, and what stands in for what nobody kept."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from psdash.gateway.chart_reads import MAX_PAGES
from psdash.gateway.rest import UnreachableError
from psdash.market.candles import BASE_MS, Candle, Origin
from psdash.market.gaps import Gap
from psdash.wire.scalars import _iso_to_ms
from tests.unit.gateway.test_market_reads import NOW_MS, Desk, Route, Venue, candle

DAY_MS = 86_400_000


def history_of(count: int, cap: int = 2_000, every_ms: int = BASE_MS) -> Route:
    """`count` candles up to now, both outcomes, NO the mirror of YES, at most `cap` in a page."""

    def route(params: Mapping[str, str]) -> Any:
        before = _iso_to_ms(params["before"]) if "before" in params else NOW_MS + 1
        starts = [start_ms for n in range(count) if (start_ms := NOW_MS - n * every_ms) < before]
        price = "0.6" if params["outcome"] == "0" else "0.4"
        page = starts[: min(cap, int(params["limit"]))]
        return {"interval": "s5", "candles": [candle(start_ms, price) for start_ms in reversed(page)]}

    return route


def asked(desk: Desk, name: str) -> list[dict[str, str]]:
    return [params for told, params in desk.venue.asked if told == name]


def knowing_the_time(venue: Venue) -> Desk:
    desk = Desk(venue)
    desk.reads._reads.venue_time.saw(NOW_MS + 1_000)
    return desk


async def test_long_history_is_read_page_by_page_and_mirrored() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(5_000)))
    await desk.reads.candles(desk.state, desk.seeds)
    assert [len(series) for series in desk.state.candles] == [5_000, 5_000]
    assert [params["outcome"] for params in asked(desk, "ohlc")] == ["0", "1", "0", "0"]
    hours = desk.state.candles[0].frame(3_600_000, 9)
    assert len(hours) == 7 + (NOW_MS % 3_600_000 < 5_000 * BASE_MS - 6 * 3_600_000)
    assert sum(hour.volume for hour in hours) == 4 * 5_000
    assert {candle.close for candle in desk.state.candles[1].frame(3_600_000, 9)} == {Decimal("0.4")}


async def test_reading_back_ends_somewhere() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(50_000)))
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(desk.state.candles[0]) == MAX_PAGES * 2_000
    assert len(asked(desk, "ohlc")) == MAX_PAGES + 1


async def test_a_short_page_is_the_beginning() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(300)))
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(asked(desk, "ohlc")) == 2


async def test_outcomes_that_are_no_mirrors_are_both_read() -> None:
    def route(params: Mapping[str, str]) -> Any:
        body = history_of(3_000)(params)
        return (
            body if params["outcome"] == "0" else {**body, "candles": [{**c, "low": "0.3"} for c in body["candles"]]}
        )

    desk = knowing_the_time(Venue(ohlc=route))
    await desk.reads.candles(desk.state, desk.seeds)
    assert [params["outcome"] for params in asked(desk, "ohlc")] == ["0", "1", "0", "1"]
    assert [len(series) for series in desk.state.candles] == [3_000, 3_000]


async def test_after_an_outage_only_what_it_hid_is_read_and_nothing_is_missing() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(40_000)))
    flat = Candle(NOW_MS - 3_000 * BASE_MS, *(Decimal("0.6"),) * 4, Decimal(4))
    for series in desk.state.candles:
        series.upsert(flat)
    desk.seeds.went_deaf(NOW_MS - 2_990 * BASE_MS)
    desk.seeds.hears(NOW_MS)
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(asked(desk, "ohlc")) == 3
    assert [list(series.gaps) for series in desk.state.candles] == [[], []]
    assert desk.seeds.chart.deaf_from_ms is None


async def test_what_history_does_not_reach_is_a_gap() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(40_000)))
    old_ms = NOW_MS - 20_000 * BASE_MS
    desk.state.candles[0].upsert(Candle(old_ms, *(Decimal("0.6"),) * 4, Decimal(4)))
    desk.seeds.went_deaf(old_ms + 9)
    desk.seeds.hears(NOW_MS)
    await desk.reads.candles(desk.state, desk.seeds)
    reached_ms = NOW_MS - (MAX_PAGES * 2_000 - 1) * BASE_MS
    assert list(desk.state.candles[0].gaps) == [Gap(old_ms + 9, reached_ms)]


async def test_an_outage_is_a_gap_until_history_answers() -> None:
    desk = knowing_the_time(Venue(ohlc=history_of(300)))
    desk.seeds.went_deaf(NOW_MS - 60_000)
    desk.seeds.hears(NOW_MS - 10_000)
    desk.reads.troubled_chart(desk.state, desk.seeds, UnreachableError("the venue cannot be reached"))
    assert [list(series.gaps) for series in desk.state.candles] == [[Gap(NOW_MS - 60_000, NOW_MS - 10_000)]] * 2
    await desk.reads.candles(desk.state, desk.seeds)
    assert [list(series.gaps) for series in desk.state.candles] == [[], []]


async def test_an_outage_that_a_venue_without_candles_cannot_tell_of_stays_a_gap() -> None:
    desk = knowing_the_time(Venue(price_history=lambda _: {"points": []}))
    desk.seeds.went_deaf(NOW_MS - 60_000)
    desk.seeds.hears(NOW_MS - 10_000)
    await desk.reads.candles(desk.state, desk.seeds)
    assert list(desk.state.candles[0].gaps) == [Gap(NOW_MS - 60_000, NOW_MS - 10_000)]


async def test_the_days_before_the_oldest_candle_are_price_points() -> None:
    def points(params: Mapping[str, str]) -> Any:
        step_ms = {"1d": 1_800_000, "1w": 21_600_000}[params["range"]]
        return {"points": [{"ts": NOW_MS - n * step_ms, "price": "0.55"} for n in range(28)]}

    desk = knowing_the_time(Venue(ohlc=history_of(300), price_history=points))
    await desk.reads.candles(desk.state, desk.seeds)
    hours = desk.state.candles[0].frame(3_600_000, 500)
    origins = [hour.origin for hour in hours]
    assert origins == sorted(origins)  # points, then the venue's candles
    assert hours[0].start_ms < NOW_MS - 6 * DAY_MS
    assert {hour.close for hour in hours if hour.origin is Origin.POINTS} == {Decimal("0.55")}
    mirrored = desk.state.candles[1].frame(3_600_000, 500)
    assert mirrored[0].close == Decimal("0.45")
    assert [params["range"] for params in asked(desk, "price_history")] == ["1w", "1d"]
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(asked(desk, "price_history")) == 2  # once is enough


async def test_a_venue_in_trouble_costs_older_candles_only() -> None:
    pages: list[str] = []

    def route(params: Mapping[str, str]) -> Any:
        pages.append(params["outcome"])
        if len(pages) > 2:
            raise UnreachableError("the venue cannot be reached")
        return history_of(9_000)(params)

    desk = knowing_the_time(Venue(ohlc=route))
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(desk.state.candles[0]) == 2_000
    assert (desk.seeds.chart_done, desk.seeds.chart_note) == (True, "")
