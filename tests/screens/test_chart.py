"""The chart pane."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from psdash.gateway.notices import CandlesMoved
from psdash.market.board import MarketPane
from psdash.market.candles import BASE_MS, Candle
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

SIZE = (120, 40)


def next_candle(cents: int, after: int = 1) -> Candle:
    start_ms = boards.NOW_MS - boards.NOW_MS % BASE_MS + after * BASE_MS
    price = boards.cents(cents)
    return Candle(start_ms, price, price, price, price, Decimal(77))


async def test_the_newest_candle_is_read_out_in_figures() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        last = state.candles[0].frame(15_000, 1)[-1]
        assert f"C {last.close * 100:.0f}" in text_of(stage.app)
        assert f"V {last.volume:,}" in text_of(stage.app)
        await until_shown(pilot, "from the venue's 5 s candles")


async def test_it_builds_at_most_twice_a_second_however_many_candles_move() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        chart = stage.app.dashboard.chart
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        stage.now_s += 1
        built = chart.builds
        for at in range(20):
            state.candles[0].upsert(next_candle(30 + at))
            stage.venue.emit(CandlesMoved(boards.FINAL.slug, 0))
            await pilot.pause(0.01)
        await until(pilot, lambda: chart.builds > built, "the first change is drawn at once")
        assert chart.builds == built + 1
        stage.now_s += 0.5
        await until_shown(pilot, "C 49")
        assert chart.builds == built + 2


async def test_nothing_is_built_when_nothing_changed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        chart = stage.app.dashboard.chart
        await until(pilot, lambda: chart.builds > 0, "it is drawn")
        await pilot.pause()
        built = chart.builds
        for _ in range(10):
            stage.now_s += 1
            stage.venue.emit(CandlesMoved(boards.FINAL.slug, 0))
            await pilot.pause(0.01)
        assert chart.builds == built


async def test_the_timeframe_steps_both_ways_and_round() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        for key, frame in (
            ("t", "1m"),
            ("t", "5m"),
            ("T", "1m"),
            ("T", "15s"),
            ("T", "5s"),
            ("T", "1h"),
            ("t", "5s"),
        ):
            await pilot.press(key)
            await until_shown(pilot, f"YES chart {frame} ")


async def test_the_timeframe_key_brings_the_chart_on_where_panes_share_a_place() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "YES chart" not in text_of(stage.app), "the orders are on")
        await pilot.press("t")
        await until_shown(pilot, "YES chart 1m")


async def test_a_market_without_candles_says_so() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("f")
        await until_shown(pilot, "no prints yet")
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        state.candles[1].upsert(next_candle(48))
        stage.venue.emit(CandlesMoved(boards.FINAL.slug, 1))
        await until_shown(pilot, "C 48")


async def test_a_chart_that_is_not_live_says_what_it_waits_for() -> None:
    stage = Stage()
    state = stage.board.state(boards.MARKETS[1].slug)
    assert state is not None
    state.candles = tuple(type(series)() for series in state.candles)
    state.freshness[MarketPane.CHART] = Freshness(PaneState.SYNCING, since_s=stage.now_s)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("]")
        await until_shown(pilot, "waiting for candles")


async def test_a_market_that_is_over_says_why_there_is_nothing_to_draw() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    state.market = replace(boards.FINAL, status=MarketStatus.RESOLVED)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("f")  # nothing was traded in the other outcome
        await until_shown(pilot, "no trades to draw; trading has ended")


async def test_the_right_edge_moves_on_with_the_venues_time_while_nobody_trades() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        chart = stage.app.dashboard.chart
        built = chart.builds
        stage.venue.market.offset_ms = 3_600_000.0
        stage.now_s += 1
        stage.venue.emit(CandlesMoved(boards.FINAL.slug, 0))
        await until(pilot, lambda: chart.builds > built, "another picture")
        await until_shown(pilot, "20:58")
        await until(pilot, lambda: not any("█" in line for line in lines_of(stage.app)[5:20]), "old candles left")
