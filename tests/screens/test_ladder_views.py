"""The ladder's other views: its columns, bars, groups, cursor, both outcomes, tints, and the event beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from psdash.account.account import Account
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.glyphs import ASCII
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.ladder import Ladder
from psdash.dashboard.panes.ladder_levels import TINT_S
from psdash.dashboard.screens.event import EventScreen
from psdash.market.board import MarketState
from psdash.market.book import Change, Level, Side
from psdash.market.freshness import Freshness, PaneState
from psdash.market.tape import Aggressor, Print
from psdash.market.ticks import CENT, complement
from tests.screens.stand import Refreshes, Stand, line_with, moved, screen_of, settle, standing, until
from tests.support.boards import FINAL, NOW_MS, NOW_S, cents, fill_book, live, market, order
from tests.support.screens import Stage, text_of
from tests.support.screens import until as until_app

WIDE = (92, 30)
#: What stands on a row besides words: the frame, and the half cells of bars.
BARS = str.maketrans(dict.fromkeys("│▌▐", " "))


def mirrored(*, bid: int = 52, ask: int = 53) -> MarketState:
    """A market whose two books are one."""
    state = MarketState(FINAL)
    fill_book(state, 0, bid=bid, ask=ask)
    mirror(state)
    return state


def mirror(state: MarketState) -> None:
    yes = state.books[0]
    bids, asks = (
        [Level(complement(each.ticks), each.size) for each in yes.levels(side)] for side in (Side.ASK, Side.BID)
    )
    state.books[1].replace(bids, asks, seq=7, venue_ms=NOW_MS, state_hash=None)
    state.book_freshness[1] = live()


def ladder_of(
    state: MarketState, account: Account | None = None, *, view: View | None = None, now_ms: int | None = None
) -> Callable[[PaintClock], Ladder]:
    def make(clock: PaintClock) -> Ladder:
        ladder = Ladder(clock, id="ladder", view=view, wall_ms=None if now_ms is None else lambda: now_ms)
        if account is None:
            ladder.show(state, 0)
        else:
            ladder.show(state, 0, account.orders, account.queues)
        return ladder

    return make


def change(state: MarketState, side: Side, price: int, size: int, *, seq: int = 101, at_ms: int = NOW_MS) -> None:
    state.books[0].apply([Change(side, price * CENT, Decimal(size))], seq=seq, venue_ms=at_ms)


def trade(state: MarketState, number: int, price: int, size: int, aggressor: Aggressor, at_ms: int = NOW_MS) -> None:
    state.tape.add(Print(f"p{number}", FINAL.tokens[0], 0, cents(price), Decimal(size), aggressor, at_ms))


# columns ------------------------------------------------------------------------------------------------------------


async def test_traded_volume_stands_at_its_price_and_leaves_the_window() -> None:
    state = mirrored()
    for number, (price, size, aggressor) in enumerate(
        [(53, 120, Aggressor.BUY), (53, 30, Aggressor.SELL), (51, 7, Aggressor.UNKNOWN), (52, 40, Aggressor.SELL)]
    ):
        trade(state, number, price, size, aggressor, NOW_MS - 299_000 if price == 52 else NOW_MS)
    now_ms = NOW_MS

    def make(clock: PaintClock) -> Ladder:
        ladder = Ladder(clock, id="ladder", wall_ms=lambda: now_ms)
        ladder.show(state, 0)
        return ladder

    async with standing(make, WIDE) as (pilot, ladder):
        assert "5m B|S" in screen_of(ladder)[1]
        assert " 120|30 " in line_with(ladder, " 53 ")
        assert "·7 " in line_with(ladder, " 51 ")
        assert " 0|40 " in line_with(ladder, "52", "|40")
        app = pilot.app
        assert isinstance(app, Stand)
        now_ms += 1_100
        app.now_s += 1.1
        await until(lambda: not any("|40" in line for line in screen_of(ladder)))  # by time alone
        state.tape.lost(NOW_MS - 10_000, NOW_MS - 5_000)
        await moved(pilot, ladder)
        assert "5m?B|S" in screen_of(ladder)[1]


async def test_stacked_and_pulled_stand_beside_the_size_until_the_price_trades() -> None:
    state = mirrored()
    change(state, Side.BID, 50, 1_000)
    async with standing(ladder_of(state), WIDE) as (pilot, ladder):
        base = int(state.flows[0].net(Side.BID, 50 * CENT))
        change(state, Side.BID, 50, 1_250, seq=102)
        change(state, Side.ASK, 60, 0, seq=103)
        await moved(pilot, ladder)
        assert f"{base + 250:+,}" in line_with(ladder, " 50 ")
        assert "-" in line_with(ladder, " 60 ")
        trade(state, 1, 50, 250, Aggressor.SELL, NOW_MS + 9)
        change(state, Side.BID, 50, 1_000, seq=104, at_ms=NOW_MS + 9)
        await moved(pilot, ladder)
        assert f"{base + 250:+,}" not in line_with(ladder, " 50 ")
        assert int(state.flows[0].net(Side.BID, 50 * CENT)) == 0


async def test_own_orders_say_what_is_ahead_and_private_hides_how_much_is_own() -> None:
    state, account, view = mirrored(), Account(), View()
    change(state, Side.BID, 50, 500)
    account.orders.placed(replace(order("a", price=50, size=830), created_ms=NOW_MS))
    account.queues.look([state])
    change(state, Side.BID, 50, 1_330, seq=102)
    async with standing(ladder_of(state, account, view=view), WIDE) as (pilot, ladder):
        assert "◆830 ~500 " in line_with(ladder, " 50 ")
        state.book_freshness[0] = Freshness(PaneState.RESYNC, "gap", NOW_S)
        await moved(pilot, ladder)
        assert "◆830 ? " in line_with(ladder, " 50 ")
        state.book_freshness[0] = live()
        view.is_private = True
        ladder.look_again()
        await settle(pilot)
        assert "◆••• ~500 " in line_with(ladder, " 50 ")


async def test_fewer_columns_are_prices_sizes_and_own() -> None:
    state, account = mirrored(), Account()
    account.orders.placed(order("a", side=OrderSide.SELL, price=55, size=40))
    async with standing(ladder_of(state, account), WIDE) as (pilot, ladder):
        assert "+/-" in screen_of(ladder)[1]
        ladder.next_wish()
        ladder.next_wish()
        await settle(pilot)
        assert ladder.wish == "fewer"
        assert screen_of(ladder)[1].strip("│").split() == ["OWN", "BID", "¢", "ASK", "OWN"]
        assert "◆40" in line_with(ladder, " 55 ")


# bars and groups ----------------------------------------------------------------------------------------------------


def reversed_cells(ladder: Ladder, y: int) -> int:
    """How many cells of a line are in reverse."""
    return sum(len(each.text) for each in ladder.render_line(y) if each.style is not None and each.style.reverse)


async def test_bars_of_what_rests_up_to_a_price_never_shrink_away_from_the_touch() -> None:
    state = mirrored()
    async with standing(ladder_of(state, view=View(glyphs=ASCII)), (120, 26)) as (pilot, ladder):
        pilot.app.theme = "ansi-dark"  # bars as digits and air in reverse, which can be counted
        ladder.swap_bars()
        await settle(pilot)
        assert "cum" in screen_of(ladder)[0]
        rows = screen_of(ladder)[2:-2]
        spread = next(y for y, line in enumerate(rows) if "spread" in line)
        covered = [reversed_cells(ladder, y) for y in range(2, 2 + len(rows))]
        bids = [cells for cells in covered[spread + 1 :] if cells]
        asks = [cells for cells in covered[:spread] if cells][::-1]
        for lengths in (bids, asks):
            assert len(lengths) > 5
            assert lengths == sorted(lengths)
            assert lengths[0] < lengths[-1]


async def test_groups_are_sums_and_never_hide_the_touch() -> None:
    state, account = mirrored(), Account()
    account.orders.placed(order("a", price=48, size=100))
    account.orders.placed(order("b", price=46, size=50))
    trade(state, 1, 53, 9, Aggressor.BUY)
    async with standing(ladder_of(state, account), (60, 30)) as (pilot, ladder):
        ladder.focus()
        ladder.next_group()
        ladder.next_group()
        await settle(pilot)
        book = state.books[0]
        assert "5¢" in screen_of(ladder)[0]
        assert line_with(ladder, "52 / 53", "spread 1")
        for price, side, inside in ((45, Side.BID, range(45, 50)), (60, Side.ASK, range(56, 61))):
            total = sum(book.size_at(side, each * CENT) or 0 for each in inside)
            assert f"{total:,.0f}" in line_with(ladder, f" {price} ")
        assert "◆150" in line_with(ladder, " 45 ")
        assert "last 9 ▲" in line_with(ladder, " 55 ")
        ladder.next_group()
        await settle(pilot)
        assert line_with(ladder, "spread 1", "mid 52.5")


# the cursor ---------------------------------------------------------------------------------------------------------


async def test_the_cursor_reads_out_and_moves_with_the_keys() -> None:
    state = mirrored()
    state.books[0].replace(
        [Level(52 * CENT, Decimal(10))],
        [Level(53 * CENT, Decimal(100)), Level(55 * CENT, Decimal(300))],
        seq=200,
        venue_ms=NOW_MS,
        state_hash=None,
    )
    async with standing(ladder_of(state), (60, 26)) as (pilot, ladder):
        ladder.focus()
        assert line_with(ladder, "bids 10", "400 asks")
        await pilot.press("c")
        await settle(pilot)
        assert line_with(ladder, "buy 100 to 53 for $53.00 avg 53.00")
        await pilot.press("up", "k")
        await settle(pilot)
        assert line_with(ladder, "buy 400 to 55 for $218.00 avg 54.50")
        assert "▸" in line_with(ladder, " ▸55 ")
        assert "held" not in screen_of(ladder)[0]
        await pilot.press("down", "down", "down")
        await settle(pilot)
        assert line_with(ladder, "sell 10 to 52 for $5.20 avg 52.00")
        await pilot.press("pageup", "pageup", "pageup", "pageup", "pageup", "pageup")
        await settle(pilot)
        assert line_with(ladder, "buy 400 to 99 ")
        assert "held" in screen_of(ladder)[0]
        await pilot.press("escape")
        await settle(pilot)
        assert line_with(ladder, "400 asks")


async def test_the_cursor_tells_of_own_orders_and_of_trades() -> None:
    state, account = mirrored(), Account()
    change(state, Side.BID, 52, 1_000)
    account.orders.placed(replace(order("a", price=52, size=830), created_ms=NOW_MS))
    account.queues.look([state])
    change(state, Side.BID, 52, 1_830, seq=102)
    trade(state, 1, 51, 40, Aggressor.SELL)
    async with standing(ladder_of(state, account, now_ms=NOW_MS), (44, 26)) as (pilot, ladder):
        ladder.focus()
        await pilot.press("space", "down")
        await settle(pilot)
        assert "◆830, about 1,000 ahead" in screen_of(ladder)[-1]
        await pilot.press("down")
        await settle(pilot)
        assert "traded 40 in 5m, 40 in all" in screen_of(ladder)[-1]


async def test_the_words_of_the_foot_fit_or_are_shorter() -> None:
    state, account = mirrored(), Account()
    change(state, Side.BID, 52, 1_000)
    account.orders.placed(replace(order("a", price=52, size=830), created_ms=NOW_MS))
    account.queues.look([state])
    change(state, Side.BID, 52, 1_830, seq=102)
    async with standing(ladder_of(state, account, now_ms=NOW_MS), (60, 26)) as (pilot, ladder):
        ladder.focus()
        await pilot.press("space", "down")
        for width, words in ((60, "◆830, about 1,000 ahead"), (34, "◆830 ~1,000 ahead"), (28, "~1,000 ahead")):
            await pilot.resize_terminal(width, 26)
            await settle(pilot)
            assert f" {words} " in screen_of(ladder)[-1]
            assert "…" not in screen_of(ladder)[-1]


async def test_a_click_sets_the_cursor_and_a_second_one_takes_it_away() -> None:
    async with standing(ladder_of(mirrored()), (60, 26)) as (pilot, ladder):
        y = next(y for y, line in enumerate(screen_of(ladder)) if " 55 " in line)
        await pilot.click(ladder, offset=(10, y))
        await settle(pilot)
        assert line_with(ladder, "▸55")
        await pilot.click(ladder, offset=(10, y))
        await settle(pilot)
        assert not any("▸" in line for line in screen_of(ladder))


# both outcomes ------------------------------------------------------------------------------------------------------


async def test_both_outcomes_of_mirrored_books_are_one_book_told_once() -> None:
    state = mirrored(bid=52, ask=54)
    async with standing(ladder_of(state), (70, 26)) as (pilot, ladder):
        ladder.swap_both()
        await settle(pilot)
        best = state.books[0].best_bid
        assert best is not None
        assert "YES+NO ladder" in screen_of(ladder)[0]
        assert f"{best.size:,.0f}" in line_with(ladder, "52 · 48")
        assert line_with(ladder, "spread 2", "parity +2")
        assert "one book, seen from both" in screen_of(ladder)[-1]
        assert "#100/#7" in screen_of(ladder)[-1]
        state.book_freshness[1] = Freshness(PaneState.STALE, "", NOW_S - 3, NOW_S - 3)
        await moved(pilot, ladder)
        assert "STALE" in screen_of(ladder)[0]


async def test_both_outcomes_of_books_apart_are_added_up() -> None:
    state = MarketState(FINAL)
    rows = (([(50, 10), (48, 5)], [(53, 40)]), ([(46, 7)], [(46, 3), (60, 2)]))
    for book, (bids, asks) in zip(state.books, rows, strict=True):
        sides = ([Level(price * CENT, Decimal(size)) for price, size in each] for each in (bids, asks))
        book.replace(*sides, seq=1, venue_ms=NOW_MS, state_hash=None)
    state.book_freshness[:] = [live(), live()]
    async with standing(ladder_of(state), (70, 30)) as (pilot, ladder):
        ladder.swap_both()
        await settle(pilot)
        assert line_with(ladder, "54 · 46").translate(BARS).split()[-1] == "7"  # a NO bid at 46 is a YES ask at 54
        assert line_with(ladder, "40 · 60").translate(BARS).split()[0] == "2"  # a NO ask at 60 is a YES bid at 40
        assert any("parity -1" in line for line in screen_of(ladder)) or line_with(ladder, "crossed")
        assert "two books, added up" in screen_of(ladder)[-1]


# tints --------------------------------------------------------------------------------------------------------------


async def test_a_row_tints_when_its_own_size_changed_and_no_longer_than_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = mirrored()
    async with standing(ladder_of(state), (60, 26)) as (pilot, ladder):
        y = next(y for y, line in enumerate(screen_of(ladder)) if " 49 " in line)
        grounds = grounds_of(ladder, y)
        change(state, Side.BID, 49, 4_321)
        await moved(pilot, ladder)
        assert grounds_of(ladder, y) - grounds
        app = pilot.app
        assert isinstance(app, Stand)
        asked = Refreshes(ladder, monkeypatch)
        app.now_s += TINT_S
        await until(lambda: bool(asked.lines))
        assert asked.lines == {y}
        assert not grounds_of(ladder, y) - grounds


async def test_nothing_tints_without_motion_nor_when_another_book_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    state, view = mirrored(), View(has_motion=False)
    async with standing(ladder_of(state, view=view), (60, 26)) as (pilot, ladder):
        y = next(y for y, line in enumerate(screen_of(ladder)) if " 49 " in line)
        grounds = grounds_of(ladder, y)
        change(state, Side.BID, 49, 4_321)
        await moved(pilot, ladder)
        assert not grounds_of(ladder, y) - grounds
        view.has_motion = True
        fill_book(state, 0, seed=5, seq=300)  # a snapshot after a gap: nobody saw what changed when
        await moved(pilot, ladder)
        assert not grounds_of(ladder, y) - grounds


def grounds_of(ladder: Ladder, y: int) -> set[str]:
    """The colours behind a line."""
    strip = ladder.render_lines(ladder.region.reset_offset)[y]
    return {str(segment.style.bgcolor) for segment in strip if segment.style and segment.style.bgcolor}


# the screen ---------------------------------------------------------------------------------------------------------


async def test_the_keys_reach_the_ladder_from_any_pane() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        ladder = stage.app.dashboard.ladder
        await pilot.press("2")
        before = ladder.size.width
        await pilot.press("w")
        await until_app(pilot, lambda: ladder.size.width > before, "a wider ladder")
        await pilot.press("w")
        await until_app(pilot, lambda: ladder.size.width < before, "a narrower ladder")
        await pilot.press("w", "v", "B")
        await until_app(pilot, lambda: ladder.wants_both, "both outcomes")
        assert ladder.size.width == before
        assert ladder.bars == "cumulative"
        assert stage.app.bridge._is_both


CUP = [
    replace(market(f"cup-{name}", f"{name} wins [b]the cup[/b]", event="Cup [i]2026", group=name), is_neg_risk=True)
    for name in ("spain", "france", "brazil")
]


async def test_the_event_shows_every_outcome_and_the_sums() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        app, board = stage.app, stage.board
        for each, (bid, ask) in zip(CUP, ((30, 33), (20, 24), (40, 44)), strict=True):
            fill_book(board.watch(each), 0, bid=bid, ask=ask)
        app.dashboard.show_market("cup-france")
        await until_app(pilot, lambda: app.dashboard.slug == "cup-france", "the market")
        await pilot.press("E")
        await until_app(pilot, lambda: isinstance(app.screen, EventScreen), "the event")
        await until_app(pilot, lambda: "sum of all" in text_of(app), "the sums")
        lines = text_of(app).splitlines()
        row = next(line for line in lines if "sum of all" in line)
        assert row.strip("│ ").split()[3:] == ["90", "101"]
        assert "Cup [i]2026" in text_of(app)
        assert any("▸" in line and "france" in line for line in lines)
        assert "buying every outcome: +1" in text_of(app)
        fill_book(board.watch(CUP[0]), 0, bid=28, ask=30, seq=101)
        app.bridge.tell_all()
        await until_app(pilot, lambda: "buying every outcome: -2" in text_of(app), "what all of them cost now")
        assert set(app.session._watched()) >= {each.slug for each in CUP}
        await pilot.press("down", "enter")
        await until_app(pilot, lambda: app.dashboard.slug == "cup-brazil", "the chosen market")
        assert not app.session._together
