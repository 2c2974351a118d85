"""The signals screen: newest first, expiry seen, filters, both legs with what is left, the link copied."""

from __future__ import annotations

from decimal import Decimal

import pytest

from psdash.dashboard.screens.signals import SignalsScreen
from psdash.gateway.notices import ActivityMoved, SignalsMoved
from psdash.market.signals import DIMMED_MS, Signal, SignalKind, SignalLeg
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

URL = "https://kalshi.example/markets/KXA"


def signals() -> list[Signal]:
    legs = (
        SignalLeg("kalshi", "YES", Decimal("0.50"), Decimal(527), Decimal("0.015"), "KXA", URL),
        SignalLeg("polymarket", "NO", Decimal("0.46"), Decimal(900), Decimal(0), "5736"),
    )
    now = boards.NOW_MS
    return [
        Signal("arb", SignalKind.ARB, "predictionhunt", "Ducks float", now, now - 3_000, legs, Decimal("2.56"),
               Decimal(527), url=URL),
        Signal("ev", SignalKind.EV, "predictionhunt", "Boats sink", now, now - 2_000,
               (SignalLeg("kalshi", "YES", Decimal("0.40")),), Decimal("1.20")),
        Signal("smart", SignalKind.SMART, "predictionhunt", "Whales dive", now, now - 9_000,
               (SignalLeg("polymarket", "Yes", Decimal("0.30")),), None, Decimal(20_000), is_replay=True),
        Signal("call", SignalKind.ALPHA, "shuriken", "WIF\x1b[2J [red]", now, now - 1_000),
    ]  # fmt: skip


async def test_the_signals_screen() -> None:
    stage = Stage()
    for signal in signals():
        stage.board.signals.put(signal)
    copied: list[str] = []
    stage.app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("o")
        await until_shown(pilot, "Whales dive")
        titles = ["WIF", "Boats sink", "Ducks float", "Whales dive"]
        order = [next(at for at, line in enumerate(lines_of(stage.app)) if title in line) for title in titles]
        assert order == sorted(order), "newest first"
        assert "\x1b" not in text_of(stage.app)
        assert "replay" in text_of(stage.app)
        # the chosen one, whole: bought for 96c and 1.5c of fees, one of the legs pays a dollar
        await pilot.press("j", "j")
        for words in ("$527.00 can be executed", "$900.00", "fee 1.5c", "costs 96c", "left after both 2.5c", URL):
            await until_shown(pilot, words)
        await pilot.press("y")
        await until(pilot, lambda: copied == [URL], "the link is copied")
        # what comes later does not take the cursor away
        late = signals()[1]
        stage.board.signals.put(Signal("new", late.kind, late.source, "Fish fly", boards.NOW_MS, boards.NOW_MS))
        stage.venue.emit(SignalsMoved())
        await until_shown(pilot, "Fish fly")
        assert "left after both" in text_of(stage.app)
        # filters: a signal that names no figure passes no filter of it
        await pilot.press("r", "r")
        await until_shown(pilot, "ROI 2% or more")
        assert "1 of 5" in text_of(stage.app)
        await pilot.press("c", "z", "z", "z")
        await until_shown(pilot, "size $10,000 or more")
        assert "Whales dive" in text_of(stage.app)
        assert "Ducks float" not in text_of(stage.app)
        await pilot.press("c", "v")
        await until_shown(pilot, "venue kalshi")
        await pilot.press("c", "t")
        await until_shown(pilot, "kind arb")
        # taken back: it dims and says so, and leaves when its time has come
        stage.board.signals.expire("arb", boards.NOW_MS)
        stage.venue.emit(SignalsMoved(expired=("arb",)))
        await until_shown(pilot, "expired")
        stage.wall_ms += DIMMED_MS
        await until_shown(pilot, "no signal passes the filters")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(stage.app.screen, SignalsScreen), "it closes")


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)])
async def test_it_fits_every_terminal(size: tuple[int, int]) -> None:
    stage = Stage()
    for signal in signals():
        stage.board.signals.put(signal)
    async with stage.app.run_test(size=size) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("o")
        await until_shown(pilot, "Boats sink")
        assert "1.20%" in text_of(stage.app)


async def test_activity_says_why_it_is_empty() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("A")
        await until_shown(pilot, "no open source tells of tasks of yours")
        stage.account.activity.put("COPY_TRADE_EXECUTED", "task-1", stream="automation", now_ms=boards.NOW_MS)
        stage.venue.emit(ActivityMoved())
        await until_shown(pilot, "task-1")
