"""The ladder on a screen: what it shows, what it repaints, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from psdash.account.orders import OrderSide, OrderStore
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.themes import THEMES
from psdash.dashboard.panes.ladder import Ladder
from psdash.market.board import MarketState
from psdash.market.book import Change, Side
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Aggressor, Print
from psdash.market.ticks import CENT
from tests.screens.stand import Refreshes, Stand, colors_of, line_with, moved, screen_of, settle, standing, until
from tests.support.boards import FINAL, NOW_MS, NOW_S, cents, fill_book, order

SIZE = (44, 26)
#: What stands on a row besides words: the frame, and the half cells of bars.
BARS = str.maketrans(dict.fromkeys("│▌▐", " "))


def filled(*, bid: int = 52, ask: int = 53) -> MarketState:
    state = MarketState(FINAL)
    fill_book(state, 0, bid=bid, ask=ask)
    fill_book(state, 1, bid=100 - ask, ask=100 - bid, seed=2)
    return state


def ladder_of(
    state: MarketState | None, outcome: int = 0, orders: OrderStore | None = None
) -> Callable[[PaintClock], Ladder]:
    def make(clock: PaintClock) -> Ladder:
        ladder = Ladder(clock, id="ladder")
        ladder.show(state, outcome, orders)
        return ladder

    return make


def change(state: MarketState, side: Side, price: int, size: int, seq: int = 101) -> None:
    state.books[0].apply([Change(side, price * CENT, Decimal(size))], seq=seq, venue_ms=NOW_MS)


def print_at(price: int, size: int, aggressor: Aggressor, *, at: int = 0, outcome: int = 0) -> Print:
    return Print(f"p{at}", FINAL.tokens[outcome], outcome, cents(price), Decimal(size), aggressor, NOW_MS + at)


async def test_it_shows_touch_spread_mid_and_sequence() -> None:
    state = filled(bid=52, ask=54)
    async with standing(ladder_of(state), SIZE) as (_, ladder):
        text = screen_of(ladder)
        assert "YES ladder" in text[0]
        assert "LIVE" in text[0]
        assert "#100" in text[-1]
        at = next(y for y, line in enumerate(text) if "spread 2" in line and "mid 53" in line)
        # Asks over the spread row, bids under it, prices descending one cent a row.
        prices = [int(line[1:-1].split()[index]) for line, index in ((text[at - 1], 0), (text[at + 2], -1))]
        assert prices == [54, 52]
        best_bid, best_ask = state.books[0].best_bid, state.books[0].best_ask
        assert best_bid is not None
        assert best_ask is not None
        assert numbers.shares(best_ask.size, 7) in text[at - 1]
        assert numbers.shares(best_bid.size, 7) in text[at + 2]


async def test_every_price_is_a_row_and_empty_ones_stay() -> None:
    state = filled()
    change(state, Side.ASK, 55, 0)
    async with standing(ladder_of(state), SIZE) as (_, ladder):
        assert line_with(ladder, " 55 ").strip("│").split() == ["55"]


async def test_a_change_draws_its_row_totals_and_the_sequence_again_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        before = screen_of(ladder)
        asked = Refreshes(ladder, monkeypatch)
        change(state, Side.BID, 49, 7)
        await moved(pilot, ladder)
        after = screen_of(ladder)
        changed = {y for y, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]}
        assert asked.lines == changed
        assert len(changed) == 3  # its row, the totals and the sequence
        assert not asked.is_whole
        assert "#101" in after[-1]


async def test_nothing_moved_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing(ladder_of(filled()), SIZE) as (pilot, ladder):
        asked = Refreshes(ladder, monkeypatch)
        await moved(pilot, ladder)
        assert not asked.lines
        assert not asked.is_whole


async def test_what_is_drawn_between_two_paints_is_the_last_painted_state() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (_, ladder):
        before = screen_of(ladder)
        fill_book(state, 0, bid=60, ask=61, seed=9, seq=200)
        ladder.refresh()  # somebody else has the whole widget drawn: a resize, a toast that went away
        assert screen_of(ladder) == before
        ladder.paint(NOW_S)
        after = "\n".join(screen_of(ladder))
        assert "#200" in after
        assert "spread 1" in after


async def test_a_book_that_is_not_live_is_dimmed_at_once_and_keeps_every_row() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        before = screen_of(ladder)
        bright = colors_of(ladder, 5)
        state.book_freshness[0] = Freshness(PaneState.STALE, "link lost; reconnecting", NOW_S - 12, NOW_S - 12)
        await moved(pilot, ladder)
        after = screen_of(ladder)
        assert after[1:-1] == before[1:-1]
        assert "STALE 12 s" in after[0]
        assert "link lost; reconnecting" in after[-1]
        assert colors_of(ladder, 5) != bright
        assert max(map(sum, colors_of(ladder, 5))) < max(map(sum, bright))


async def test_the_age_of_a_stale_book_counts_on_by_itself() -> None:
    state = filled()
    state.book_freshness[0] = Freshness(PaneState.STALE, "", NOW_S - 12, NOW_S - 12)
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        app = pilot.app
        assert isinstance(app, Stand)
        assert "STALE 12 s" in screen_of(ladder)[0]
        app.now_s += 30
        await until(lambda: "STALE 42 s" in screen_of(ladder)[0])


@pytest.mark.parametrize(
    ("freshness", "words"),
    [
        (Freshness(PaneState.SYNCING, since_s=NOW_S), "SYNCING"),
        (Freshness(PaneState.RESYNC, "gap", since_s=NOW_S), "RESYNC: gap"),
        (Freshness(PaneState.CONNECTING, since_s=NOW_S - 65), "CONNECTING 1 min"),
        (Freshness(PaneState.REFUSED, "no such market", since_s=NOW_S), "REFUSED: no such market"),
        (Freshness(PaneState.OFF), "OFF"),
    ],
)
async def test_each_state_has_its_word(freshness: Freshness, words: str) -> None:
    state = filled()
    state.book_freshness[0] = freshness
    async with standing(ladder_of(state), (54, 20)) as (_, ladder):
        assert words in screen_of(ladder)[0]


async def test_before_there_is_a_market_it_says_what_it_was_told() -> None:
    async with standing(ladder_of(None), SIZE) as (pilot, ladder):
        assert "OFF" in screen_of(ladder)[0]
        ladder.say(Freshness(PaneState.REFUSED, "unknown market", since_s=NOW_S))
        await settle(pilot)
        assert "REFUSED" in screen_of(ladder)[0]


async def test_own_orders_of_both_outcomes_stand_on_their_rows() -> None:
    orders = OrderStore()
    for each in (
        order("a", price=50, size=1_000, filled=240),
        order("b", price=50, size=40),
        order("c", side=OrderSide.SELL, price=56, size=12_500),
        order("d", outcome=1, price=43, size=75),  # a NO bid at 43 is a YES ask at 57
        order("e", outcome=1, side=OrderSide.SELL, price=51, size=8),  # a NO ask at 51 is a YES bid at 49
    ):
        orders.placed(each)
    state = filled()
    async with standing(ladder_of(state, 0, orders), SIZE) as (pilot, ladder):
        half = SIZE[0] // 2
        assert "◆800" in line_with(ladder, " 50 ")[:half]
        assert "◆12,500" in line_with(ladder, " 56 ")[half:]
        assert "◆75" in line_with(ladder, " 57 ")[half:]
        assert "◆8" in line_with(ladder, " 49 ")[:half]
        orders.fill("b", Decimal(40), NOW_MS + 5)
        await moved(pilot, ladder)
        assert "◆760" in line_with(ladder, " 50 ")
        ladder.show(state, 1, orders)
        await settle(pilot)
        assert "◆75" in line_with(ladder, " 43 ")[:half]
        assert "◆12,500" in line_with(ladder, " 44 ")[:half]


async def test_the_last_print_stays_marked_until_the_next() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        assert not any("▲" in line or "▼" in line for line in screen_of(ladder))
        state.tape.add(print_at(53, 120, Aggressor.BUY, at=1))
        await moved(pilot, ladder)
        assert "last 120 ▲" in line_with(ladder, "▲", " 53 ")
        state.tape.add(print_at(48, 7, Aggressor.BUY, at=2, outcome=1))  # a NO buy at 48 is a YES sell at 52
        await moved(pilot, ladder)
        assert "▼ last 7" in line_with(ladder, "▼", " 52 ")
        assert not any("▲" in line for line in screen_of(ladder))


async def test_the_last_print_grows_old_by_itself() -> None:
    state = filled()
    wall_ms = NOW_MS + 59_900

    def make(clock: PaintClock) -> Ladder:
        ladder = Ladder(clock, wall_ms=lambda: wall_ms, id="ladder")
        ladder.show(state, 0)
        return ladder

    state.tape.add(print_at(53, 120, Aggressor.BUY))
    async with standing(make, SIZE) as (pilot, ladder):
        y = next(y for y, line in enumerate(screen_of(ladder)) if "last 120 ▲" in line)
        bright = colors_of(ladder, y)
        app = pilot.app
        assert isinstance(app, Stand)
        wall_ms += 200
        app.now_s += 0.2
        await until(lambda: colors_of(ladder, y) != bright)
        assert "last 120 ▲" in screen_of(ladder)[y]


@pytest.mark.parametrize(
    ("status", "words"),
    [(MarketStatus.RESOLVED, "trading has ended"), (MarketStatus.PAUSED, "trading is halted")],
)
async def test_a_market_that_does_not_trade_says_why_its_book_is_empty(status: MarketStatus, words: str) -> None:
    state = filled()
    state.market = replace(FINAL, status=status)
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        assert line_with(ladder, "spread")  # what rests is shown, whatever the status
        state.books[0].replace([], [], seq=300, venue_ms=NOW_MS, state_hash=None)
        await moved(pilot, ladder)
        assert line_with(ladder, "no resting orders")
        assert line_with(ladder, words)
        assert not any("50" in line for line in screen_of(ladder))


async def test_one_side_or_none_is_said_in_words() -> None:
    state = filled()
    book = state.books[0]
    bids, asks = list(book.levels(Side.BID)), list(book.levels(Side.ASK))
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        for kept, words in (
            ((bids, []), ("no asks", "bid 52")),
            (([], asks), ("no bids", "ask 53")),
            (([], []), ("no bids, no asks",)),
        ):
            book.replace(*kept, seq=300, venue_ms=NOW_MS, state_hash=None)
            await moved(pilot, ladder)
            assert line_with(ladder, *words)
        book.clear()
        await moved(pilot, ladder)
        assert line_with(ladder, "no book yet")
        assert "#" not in screen_of(ladder)[-1]


async def test_a_crossed_and_a_locked_book_are_called_so() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        change(state, Side.BID, 53, 10)
        await moved(pilot, ladder)
        assert line_with(ladder, "locked")
        change(state, Side.BID, 54, 10, seq=102)
        await moved(pilot, ladder)
        assert line_with(ladder, "crossed by 1")


async def test_a_finer_tick_makes_finer_rows_that_stay() -> None:
    state = filled()
    async with standing(ladder_of(state), (60, 26)) as (pilot, ladder):
        book = state.books[0]
        book.apply([Change(Side.BID, 52 * CENT + CENT // 10, Decimal(5))], seq=101, venue_ms=NOW_MS)
        await moved(pilot, ladder)
        assert line_with(ladder, "spread 0.9", "mid 52.55")
        assert line_with(ladder, " 52.1 ")
        book.apply([Change(Side.BID, 52 * CENT + CENT // 10, Decimal(0))], seq=102, venue_ms=NOW_MS)
        await moved(pilot, ladder)
        assert line_with(ladder, " 52.1 ")  # rows do not jump back and forth with one level


async def test_the_view_holds_while_the_touch_walks_and_centres_when_it_nears_the_edge() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        top = first_price(ladder)
        fill_book(state, 0, bid=54, ask=55, seq=101)
        await moved(pilot, ladder)
        assert first_price(ladder) == top
        fill_book(state, 0, bid=63, ask=64, seq=102)
        await moved(pilot, ladder)
        assert first_price(ladder) == top + 11
        rows = screen_of(ladder)
        spread = next(y for y, line in enumerate(rows) if "spread" in line)
        assert abs(spread - len(rows) // 2) <= 1


async def test_scrolling_holds_the_view_and_says_so_until_recentred() -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        ladder.focus()
        top = first_price(ladder)
        await pilot.press("up", "up", "down", "pageup")
        await settle(pilot)
        page = len(screen_of(ladder)) - 5
        assert first_price(ladder) == top + 1 + page - 2
        assert "held" in screen_of(ladder)[0]
        assert "m recentres" in screen_of(ladder)[-1]
        fill_book(state, 0, bid=20, ask=21, seq=101)
        await moved(pilot, ladder)
        assert first_price(ladder) == top + 1 + page - 2
        # The spread is out of view, and stands pinned at the edge behind which it is.
        assert "▼" in screen_of(ladder)[-3]
        assert "20 / 21" in screen_of(ladder)[-3]
        ladder.recentre()
        await settle(pilot)
        assert "held" not in screen_of(ladder)[0]
        assert line_with(ladder, "spread 1", "mid 20.5")


async def test_home_and_end_reach_the_ends_of_the_grid() -> None:
    async with standing(ladder_of(filled()), SIZE) as (pilot, ladder):
        ladder.focus()
        await pilot.press("home")
        await settle(pilot)
        assert first_price(ladder) == 99
        await pilot.press("end")
        await settle(pilot)
        assert line_with(ladder, "  1 ")


def first_price(ladder: Ladder) -> int:
    """The highest price in view (no size stands left of an ask's price)."""
    first = next(line for line in screen_of(ladder)[2:] if "/" not in line)
    return int(first.strip("│").split()[0])


async def test_a_hostile_label_is_shown_harmlessly() -> None:
    hostile = replace(FINAL, outcome_labels=("[bold red]\x1b[2J\u202eYES", "NO"))
    state = MarketState(hostile)
    fill_book(state, 0)
    async with standing(ladder_of(state), (60, 20)) as (_, ladder):
        title = screen_of(ladder)[0]
        assert "[bold red]" in title
        assert "\x1b" not in title
        assert "\u202e" not in title


async def test_another_theme_paints_every_row_anew() -> None:
    async with standing(ladder_of(filled()), SIZE) as (pilot, ladder):
        text, before = screen_of(ladder), colors_of(ladder, 5)
        pilot.app.theme = "textual-light"
        await settle(pilot)
        assert screen_of(ladder) == text
        assert colors_of(ladder, 5) != before
        pilot.app.theme = THEMES[0].full_name
        await settle(pilot)
        assert colors_of(ladder, 5) == before


@pytest.mark.parametrize("theme", ["ansi-dark", "textual-dark", "gruvbox"])
async def test_any_theme_of_textual_can_be_worn(theme: str) -> None:
    state = filled()
    async with standing(ladder_of(state), (70, 26)) as (pilot, ladder):
        pilot.app.theme = theme
        await settle(pilot)
        assert line_with(ladder, "spread 1")
        state.book_freshness[0] = Freshness(PaneState.STALE, "", NOW_S, NOW_S)
        await moved(pilot, ladder)
        assert "STALE" in screen_of(ladder)[0]


async def test_it_repaints_at_any_size() -> None:
    state = filled()
    state.books[0].apply(
        [Change(Side.BID, 50 * CENT, Decimal(345_678_901)), Change(Side.ASK, 55 * CENT, Decimal("0.000001"))],
        seq=101,
        venue_ms=NOW_MS,
    )
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        for width, height in ((30, 10), (24, 8), (9, 4), (120, 60), (36, 5), (2, 2), (44, 26)):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            lines = screen_of(ladder)
            assert [len(line) for line in lines] == [width] * height
            if width >= 30 and height >= 10:
                assert "345.7M" in line_with(ladder, " 50 ") or "346M" in line_with(ladder, " 50 ")
                assert "<0.01" in line_with(ladder, " 55 ") or "<.01" in line_with(ladder, " 55 ")


async def test_hidden_it_paints_nothing_and_catches_up_when_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    state = filled()
    async with standing(ladder_of(state), SIZE) as (pilot, ladder):
        ladder.display = False
        await settle(pilot)
        fill_book(state, 0, bid=60, ask=61, seq=500)
        await moved(pilot, ladder)
        ladder.display = True
        await settle(pilot)
        assert "#500" in screen_of(ladder)[-1]
        assert line_with(ladder, "spread 1", "mid 60.5")


async def test_levels_of_the_book_are_all_where_they_belong() -> None:
    state = filled()
    async with standing(ladder_of(state), (44, 110)) as (_, ladder):
        seen: dict[tuple[Side, int], str] = {}
        rows = screen_of(ladder)
        spread = next(y for y, line in enumerate(rows) if "spread" in line)
        for y, line in enumerate(rows[2:-2], start=2):
            cells = line.translate(BARS).replace("■", " ").split()
            if y == spread or len(cells) < 2:
                continue
            if y < spread:
                seen[Side.ASK, int(cells[0])] = cells[1]
            else:
                seen[Side.BID, int(cells[1])] = cells[0]
        wanted = {
            (side, level.ticks // CENT): numbers.shares(level.size, 7)
            for side in Side
            for level in state.books[0].levels(side)
        }
        assert seen == wanted
        assert len(wanted) == 60
