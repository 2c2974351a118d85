"""The tape on a screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from psdash.account.fills import Fill, FillStore
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.tape import TapePane
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.tape import Aggressor, Print
from tests.screens.stand import Refreshes, colors_of, line_with, moved, screen_of, settle, standing
from tests.support.boards import FINAL, NOW_MS, NOW_S, cents, live

SIZE = (52, 14)
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
        assert asked.lines == {4, SIZE[1] - 1}  # frame, names, t7, t6, t5; the foot counts what is not settled
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
        assert "1,039" in held[0]
        assert screen_of(pane)[4].startswith("▸")  # frame, names, and two rows down
        assert "held, 0 new" in screen_of(pane)[0]
        for at in range(40, 77):
            state.tape.add(print_(at))
        state.tape.settle("t39", NOW_MS)
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
    async with standing(tape_of(state), (44, 14)) as (_, pane):
        newest, gap, oldest = rows(pane)[:3]
        assert "13" in newest.split()
        assert gap.strip() == "gap 20:00:01-20:01:01: prints missing"
        assert oldest.split()[-1] == "!"
        foot = screen_of(pane)[-1]
        assert "1 unsettled" in foot
        assert "1 gap" in foot
    async with standing(tape_of(state), (70, 14)) as (_, pane):
        assert rows(pane)[1].strip() == "─ gap 20:00:01-20:01:01: prints may be missing ─"


# sweeps, sizes, windows ---------------------------------------------------------------------------------------------


def sweep(state: MarketState, at: int, *prices: str, size: str = "100", aggressor: Aggressor = Aggressor.BUY) -> None:
    """Prints of one moment, `at` ms after now."""
    for number, price in enumerate(prices):
        token = FINAL.tokens[0]
        trade = Print(f"s{at}-{number}", token, 0, cents(price), Decimal(size), aggressor, NOW_MS + at)
        state.tape.add(trade)


async def test_a_sweep_is_one_row_with_its_ends_size_count_and_value() -> None:
    state = printed(2)
    sweep(state, 5_000, "52", "53", "55")
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        assert rows(pane)[0].split() == [f"{HOUR}5.000", "▲", "52>55", "300", "x3", "$160.00", "○"]
        assert "1,001" in rows(pane)[1]
        state.tape.settle("s5000-0", NOW_MS)
        await moved(pilot, pane)
        assert rows(pane)[0].endswith("○")  # not all of it
        for number in (1, 2):
            state.tape.settle(f"s5000-{number}", NOW_MS)
        await moved(pilot, pane)
        assert rows(pane)[0].endswith("●")
        pane.focus()
        await pilot.press("s")
        await settle(pilot)
        assert [line.split()[2:4] for line in rows(pane)[:3]] == [["55", "100"], ["53", "100"], ["52", "100"]]
        await pilot.press("s")
        await settle(pilot)
        assert "x3" in rows(pane)[0]


async def test_a_sweep_with_an_own_print_in_it_is_marked() -> None:
    state = printed(1)
    sweep(state, 5_000, "52", "53")
    state.tape.mark_own("s5000-0")
    async with standing(tape_of(state), SIZE) as (_, pane):
        assert "◆" in rows(pane)[0]
        assert "◆" not in rows(pane)[1]


async def test_the_size_filter_goes_through_its_steps_and_the_title_says_which() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    for at, size in enumerate(("50", "150", "2500", "12000")):
        state.tape.add(print_(at, size=size))
    sweep(state, 5_000, "52", "53", size="60")  # together large enough for the first step
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        seen = []
        for _ in range(4):
            seen.append((screen_of(pane)[0], [line.split()[3] for line in rows(pane) if HOUR in line]))
            await pilot.press("z")
            await settle(pilot)
        assert [sizes for _, sizes in seen] == [
            ["120", "12,000", "2,500", "150", "50"],
            ["120", "12,000", "2,500", "150"],
            ["12,000", "2,500"],
            ["12,000"],
        ]
        assert "min" not in seen[0][0]
        for (title, _), step in zip(seen[1:], ("min 100 ", "min 1,000 ", "min 10,000 "), strict=True):
            assert step in title
        assert "min" not in screen_of(pane)[0]


async def test_a_filter_that_nothing_passes_says_so() -> None:
    state = printed(3)
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("z", "z", "z")
        await settle(pilot)
        assert line_with(pane, "none of 10,000 or more")


async def test_a_held_view_counts_what_passes_the_filter_only() -> None:
    state = printed(40)  # sizes from 1,000 up
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("z", "z", "down")
        await settle(pilot)
        state.tape.add(print_(100, size="20"))
        state.tape.add(print_(101, size="5000"))
        await moved(pilot, pane)
        assert "min 1,000, held, 1 new" in screen_of(pane)[0]
        await pilot.press("z", "z")
        await moved(pilot, pane)
        assert "held, 2 new" in screen_of(pane)[0]


async def test_the_cursor_keeps_its_print_when_rows_are_merged_or_filtered() -> None:
    state = printed(20)
    sweep(state, 5_000, "52", "53", "54")
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        pane.focus()
        await pilot.press("down", "down")
        await settle(pilot)
        at = next(line for line in screen_of(pane) if line.startswith("▸"))
        await pilot.press("s")
        await settle(pilot)
        assert next(line for line in screen_of(pane) if line.startswith("▸")).split()[1:4] == at.split()[1:4]


async def test_large_prints_stand_out_by_a_sign() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    for at in range(60):
        state.tape.add(print_(at, size="9000" if at == 58 else str(100 + at)))
    async with standing(tape_of(state), SIZE) as (_, pane):
        assert [line.startswith("■") for line in rows(pane)[:3]] == [False, True, False]


def tape_at(state: MarketState, venue_ms: int, outcome: int = 0) -> Callable[[PaintClock], TapePane]:
    def make(clock: PaintClock) -> TapePane:
        pane = TapePane(clock, venue_ms=lambda: venue_ms, id="tape")
        pane.show(state, outcome)
        return pane

    return make


async def test_what_was_bought_and_sold_in_the_last_minutes() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(-400_000, size="7"))  # before both windows
    state.tape.add(print_(-200_000, size="1000", aggressor=Aggressor.SELL))
    state.tape.add(print_(-30_000, size="250"))
    state.tape.add(print_(-20_000, size="40", outcome=1))  # a NO bought is a YES sold
    async with standing(tape_at(state, NOW_MS), (52, 24)) as (_, pane):
        one, five = screen_of(pane)[-3], screen_of(pane)[-2]
        assert [word for word in one.split() if set(word) - set("█─│")] == ["1", "min", "▲", "250", "40", "▼"]
        assert [word for word in five.split() if set(word) - set("█─│")] == ["5", "min", "▲", "250", "1,040", "▼"]
        assert one.count("█") > 4 * one.count("─")
    async with standing(tape_at(state, NOW_MS, 1), (52, 24)) as (_, pane):
        assert "▲ 40" in screen_of(pane)[-3]
        assert "250 ▼" in screen_of(pane)[-3]


async def test_a_window_says_how_far_the_tape_reaches_and_that_prints_are_missing() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(-42_000, size="250"))
    state.tape.add(print_(-2_000, size="250"))
    async with standing(tape_at(state, NOW_MS), SIZE) as (pilot, pane):
        assert "42 s ▲ 500" in screen_of(pane)[-2]
        state.tape.lost(NOW_MS - 30_000, NOW_MS - 10_000)
        pilot.app.now_s += 1  # type: ignore[attr-defined]
        await moved(pilot, pane)
        assert "with gaps" in screen_of(pane)[-2]


async def test_an_idle_window_says_that_nothing_traded() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    state.tape.add(print_(-400_000))
    async with standing(tape_at(state, NOW_MS), SIZE) as (_, pane):
        assert "1 min  nothing traded" in screen_of(pane)[-2]


async def test_matches_that_wait_for_the_chain_are_counted_and_dated() -> None:
    state = MarketState(FINAL)
    state.freshness[MarketPane.TAPE] = live()
    for at in (-9_000, -4_000, -1_000):
        state.tape.add(print_(at))
    async with standing(tape_at(state, NOW_MS), SIZE) as (pilot, pane):
        assert "○ 3 to settle, oldest 9 s" in screen_of(pane)[-1]
        state.tape.settle("t-9000", NOW_MS)
        await moved(pilot, pane)
        assert "○ 2 to settle, oldest 4 s" in screen_of(pane)[-1]
        for at in (-4_000, -1_000):
            state.tape.settle(f"t{at}", NOW_MS)
        await moved(pilot, pane)
        assert "to settle" not in screen_of(pane)[-1]


async def test_own_amounts_are_masked_and_what_is_public_is_not() -> None:
    state = printed(3)
    state.tape.mark_own("t1")
    view = View(is_private=True)

    def make(clock: PaintClock) -> TapePane:
        pane = TapePane(clock, view=view, id="tape")
        pane.show(state)
        return pane

    async with standing(make, SIZE) as (pilot, pane):
        assert ["1,00" in line for line in rows(pane)[:3]] == [True, False, True]
        assert rows(pane)[1].split()[2:] == ["52", "•••", "•••", "◆", "○"]
        table = pane.table()
        assert table.is_masked
        assert [row[5] for row in table.rows] == [Decimal(1002), "hidden", Decimal(1000)]
        view.is_private = False
        pane.look_again()
        await settle(pilot)
        assert "1,001" in rows(pane)[1]


async def test_times_are_in_the_zone_of_the_view_and_its_name_stands_over_them() -> None:
    state = printed(1)

    def make(clock: PaintClock) -> TapePane:
        pane = TapePane(clock, view=View(zone=timezone(timedelta(hours=-4), "EDT")), id="tape")
        pane.show(state)
        return pane

    async with standing(make, SIZE) as (_, pane):
        assert "EDT" in screen_of(pane)[1]
        assert rows(pane)[0].split()[0] == "16:00:00.000"


async def test_the_table_has_every_print_and_a_row_those_of_its_sweep() -> None:
    state = printed(2)
    sweep(state, 5_000, "52", "53")
    state.tape.mark_own("t1")
    async with standing(tape_of(state), SIZE) as (pilot, pane):
        table = pane.table()
        assert [row[-1] for row in table.rows] == ["s5000-1", "s5000-0", "t1", "t0"]
        at = dict(zip(table.names, table.rows[2], strict=True))
        assert at == {
            "time": "2026-07-15T20:00:00.001Z",
            "market": FINAL.slug,
            "outcome": "YES",
            "aggressor": "buy",
            "price": Decimal("0.52"),
            "size": Decimal(1001),
            "value": Decimal("520.52"),
            "own": "own",
            "settlement": "matched",
            "settled_at": None,
            "trade_id": "t1",
        }
        assert [row[-1] for row in pane.row_table().rows] == ["s5000-1", "s5000-0"]
        pane.focus()
        await pilot.press("down")
        assert [row[-1] for row in pane.row_table().rows] == ["t1"]


@pytest.mark.parametrize("size", [(34, 20), (40, 40), (44, 12), (44, 20), (60, 20)])
async def test_the_foot_never_cuts_a_figure(size: tuple[int, int]) -> None:
    state = printed(400)
    state.tape.lost(NOW_MS - 9_000, NOW_MS - 8_000)
    async with standing(tape_at(state, NOW_MS + 60_200), size) as (pilot, pane):
        state.tape.overdue(NOW_MS + 60_200)
        await moved(pilot, pane)
        assert "! 200" in screen_of(pane)[-1]
        assert "…" not in screen_of(pane)[-1]
