"""The chart pane."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from psdash.account.account import AccountPane
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.glyphs import UNICODE
from psdash.dashboard.painting.moments import clock
from psdash.dashboard.painting.privacy import masked
from psdash.gateway.notices import AccountMoved, BookMoved, CandlesMoved, TapeMoved
from psdash.market.board import MarketPane
from psdash.market.book import Side
from psdash.market.candles import BASE_MS, Candle
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Tape
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
        await until_shown(pilot, "venue's 5 s candles")


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
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        state.tape = Tape()
        await pilot.press("f")
        await until_shown(pilot, "no prints yet")
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
    state.tape = Tape()
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("f")  # nothing was traded in the other outcome
        await until_shown(pilot, "no trades to draw; trading")


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


def chart_lines(stage: Stage) -> list[str]:
    """The chart's own lines."""
    region = stage.app.dashboard.chart.region
    return [line[region.x : region.right] for line in lines_of(stage.app)[region.y : region.bottom]]


async def test_a_market_without_candles_has_the_price_line_of_its_prints() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("f")  # nothing was traded in the other outcome
        await until_shown(pilot, "line of prints, no candles")
        last = state.tape.last
        assert last is not None
        assert f"C {(1 - last.price) * 100:.0f} " in text_of(stage.app)
        volume = sum(p.size for p in state.tape.newest(99) if p.venue_ms >= boards.NOW_MS - 15_000)
        assert f"V {volume:,}" in text_of(stage.app)
        state.tape.lost(boards.NOW_MS - 60_000, boards.NOW_MS - 45_000)
        stage.venue.emit(TapeMoved(boards.FINAL.slug))
        stage.now_s += 1
        await until_shown(pilot, f"{UNICODE.stripes} prints may be missing")


async def test_one_key_steps_through_candles_depth_and_heat_map() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await pilot.press("h")
        await until_shown(pilot, "YES depth")
        await until_shown(pilot, "#100")
        await pilot.press("h")
        await until_shown(pilot, "YES heat map 15s")
        await pilot.press("h")
        await until_shown(pilot, "YES chart 15s")


async def test_the_mode_key_brings_the_chart_on_before_it_changes_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "YES chart" not in text_of(stage.app), "the orders are on")
        await pilot.press("h")
        await until_shown(pilot, "YES chart 15s")
        await pilot.press("h")
        await until_shown(pilot, "YES depth")


async def test_the_cursor_reads_candle_after_candle_and_escape_follows_again() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    candles = state.candles[0].frame(15_000, 99)
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await pilot.press("3", "left")
        await until_shown(pilot, "20:00:00 UTC")  # nothing has traded in the newest bucket yet
        await until_shown(pilot, "no prints")
        for back, candle in enumerate(reversed(candles[-5:])):
            await pilot.press("left")
            await until_shown(pilot, f"19:59:{45 - 15 * back:02} UTC" if back < 4 else "19:58:45 UTC")
            figures = [candle.open, candle.high, candle.low, candle.close]
            words = "  ".join(f"{n} {v * 100:.0f}" for n, v in zip("OHLC", figures, strict=True))
            assert f" {words}  V {candle.volume:,} " in text_of(stage.app)
        assert "15s held" in text_of(stage.app)
        assert "Esc follows" in text_of(stage.app)
        await pilot.press("home")
        first = state.candles[0].first
        assert first is not None
        oldest = first.start_ms - first.start_ms % 15_000
        await until_shown(pilot, f"{clock(oldest, UTC)} UTC")
        await pilot.press("end")
        await until_shown(pilot, "20:00:00 UTC")
        await pilot.press("escape")
        await until(pilot, lambda: "held" not in text_of(stage.app), "it follows")
        assert stage.app.dashboard.slug == boards.FINAL.slug  # the arrows did not step to another market


async def test_own_fills_are_read_out_and_masked_in_private() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await until_shown(pilot, "YES chart 15s")
        fill = next(fill for fill in stage.account.fills.newest(9) if fill.symbol == boards.FINAL.symbol)
        await pilot.press("3", *["left"] * (1 + (boards.NOW_MS - fill.venue_ms + 14_999) // 15_000))
        word = "bought" if fill.side is OrderSide.BUY else "sold"
        await until_shown(pilot, f"you {word} {fill.size:,} at {fill.price * 100:.0f}")
        await pilot.press("P")
        await until(pilot, lambda: f"you {word} {fill.size:,}" not in text_of(stage.app), "the amount is masked")
        assert f"you {word} {masked('1', stage.app.view)} at {fill.price * 100:.0f}" in text_of(stage.app)


async def test_orders_and_fills_are_drawn_in() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        labels = [line.rstrip("│ ").rsplit(" ", 1)[-1] for line in chart_lines(stage)]
        assert any(label.startswith(UNICODE.own) for label in labels)
        built = stage.app.dashboard.chart.builds
        stage.account.orders.placed(boards.order("late", price=40))
        stage.now_s += 1
        stage.venue.emit(AccountMoved(AccountPane.ORDERS))
        await until(pilot, lambda: stage.app.dashboard.chart.builds > built, "another picture")
        await until_shown(pilot, f"{UNICODE.own}40")


async def test_depth_adds_up_what_rests_at_a_price_or_better() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    bids = list(state.books[0].levels(Side.BID))
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "h", "left", "left", "left")
        shares = sum(level.size for level in bids[:3])
        dollars = sum(level.size * level.price for level in bids[:3])
        await until_shown(
            pilot, f"sell down to 50  {shares:,}  for ${dollars:,.2f}  average {dollars / shares * 100:.2f}"
        )
        await pilot.press("escape", "right")
        ask = state.books[0].best_ask
        assert ask is not None
        await until_shown(pilot, f"buy up to 53  {ask.size:,}")
        await pilot.press("f")
        await until_shown(pilot, "NO depth")
        no_bids = sum(level.size for level in state.books[1].levels(Side.BID))
        await until_shown(pilot, f"bids {no_bids:,}")


async def test_the_depth_view_follows_the_book_and_the_candles_do_not_look() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        chart = stage.app.dashboard.chart
        await pilot.press("h")
        await until_shown(pilot, "#100")
        boards.fill_book(state, 0, seed=9, seq=123)
        stage.now_s += 1
        stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 123))
        await until(pilot, lambda: any("#123" in line for line in chart_lines(stage)), "the new book")
        await pilot.press("h", "h")
        await until_shown(pilot, "YES chart 15s")
        built = chart.builds
        stage.now_s += 1
        stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 123))
        await pilot.pause(0.05)
        assert chart.builds == built


async def test_the_heat_map_was_recorded_while_something_else_was_shown_and_its_holes_are_striped() -> None:
    stage = Stage()
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    level = next(state.books[0].levels(Side.BID))
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "YES chart 15s")
        for second in range(1, 31):
            state.book_freshness[0] = Freshness(PaneState.LIVE if not 10 <= second < 25 else PaneState.RESYNC)
            stage.wall_ms = boards.NOW_MS + second * 1_000
            stage.app.dashboard._record_depths()
        await pilot.press("T", "3", "h", "h")
        await until_shown(pilot, "YES heat map 5s")
        await until_shown(pilot, f"{UNICODE.stripes} unknown")
        columns = [{line[-8 + at] for line in chart_lines(stage)[2:-2]} for at in range(-4, 0)]
        assert any(column >= {UNICODE.stripes} for column in columns), chart_lines(stage)
        await pilot.press("left", "left", "left", "left")
        await until_shown(pilot, "unknown: book not live")
        await pilot.press("end", "down")
        await until_shown(pilot, f"bid at 52 {level.size:,}")
