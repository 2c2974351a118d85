"""The tape on a screen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from psdash.account.fills import Fill, FillStore
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.panes.tape import TapePane
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.tape import Aggressor, Print
from tests.screens.stand import Refreshes, colors_of, line_with, moved, screen_of, settle, standing
from tests.support.boards import FINAL, NOW_MS, NOW_S, cents, live

SIZE = (44, 14)
#: 2026-07-15 20:00:00.000 UTC, as the tape writes it.
HOUR = "20:00:0"


def tape_of(
    state: MarketState | None, outcome: int = 0, fills: FillStore | None = None
) -> Callable[[PaintClock], TapePane]:
    def make(clock: PaintClock) -> TapePane:
        pane = TapePane(clock, id="tape")
        pane.show(state, outcome, fills)
        return pane

    return make


def print_(
    at: int, *, price: str = "52", size: str = "120", aggressor: Aggressor = Aggressor.BUY, outcome: int = 0
) -> Print:
    token = FINAL.tokens[outcome]
    return Print(f"t{at}", token, outcome, cents(price), Decimal(size), aggressor, NOW_MS + at)


def printed(count: int) -> MarketState:
    state = MarketState(FINAL)
    for at in range(count):
        state.tape.add(print_(at, size=str(1000 + at)))
    state.freshness[MarketPane.TAPE] = live()
    return state


def rows(pane: TapePane) -> list[str]:
    """The lines of prints."""
    return [line.strip("│").rstrip() for line in screen_of(pane)[2:-1]]


async def test_newest_first_with_time_price_size_value_and_marks() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(7, price="52", size="1240"))
    state.tape.add(print_(1_009, price="48", size="0.5", aggressor=Aggressor.SELL))
    state.tape.add(print_(2_000, price="51", size="12", aggressor=Aggressor.UNKNOWN))
    state.tape.mark_own("t7")
    async with standing(tape_of(state), SIZE) as (_, pane):
        text = screen_of(pane)
        assert "YES tape" in text[0]
        assert "LIVE" in text[0]
        assert "○ matched ● settled" in text[-1]
        assert [line.split() for line in rows(pane)[:3]] == [
            [f"{HOUR}2.000", "·", "51", "12", "$6.12", "○"],
            [f"{HOUR}1.009", "▼", "48", "0.5", "$0.24", "○"],
            [f"{HOUR}0.007", "▲", "52", "1,240", "$644.80", "◆", "○"],
        ]
        # Numbers stand under each other, right aligned.
        ends = {
            line.index(word) + len(word) for line, word in zip(rows(pane), ("12 ", "0.5 ", "1,240 "), strict=False)
        }
        assert len(ends) == 1


async def test_the_other_outcome_is_shown_in_the_terms_of_the_shown_one() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(1, price="47.5", outcome=1, aggressor=Aggressor.BUY))
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        assert rows(pane)[0].split()[1:3] == ["▼", "52.5"]
        pane.show(state, 1)
        await settle(pilot)
        assert "NO tape" in screen_of(pane)[0]
        assert rows(pane)[0].split()[1:3] == ["▲", "47.5"]


async def test_settlement_changes_its_row_in_place_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    state = printed(8)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        asked = Refreshes(pane, monkeypatch)
        state.tape.settle("t5", NOW_MS + 9_000)
        await moved(pilot, pane)
        assert asked.lines == {4}  # frame, names, t7, t6, t5
        assert [line.endswith("●") for line in rows(pane)[:4]] == [False, False, True, False]


async def test_own_fills_are_marked_whichever_way_they_are_known() -> None:
    state, fills = printed(3), FillStore()
    async with standing(tape_of(state, 0, fills), SIZE) as (pilot, pane):
        assert not any("◆" in line for line in rows(pane))
        fills.add(Fill("t1", "o1", OrderSide.BUY, cents(52), Decimal(1001), NOW_MS + 1))
        await moved(pilot, pane)
        assert ["◆" in line for line in rows(pane)[:3]] == [False, True, False]


async def test_scrolling_freezes_the_view_and_counts_what_is_new() -> None:
    state = printed(40)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("down", "down")
        await settle(pilot)
        held = rows(pane)
        assert "1,037" in held[0]
        assert "held, 0 new" in screen_of(pane)[0]
        for at in range(40, 77):
            state.tape.add(print_(at))
        state.tape.settle("t37", NOW_MS)
        await moved(pilot, pane)
        assert "held, 37 new" in screen_of(pane)[0]
        assert [line[:-1] for line in rows(pane)] == [line[:-1] for line in held]
        assert rows(pane)[0].endswith("●")  # what happens to a print is still told
        await pilot.press("home")
        await settle(pilot)
        assert "held" not in screen_of(pane)[0]
        assert rows(pane)[0].startswith(f" {HOUR}0.076")


async def test_scrolling_back_to_the_top_follows_again() -> None:
    state = printed(40)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("up")
        assert not pane.is_held
        await pilot.press("pagedown", "down", "up", "pageup")
        assert not pane.is_held
        await pilot.press("end")
        await settle(pilot)
        assert "1,000" in rows(pane)[-1]


async def test_a_print_that_falls_off_the_tape_stays_in_a_frozen_view() -> None:
    state = printed(20)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("end")
        await settle(pilot)
        held = rows(pane)
        for at in range(100, 5_200):
            state.tape.add(print_(at))
        await moved(pilot, pane)
        assert state.tape.get("t0") is None
        assert rows(pane) == held
        assert "held, 5100 new" in screen_of(pane)[0]


async def test_another_market_does_not_stay_frozen() -> None:
    async with standing(tape_of(printed(40)), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("pagedown")
        pane.show(printed(3))
        await settle(pilot)
        assert not pane.is_held
        assert "1,002" in rows(pane)[0]


async def test_a_tape_that_is_not_live_is_dimmed_and_keeps_its_rows() -> None:
    state = printed(8)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        before, bright = rows(pane), colors_of(pane, 3)
        state.freshness[MarketPane.TAPE] = Freshness(PaneState.RESYNC, "gap", NOW_S, NOW_S)
        await moved(pilot, pane)
        assert rows(pane) == before
        assert "RESYNC: gap" in screen_of(pane)[0]
        assert colors_of(pane, 3) != bright


async def test_an_empty_tape_says_so_only_when_it_knows() -> None:
    state = MarketState(FINAL)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        assert "no prints" not in "".join(screen_of(pane))
        state.freshness[MarketPane.TAPE] = live()
        await moved(pilot, pane)
        assert line_with(pane, "no prints yet")


@pytest.mark.parametrize("width", [16, 22, 26, 30, 34, 40, 44, 60, 120])
async def test_columns_give_way_and_numbers_stay_whole(width: int) -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(1, price="7", size="12345678.25"))
    state.tape.add(print_(2, price="52.3", size="1240"))
    async with standing(tape_of(state), (width, 8)) as (_, pane):
        lines = screen_of(pane)
        assert [len(line) for line in lines] == [width] * 8
        words = [line.split() for line in rows(pane)[:2]]
        assert "52.3" in words[0]
        assert "7.0" in words[1]
        assert {"1,240", "1.2k", "1.24k"} & set(words[0])
        assert {"12.35M", "12.3M", "12M"} & set(words[1])


async def test_a_thousand_prints_between_two_paints_are_one_paint() -> None:
    state = printed(3)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        frames = pane.paint_clock.frames
        for at in range(10, 1_010):
            state.tape.add(print_(at, size=str(at)))
            pane.tell()
        await settle(pilot)
        assert pane.paint_clock.frames == frames + 1
        assert "1,009" in rows(pane)[0]


async def test_a_gap_is_a_row_of_its_own_and_the_foot_counts_what_is_missing() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(0, size="11"))
    state.tape.add(print_(90_000, size="13"))
    state.tape.lost(NOW_MS + 1_000, NOW_MS + 61_000)
    state.tape.overdue(NOW_MS + 61_000)
    async with standing(tape_of(state), SIZE) as (_, pane):
        newest, gap, oldest = rows(pane)[:3]
        assert "13" in newest.split()
        assert gap.strip() == "gap 20:00:01-20:01:01: prints missing"
        assert oldest.split()[-1] == "!"
        foot = screen_of(pane)[-1]
        assert "1 unsettled" in foot
        assert "1 gap" in foot
    async with standing(tape_of(state), (70, 14)) as (_, pane):
        assert rows(pane)[1].strip() == "─ gap 20:00:01-20:01:01: prints may be missing ─"
