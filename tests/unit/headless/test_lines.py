"""What a notice becomes: states and numbers of a line, the held book, gaps, own rows told once, hostile text."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest

from psdash.account.account import AccountPane
from psdash.account.orders import OrderStatus
from psdash.account.pause import Pause
from psdash.gateway.notices import (
    AccountMoved,
    AccountPaneMoved,
    ActivityMoved,
    BookMoved,
    CandlesMoved,
    CatalogueMoved,
    ElsewhereMoved,
    GatewayName,
    LinkChanged,
    LinkState,
    MarketMoved,
    MarketPaneMoved,
    Notice,
    PauseMoved,
    PlatformMoved,
    SettlementFailed,
    Severity,
    SignalsMoved,
    Spoken,
    TapeMoved,
)
from psdash.headless.lines import Lines
from psdash.headless.numbers import number, outcome_name, price_of
from psdash.market.board import MarketPane
from psdash.market.book import Change, Side
from psdash.market.candles import BASE_MS, Candle
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import PlatformStatus
from psdash.market.signals import Signal, SignalKind, SignalLeg
from psdash.market.tape import Aggressor, Print
from tests.support import boards
from tests.support.boards import FINAL, NOW_MS

SLUG = FINAL.slug


class Stage:
    """A filled board and account, and the lines made of them."""

    def __init__(self) -> None:
        self.board = boards.filled_board()
        self.account = boards.filled_account()
        self.account.activity.put("transfer", "t1", stream="mine", now_ms=NOW_MS)
        self.lines = Lines(self.board, self.account, lambda: NOW_MS)
        state = self.board.state(SLUG)
        assert state is not None
        self.state = state

    def say(self, notice: Notice) -> list[dict[str, Any]]:
        return decoded(self.lines.of(notice))


def decoded(lines: list[str]) -> list[dict[str, Any]]:
    rows = []
    for line in lines:
        assert line.endswith("\n")
        assert line.isascii()
        assert line[:-1].isprintable()
        rows.append(json.loads(line))
        assert rows[-1].keys() >= {"event", "pane", "state", "venue_ms", "received_ms"}
        assert rows[-1]["received_ms"] == NOW_MS
    return rows


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [("10", "10"), ("100", "100"), ("0.530000", "0.53"), ("1E+3", "1000"), ("0", "0"), ("0.000001", "0.000001"),
     ("-1.50", "-1.5"), ("12345678901234567890.1", "12345678901234567890.1")],
)  # fmt: skip
def test_numbers_are_plain_digits(value: str, text: str) -> None:
    assert number(Decimal(value)) == text
    assert Decimal(number(Decimal(value))) == Decimal(value)


def test_prices_and_outcomes() -> None:
    assert [price_of(ticks) for ticks in (0, 1, 10_000, 535_000, 1_000_000)] == [
        "0",
        "0.000001",
        "0.01",
        "0.535",
        "1",
    ]
    assert [outcome_name(each) for each in (0, 1, 2, None)] == ["yes", "no", "#2", None]


# --- every notice ------------------------------------------------------------------------------------------------

_HALF = Decimal("0.5")
_SIGNAL = Signal(
    "arb:1",
    SignalKind.ARB,
    "hunt",
    "Fed cuts in March",
    NOW_MS,
    at_ms=NOW_MS - 5,
    legs=(
        SignalLeg("kalshi", "yes", Decimal("0.410"), Decimal(250), Decimal("0.02")),
        SignalLeg("polymarket", "no", Decimal("0.55")),
    ),
    roi_percent=Decimal("2.50"),
)
_CANDLE = Candle(NOW_MS, _HALF, _HALF, _HALF, _HALF, Decimal(3))


@pytest.mark.parametrize(
    ("notice", "event"),
    [
        (BookMoved(SLUG, 0, 100), "book"),
        (TapeMoved(SLUG, settled=("x",)), "settlement"),
        (TapeMoved(SLUG, unsettled=("x",)), "unsettled"),
        (CandlesMoved(SLUG, 0, _CANDLE), "candle"),
        (MarketMoved(SLUG, FINAL.status), "market"),
        (MarketPaneMoved(SLUG, MarketPane.TAPE, boards.live()), "pane"),
        (PlatformMoved(PlatformStatus()), "platform"),
        (AccountMoved(AccountPane.ORDERS), "order"),
        (AccountMoved(AccountPane.FILLS), "fill"),
        (AccountMoved(AccountPane.POSITIONS), "position"),
        (AccountPaneMoved(AccountPane.ORDERS, boards.live()), "pane"),
        (LinkChanged(GatewayName.MARKET, LinkState.BACKOFF, "lost", retry_in_s=1.5), "link"),
        (SettlementFailed("o1", "the vault has too little"), "trade_failed"),
        (PauseMoved(Pause(NOW_MS, until_block=7)), "paused"),
        (PauseMoved(None), "unpaused"),
        (SignalsMoved((_SIGNAL,)), "signal"),
        (SignalsMoved(expired=("gone",)), "signal_expired"),
        (ActivityMoved(), "activity"),
        (Spoken(Severity.ERROR, "words", GatewayName.USER), "notice"),
    ],
)
def test_every_notice_has_a_line(stage: Stage, notice: Notice, event: str) -> None:
    rows = stage.say(notice)
    assert rows
    assert event in {row["event"] for row in rows}


def test_the_table_above_forgets_no_notice() -> None:
    mark = test_every_notice_has_a_line.pytestmark[0]  # type: ignore[attr-defined]
    told = {type(row[0]) for row in mark.args[1]}
    # What a list of markets or another venue's quotes are is asked for, and no event of its own.
    assert told | {CatalogueMoved, ElsewhereMoved} == set(get_args(Notice))


def test_what_is_not_watched_has_none(stage: Stage) -> None:
    assert stage.say(BookMoved("elsewhere", 0, 1)) == []
    assert stage.say(BookMoved(SLUG, 7, 1)) == []
    assert stage.say(TapeMoved("elsewhere")) == []
    assert stage.say(CandlesMoved("elsewhere", 0)) == []


# --- books -------------------------------------------------------------------------------------------------------


def change(stage: Stage, seq: int) -> BookMoved:
    changes = [Change(Side.BID, 520_000, Decimal("7.50"), 2), Change(Side.ASK, 530_000, Decimal(0))]
    stage.state.books[0].apply(changes, seq=seq, venue_ms=NOW_MS + seq)
    return BookMoved(SLUG, 0, seq, changes)


def test_a_whole_book_then_changes_that_chain(stage: Stage) -> None:
    (whole,) = stage.say(BookMoved(SLUG, 0, 100))
    assert (whole["seq"], whole["state"], whole["outcome"], len(whole["bids"])) == (100, "LIVE", "yes", 30)
    (first,) = stage.say(change(stage, 101))
    assert (first["event"], first["seq"], first["prev_seq"], first["venue_ms"]) == (
        "book_change", 101, 100, NOW_MS + 101,
    )  # fmt: skip
    assert first["changes"] == [
        {"side": "bid", "price": "0.52", "size": "7.5", "orders": 2},
        {"side": "ask", "price": "0.53", "size": "0", "orders": None},
    ]
    assert stage.say(change(stage, 105))[0]["prev_seq"] == 101


def test_changes_of_a_book_that_was_never_told_are_the_whole_book(stage: Stage) -> None:
    assert stage.say(change(stage, 101))[0]["event"] == "book"


def test_a_book_that_becomes_live_is_told_as_live_and_before_the_claim(stage: Stage) -> None:
    """The gateway moves the book first and claims LIVE in the same breath."""
    stage.state.book_freshness[0] = Freshness(PaneState.RESYNC, "gap")
    assert stage.say(BookMoved(SLUG, 0, 100)) == []
    fresh = boards.live()
    stage.state.book_freshness[0] = fresh
    book, pane = stage.say(MarketPaneMoved(SLUG, MarketPane.BOOK, fresh, 0))
    assert (book["event"], book["state"]) == ("book", "LIVE")
    assert (pane["event"], pane["state"], pane["seq"]) == ("pane", "LIVE", 100)


@pytest.mark.parametrize(
    "other",
    [
        MarketPaneMoved(SLUG, MarketPane.BOOK, Freshness(PaneState.LIVE), 1),
        MarketPaneMoved(SLUG, MarketPane.TAPE, Freshness(PaneState.LIVE)),
        Spoken(Severity.INFO, "something else"),
        BookMoved(SLUG, 1, 100),
    ],
)
def test_a_book_that_does_not_is_told_with_the_state_it_has(stage: Stage, other: Notice) -> None:
    stage.state.book_freshness[0] = Freshness(PaneState.RESYNC, "gap")
    assert stage.say(BookMoved(SLUG, 0, 100)) == []
    rows = stage.say(other)
    assert (rows[0]["event"], rows[0]["outcome"], rows[0]["state"]) == ("book", "yes", "RESYNC")
    assert len(rows) == 2


def test_a_held_book_waits_no_longer_than_a_tick(stage: Stage) -> None:
    stage.state.book_freshness[0] = Freshness(PaneState.STALE, "read by REST")
    assert stage.say(BookMoved(SLUG, 0, 100)) == []
    assert decoded(stage.lines.tick())[0]["state"] == "STALE"
    assert [row["event"] for row in decoded(stage.lines.tick())] == []


# --- tape, candles, platform -------------------------------------------------------------------------------------


def test_prints_of_one_notice_are_in_the_venue_s_order(stage: Stage) -> None:
    prints = tuple(
        Print(str(at), FINAL.tokens[1], 1, Decimal("0.47"), Decimal(5), Aggressor.SELL, NOW_MS - at)
        for at in range(3)
    )
    rows = stage.say(TapeMoved(SLUG, prints))
    assert [row["trade_id"] for row in rows] == ["2", "1", "0"]
    assert (rows[0]["outcome"], rows[0]["price"], rows[0]["aggressor"], rows[0]["own"]) == (
        "no",
        "0.47",
        "sell",
        False,
    )


def test_a_gap_is_told_when_it_opens_when_it_changes_and_when_it_closes(stage: Stage) -> None:
    stage.state.tape.lost(NOW_MS, NOW_MS + 10_000)
    (gap,) = stage.say(TapeMoved(SLUG))
    assert (gap["event"], gap["from_ms"], gap["to_ms"]) == ("gap", NOW_MS, NOW_MS + 10_000)
    assert stage.say(TapeMoved(SLUG)) == []
    stage.state.tape.lost(NOW_MS + 5_000, NOW_MS + 20_000)
    assert [row["event"] for row in stage.say(TapeMoved(SLUG))] == ["gap_closed", "gap"]
    stage.state.tape.covered(NOW_MS - 1, NOW_MS + 20_001)
    assert [row["event"] for row in stage.say(TapeMoved(SLUG))] == ["gap_closed"]


def test_after_an_outage_the_candles_of_it_are_told_and_no_older_ones(stage: Stage) -> None:
    assert stage.say(CandlesMoved(SLUG, 0)) == []  # the first history is no news
    series = stage.state.candles[0]
    last = series.last
    assert last is not None
    fresh = [replace(last, start_ms=last.start_ms + at * BASE_MS) for at in (1, 2)]
    series.extend(fresh)
    rows = stage.say(CandlesMoved(SLUG, 0))
    assert [row["venue_ms"] for row in rows] == [each.start_ms for each in fresh]
    assert stage.say(CandlesMoved(SLUG, 0)) == []
    assert stage.say(CandlesMoved(SLUG, 0, replace(fresh[-1], volume=Decimal(9))))[0]["volume"] == "9"


def test_the_platform_is_told_by_the_tick_when_its_state_changes(stage: Stage) -> None:
    assert [row["pane"] for row in decoded(stage.lines.tick())] == ["platform"]
    assert stage.lines.tick() == []
    stage.board.platform_freshness = Freshness(PaneState.STALE, "not connected")
    assert decoded(stage.lines.tick())[0]["reason"] == "not connected"


# --- own ---------------------------------------------------------------------------------------------------------


def test_own_rows_are_told_once_and_again_when_they_change(stage: Stage) -> None:
    for pane in AccountPane:
        assert stage.say(AccountMoved(pane))
        assert stage.say(AccountMoved(pane)) == []
    order = stage.account.orders.open[0]
    stage.account.orders.cancelled(order.order_id)
    (row,) = stage.say(AccountMoved(AccountPane.ORDERS))
    assert (row["order_id"], row["status"]) == (order.order_id, OrderStatus.CANCELLED)
    waiting = next(fill for fill in stage.account.fills.newest(100) if fill.settlement == "matched")
    stage.account.fills.settle(waiting.trade_id, NOW_MS)
    rows = stage.say(AccountMoved(AccountPane.FILLS))
    assert {(row["event"], row["settlement"]) for row in rows} == {("fill_update", "settled")}
    held = stage.account.positions.held[0]
    stage.account.positions.set_size(*held.key, Decimal(0), NOW_MS + 1)
    (row,) = stage.say(AccountMoved(AccountPane.POSITIONS))
    assert (row["symbol"], row["size"]) == (held.symbol, "0")


# --- other sources -----------------------------------------------------------------------------------------------


def test_a_signal_is_told_with_its_legs_and_its_figures_as_strings(stage: Stage) -> None:
    stage.say(LinkChanged("hunt", LinkState.LIVE))
    (row,) = stage.say(SignalsMoved((_SIGNAL,)))
    assert (row["kind"], row["title"], row["roi_percent"], row["size"]) == ("arb", "Fed cuts in March", "2.5", None)
    assert (row["pane"], row["state"], row["venue_ms"], row["replay"]) == ("signals", "LIVE", NOW_MS - 5, False)
    assert [(leg["venue"], leg["price"], leg["depth"], leg["fee"]) for leg in row["legs"]] == [
        ("kalshi", "0.41", "250", "0.02"),
        ("polymarket", "0.55", None, None),
    ]
    stage.board.signals.put(_SIGNAL)
    stage.board.signals.expire(_SIGNAL.key, NOW_MS)
    (row,) = stage.say(SignalsMoved(expired=(_SIGNAL.key,)))
    assert (row["event"], row["title"]) == ("signal_expired", "Fed cuts in March")


def test_a_task_is_told_whenever_it_moved_and_not_again(stage: Stage) -> None:
    (row,) = stage.say(ActivityMoved())
    assert (row["kind"], row["task"], row["times"]) == ("transfer", "t1", 1)
    assert stage.say(ActivityMoved()) == []
    stage.account.activity.put("transfer", "t2", stream="mine", now_ms=NOW_MS + 1)
    stage.account.activity.put("transfer", "t1", stream="mine", now_ms=NOW_MS + 2)
    assert [(row["task"], row["times"]) for row in stage.say(ActivityMoved())] == [("t2", 1), ("t1", 2)]
    events = [row["event"] for row in decoded(stage.lines.lost(1, NOW_MS))]
    assert events.count("activity") == 2


# --- a slow reader, and a hostile venue --------------------------------------------------------------------------


def test_after_lost_lines_everything_is_told_as_it_is_and_changes_chain_on(stage: Stage) -> None:
    stage.say(BookMoved(SLUG, 0, 100))
    stage.say(LinkChanged(GatewayName.MARKET, LinkState.LIVE))
    change(stage, 101)  # lost
    rows = decoded(stage.lines.lost(3, NOW_MS - 5))
    assert (rows[0]["event"], rows[0]["lines"], rows[0]["since_ms"]) == ("lost", 3, NOW_MS - 5)
    books = [row for row in rows if row["event"] == "book"]
    assert len(books) == 4
    assert books[0]["seq"] == 101
    assert {"link", "market", "pane", "order", "position"} <= {row["event"] for row in rows}
    assert stage.say(change(stage, 102))[0]["prev_seq"] == 101


def test_no_text_of_a_stranger_reaches_a_terminal(stage: Stage) -> None:
    hostile = "\x1b]52;c;cHduZWQ=\x07\x9b2J\u202e[red]\u0000\n"
    stage.board.catalogue.put([replace(FINAL, title=hostile)])
    stage.state.market = replace(FINAL, title=hostile)
    assert stage.say(MarketMoved(SLUG, FINAL.status))[0]["title"] == hostile
    assert stage.say(Spoken(Severity.INFO, hostile))[0]["text"] == hostile
