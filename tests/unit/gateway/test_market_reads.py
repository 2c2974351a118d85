"""Tape and candles by REST where the venue is large, odd, deprecated or silent (protocol §7.7, §7.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from psdash.gateway.clock import LoopClock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.market_reads import OVERLAP_MS, MarketReads, Seeds
from psdash.gateway.notices import Notice, TapeMoved
from psdash.gateway.reads import Rest, iso
from psdash.gateway.rest import Answer, NotFoundError, Reader, UnreachableError
from psdash.market.board import MarketState
from psdash.market.candles import Candle
from psdash.market.catalogue import Market
from psdash.market.gaps import Gap
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Aggressor, Print, Settlement
from psdash.wire.scalars import _iso_to_ms

Route = Callable[[Mapping[str, str]], Any]
NOW_MS = 1_778_783_100_000


class Venue(Reader):
    """Answers each sub-resource by a function of its parameters; None is a 404."""

    def __init__(self, **routes: Route) -> None:
        super().__init__("http://127.0.0.1:9", Credential())
        self.routes = routes
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, keyed: bool = True) -> Answer:
        name = path.rsplit("/", 1)[-1].replace("-", "_")
        self.asked.append((name, dict(params or {})))
        body = self.routes[name](params or {}) if name in self.routes else None
        if body is None:
            raise NotFoundError("no such thing", status=404)
        return Answer(json.dumps(body).encode(), None)


class Desk:
    def __init__(self, venue: Venue) -> None:
        self.notices: list[Notice] = []
        self.reviewed: list[MarketState] = []
        market = Market("a-b", "NC26-X", "t", MarketStatus.OPEN, ("11", "22"))
        self.state = MarketState(market)
        self.seeds = Seeds()
        self.venue = venue
        self.counts = FrameCounts()
        self.reads = MarketReads(
            Rest(venue), self.notices.append, LoopClock(), self.reviewed.append, counts=self.counts
        )


def row(n: int, at_ms: int, outcome: int = 0, settled: bool = False) -> dict[str, Any]:
    return {
        "id": f"t{n}",
        "price": "0.52",
        "quantity": "3",
        "createdAt": iso(at_ms),
        "settledAt": iso(at_ms + 5_000) if settled else None,
        "outcomeIndex": outcome,
        "outcomeLabel": "YES",
    }


def tape_of(rows: list[dict[str, Any]], oldest_first: bool = False) -> Route:
    """The route as documented: exclusive bounds, a limit, one order or the other."""

    def route(params: Mapping[str, str]) -> Any:
        after = _iso_to_ms(params["after"]) if "after" in params else -1
        before = _iso_to_ms(params["before"]) if "before" in params else 2**60
        found = [r for r in rows if after < _iso_to_ms(r["createdAt"]) < before]
        found.sort(key=lambda r: r["createdAt"], reverse=not oldest_first)
        return {"symbol": "NC26-X", "trades": found[: int(params["limit"])]}

    return route


async def test_the_first_look_reads_one_page() -> None:
    venue = Venue(trades=tape_of([row(n, NOW_MS + n, settled=n < 5) for n in range(300)]))
    desk = Desk(venue)
    await desk.reads.tape(desk.state, desk.seeds)
    assert len(desk.state.tape) == 200
    assert len(venue.asked) == 1
    assert desk.seeds.tape_done
    assert desk.reviewed == [desk.state]
    (notice,) = desk.notices
    assert isinstance(notice, TapeMoved)
    assert len(notice.prints) == 200


def known(desk: Desk, at_ms: int = NOW_MS) -> None:
    """A tape that ended with one print, at a venue that nobody has listened to since."""
    desk.state.tape.add(Print("t0", "11", 0, Decimal("0.52"), Decimal(3), Aggressor.BUY, at_ms))
    desk.seeds = Seeds.following(desk.state)


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("step_ms", [1, 7, 40])
async def test_a_gap_is_read_back_page_by_page_with_an_overlap(oldest_first: bool, step_ms: int) -> None:
    """Several trades of one millisecond lie on the page's edge: none may fall through."""
    rows = [row(n, NOW_MS + n // 3 * step_ms) for n in range(1_000)]
    venue = Venue(trades=tape_of(rows, oldest_first))
    desk = Desk(venue)
    known(desk)
    await desk.reads.tape(desk.state, desk.seeds)
    assert len(desk.state.tape) == 1_000
    assert desk.state.tape.gaps == []
    assert desk.seeds.tape_note == ""
    assert venue.asked[0][1]["after"] == iso(NOW_MS - OVERLAP_MS)
    kept = desk.state.tape.get("t0")
    assert kept is not None
    assert kept.aggressor is Aggressor.BUY  # REST does not know it, and takes nothing away


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_where_history_does_not_reach_a_gap_stands_on_the_tape(oldest_first: bool) -> None:
    venue = Venue(trades=tape_of([row(n, NOW_MS + n) for n in range(4_600)], oldest_first))
    desk = Desk(venue)
    known(desk)
    desk.seeds.hears(NOW_MS + 4_600)
    await desk.reads.tape(desk.state, desk.seeds)
    assert len(venue.asked) == 20
    (gap,) = desk.state.tape.gaps
    shown = {p.venue_ms for p in desk.state.tape.newest(9_999)}
    assert all(NOW_MS + n in shown or gap.from_ms <= NOW_MS + n <= gap.to_ms for n in range(4_600))
    assert gap.to_ms - gap.from_ms < 1_000
    assert desk.counts.incidents["gaps on the tape"] == 1
    assert desk.seeds.deaf_from_ms is None


async def test_what_was_heard_live_is_no_gap_however_far_history_reaches() -> None:
    venue = Venue(trades=tape_of([row(n, NOW_MS + n) for n in range(4_600)]))
    desk = Desk(venue)
    desk.seeds.tape_read_ms = NOW_MS
    await desk.reads.tape(desk.state, desk.seeds)
    assert desk.state.tape.gaps == []


async def test_a_gap_stands_while_history_is_silent_and_closes_when_it_speaks() -> None:
    venue = Venue(trades=tape_of([row(n, NOW_MS + n) for n in range(10)]))
    desk = Desk(venue)
    known(desk)
    desk.seeds.hears(NOW_MS + 10)
    desk.reads.troubled_tape(desk.state, desk.seeds, NotFoundError("nobody home", status=404))
    assert desk.state.tape.gaps == [Gap(NOW_MS, NOW_MS + 10)]
    # A live print from after the outage must not hide it.
    desk.state.tape.add(Print("t99", "11", 0, Decimal("0.52"), Decimal(3), Aggressor.BUY, NOW_MS + 3_600_000))
    await desk.reads.tape(desk.state, desk.seeds)
    assert desk.state.tape.gaps == []
    assert len(desk.state.tape) == 11


async def test_an_outage_during_a_reading_is_not_forgotten_by_it() -> None:
    desk = Desk(Venue())

    def route(params: Mapping[str, str]) -> Any:
        desk.seeds.went_deaf(NOW_MS + 7)
        return {"symbol": "NC26-X", "trades": []}

    desk.venue.routes["trades"] = route
    desk.seeds.tape_read_ms = NOW_MS
    await desk.reads.tape(desk.state, desk.seeds)
    assert desk.seeds.deaf_from_ms == NOW_MS + 7


async def test_a_page_of_one_millisecond_ends_instead_of_asking_for_ever() -> None:
    venue = Venue(trades=tape_of([row(n, NOW_MS) for n in range(900)]))
    desk = Desk(venue)
    known(desk)
    await desk.reads.tape(desk.state, desk.seeds)
    assert len(venue.asked) <= 3
    assert desk.state.tape.gaps == [Gap(NOW_MS, NOW_MS + 1)]


async def test_rest_tells_a_settlement_that_the_socket_lost() -> None:
    venue = Venue(trades=tape_of([row(1, NOW_MS, settled=True)]))
    desk = Desk(venue)
    desk.state.tape.add(Print("t1", "11", 0, Decimal("0.52"), Decimal(3), Aggressor.SELL, NOW_MS))
    await desk.reads.tape(desk.state, desk.seeds)
    kept = desk.state.tape.get("t1")
    assert kept is not None
    assert kept.settlement is Settlement.SETTLED
    assert desk.notices == [TapeMoved("a-b", settled=("t1",))]


async def test_a_row_of_no_known_outcome_is_left_out() -> None:
    rows = [row(1, NOW_MS), row(2, NOW_MS, outcome=7)]
    desk = Desk(Venue(trades=tape_of(rows)))
    await desk.reads.tape(desk.state, desk.seeds)
    assert [p.trade_id for p in desk.state.tape.newest(9)] == ["t1"]


def candle(start_ms: int, price: str, **more: Any) -> dict[str, Any]:
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return {"bucketStartMs": start_ms, **prices, "volume": "4", **more}


async def test_candles_of_each_outcome() -> None:
    venue = Venue(ohlc=lambda p: {"candles": [candle(NOW_MS, "0.6" if p["outcome"] == "0" else "0.4")]})
    desk = Desk(venue)
    await desk.reads.candles(desk.state, desk.seeds)
    closes = [series.last and series.last.close for series in desk.state.candles]
    assert closes == [Decimal("0.6"), Decimal("0.4")]
    assert (desk.seeds.chart_done, desk.seeds.chart_note) == (True, "")


async def test_a_route_that_ignores_the_outcome_is_mirrored() -> None:
    body = {"candles": [{**candle(NOW_MS, "0.6"), "high": "0.7", "low": "0.5"}]}
    desk = Desk(Venue(ohlc=lambda _: body))
    await desk.reads.candles(desk.state, desk.seeds)
    assert desk.state.candles[1].last == Candle(
        NOW_MS, Decimal("0.4"), Decimal("0.5"), Decimal("0.3"), Decimal("0.4"), Decimal(4)
    )


async def test_an_ignored_outcome_is_seen_though_the_newest_candle_moves_between_the_readings() -> None:
    asked: list[str] = []

    def ohlc(params: Mapping[str, str]) -> Any:
        asked.append(params["outcome"])
        return {"candles": [candle(NOW_MS, "0.6"), candle(NOW_MS + 5_000, f"0.{60 + len(asked)}")]}

    desk = Desk(Venue(ohlc=ohlc))
    await desk.reads.candles(desk.state, desk.seeds)
    assert asked == ["0", "1"]
    assert [c.close for c in desk.state.candles[1].frame(5_000, 9)] == [Decimal("0.4"), Decimal("0.39")]


async def test_a_no_side_that_once_traded_at_the_same_price_is_not_mirrored() -> None:
    def ohlc(params: Mapping[str, str]) -> Any:
        return {
            "candles": [candle(NOW_MS, "0.5"), candle(NOW_MS + 5_000, "0.6" if params["outcome"] == "0" else "0.4")]
        }

    desk = Desk(Venue(ohlc=ohlc))
    desk.reads._reads.venue_time.saw(NOW_MS + 60_000)
    await desk.reads.candles(desk.state, desk.seeds)
    assert [c.close for c in desk.state.candles[1].frame(5_000, 9)] == [Decimal("0.5"), Decimal("0.4")]


async def test_candles_of_another_interval_are_not_drawn_as_five_seconds() -> None:
    desk = Desk(Venue(ohlc=lambda _: {"interval": "m1", "candles": [candle(NOW_MS, "0.6")]}))
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(desk.state.candles[0]) == 0
    assert "without volume" in desk.seeds.chart_note


async def test_rows_that_name_their_outcome_are_sorted_out() -> None:
    body = {"candles": [candle(NOW_MS, "0.6", outcome=0), candle(NOW_MS, "0.4", outcome=1)]}
    desk = Desk(Venue(ohlc=lambda _: body))
    await desk.reads.candles(desk.state, desk.seeds)
    assert [series.last and series.last.close for series in desk.state.candles] == [Decimal("0.6"), Decimal("0.4")]


async def test_the_sockets_own_candles_are_not_overwritten() -> None:
    desk = Desk(Venue(ohlc=lambda _: {"candles": [candle(NOW_MS, "0.6"), candle(NOW_MS + 5_000, "0.6")]}))
    price = Decimal("0.9")
    live = Candle(NOW_MS + 5_000, price, price, price, price, Decimal(1))
    desk.state.candles[0].upsert(live)
    desk.seeds.live_from_ms[0] = NOW_MS + 5_000
    await desk.reads.candles(desk.state, desk.seeds)
    assert desk.state.candles[0].last == live
    assert len(desk.state.candles[0]) == 2


@pytest.mark.parametrize("ohlc", [lambda _: None, lambda _: {"nonsense": 1}, lambda _: {"candles": [{"t": "x"}]}])
async def test_without_candles_the_price_points_are_drawn_and_it_is_said(ohlc: Route) -> None:
    points = [{"ts": NOW_MS + n * 1_000, "price": f"0.{50 + n}"} for n in range(10)] + [{"ts": NOW_MS, "price": None}]
    venue = Venue(ohlc=ohlc, price_history=lambda p: {"points": points if p["range"] == "live" else []})
    desk = Desk(venue)
    await desk.reads.candles(desk.state, desk.seeds)
    assert "without volume" in desk.seeds.chart_note
    yes = desk.state.candles[0].frame(5_000, 10)
    assert [(c.open, c.close, c.volume) for c in yes] == [
        (Decimal("0.50"), Decimal("0.54"), Decimal(0)),
        (Decimal("0.55"), Decimal("0.59"), Decimal(0)),
    ]
    last = desk.state.candles[1].last
    assert last is not None
    assert last.close == Decimal("0.41")


async def test_neither_candles_nor_points_is_an_empty_chart() -> None:
    desk = Desk(Venue())
    await desk.reads.candles(desk.state, desk.seeds)
    assert desk.seeds.chart_done
    assert len(desk.state.candles[0]) == 0


async def test_trouble_is_noted_and_live_data_goes_on() -> None:
    desk = Desk(Venue())
    desk.reads.troubled_tape(desk.state, desk.seeds, UnreachableError("the venue cannot be reached"))
    desk.reads.troubled_chart(desk.state, desk.seeds, UnreachableError("the venue cannot be reached"))
    assert desk.seeds.tape_note == desk.seeds.chart_note == "no history: the venue cannot be reached"


async def test_a_reading_that_was_begun_in_another_session_proves_nothing_in_this_one() -> None:
    def another_session(body: dict[str, Any]) -> Route:
        def route(params: Mapping[str, str]) -> Any:
            desk.seeds.session += 1
            return body

        return route

    ohlc = {"interval": "s5", "candles": [candle(NOW_MS, "0.5")]}
    venue = Venue(
        trades=another_session({"symbol": "NC26-X", "trades": [row(1, NOW_MS)]}), ohlc=another_session(ohlc)
    )
    desk = Desk(venue)
    await desk.reads.tape(desk.state, desk.seeds)
    await desk.reads.candles(desk.state, desk.seeds)
    assert len(desk.state.tape) == 1
    assert (desk.seeds.tape_done, desk.seeds.chart_done) == (False, False)


async def test_a_print_of_the_future_does_not_hide_those_of_today() -> None:
    desk = Desk(Venue(trades=tape_of([row(n, NOW_MS + n) for n in range(50)])))
    desk.reads = MarketReads(Rest(desk.venue), desk.notices.append, LoopClock(), desk.reviewed.append, heard_ms=now)
    known(desk, NOW_MS + 86_400_000)
    await desk.reads.tape(desk.state, desk.seeds)
    assert len(desk.state.tape) == 50
    assert desk.seeds.tape_read_ms == NOW_MS


def now() -> int:
    return NOW_MS
