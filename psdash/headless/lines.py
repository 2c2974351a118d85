"""From what the gateways tell to lines of JSON: one object a line, money and sizes as strings.

Every line has `event`, `pane`, `state` (what that pane may claim at this moment, DESIGN §3; for a link its own
state), `venue_ms` (the venue's time of the event, null where it says none) and `received_ms` (this machine's clock).
`slug`, `outcome` ("yes", "no") and `seq` stand where they apply. The text is ASCII: what a stranger wrote into a
title reaches a terminal as an escape of JSON and no other.

A book begins with a `book` line, the whole of it; `book_change` lines then lead from `prev_seq` to `seq`. Whatever
broke that chain is followed by another whole `book`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from psdash.account.account import Account, AccountPane
from psdash.gateway.notices import (
    AccountMoved,
    AccountPaneMoved,
    ActivityMoved,
    BookMoved,
    CandlesMoved,
    LinkChanged,
    MarketMoved,
    MarketPaneMoved,
    Notice,
    PauseMoved,
    PlatformMoved,
    SettlementFailed,
    SignalsMoved,
    Spoken,
    TapeMoved,
)
from psdash.headless.account_lines import AccountChanges
from psdash.headless.numbers import number, outcome_name, price_of
from psdash.headless.source_lines import ActivityLines, signal_lines
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Book, Change, Level, Side
from psdash.market.candles import BASE_MS, Candle
from psdash.market.freshness import OFF, Freshness, PaneState
from psdash.market.gaps import Gap
from psdash.market.tape import Print

Fields = dict[str, Any]

#: Candles looked back at after a gap.
CANDLES_BACK = 2_000

_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def levels(side: Iterable[Level], depth: int | None = None) -> list[Fields]:
    """Price levels, best first, `depth` of them at most. The size is null where prices are told without it."""
    return [
        {
            "price": price_of(level.ticks),
            "size": number(level.size) if level.size else None,
            "orders": level.orders,
        }
        for level in islice(side, depth)
    ]


def whole_book(
    slug: str, outcome_index: int, book: Book, state: PaneState, received_ms: int, depth: int | None = None
) -> Fields:
    """One book with all its levels, or the best `depth` of each side."""
    return {
        "event": "book",
        "pane": MarketPane.BOOK,
        "state": state,
        "slug": slug,
        "outcome": outcome_name(outcome_index),
        "seq": book.seq,
        "venue_ms": book.venue_ms,
        "received_ms": received_ms,
        "bids": levels(book.levels(Side.BID), depth),
        "asks": levels(book.levels(Side.ASK), depth),
    }


def encode(fields: Mapping[str, Any]) -> str:
    """One line, with its end."""
    return _encode(fields) + "\n"


class Lines:
    """What to print for a notice. It keeps what was told, to tell only what is new."""

    def __init__(self, board: Board, account: Account, wall_ms: Callable[[], int]) -> None:
        self._board = board
        self._account = account
        self._wall_ms = wall_ms
        self._changes = AccountChanges(account, board)
        self._activity = ActivityLines(account.activity)
        self._told_seq: dict[tuple[str, int], int | None] = {}
        self._last_candle: dict[tuple[str, int], Candle] = {}
        self._told_gaps: dict[str, dict[int, Gap]] = {}
        self._links: dict[str, LinkChanged] = {}
        self._platform = OFF
        #: A book that moved while its pane was not live: the claim about it follows in the same breath.
        self._held: BookMoved | None = None
        self._ways: dict[type[Any], Callable[[Any], Iterator[Fields]]] = {
            BookMoved: self._book,
            TapeMoved: self._tape,
            CandlesMoved: self._candles,
            MarketMoved: self._market,
            MarketPaneMoved: self._market_pane,
            PlatformMoved: lambda _: self._platform_line("platform"),
            AccountMoved: self._account_moved,
            SettlementFailed: self._trade_failed,
            PauseMoved: self._paused,
            AccountPaneMoved: lambda moved: iter((self._pane(moved.pane, moved.freshness),)),
            LinkChanged: self._link,
            SignalsMoved: self._signals,
            ActivityMoved: self._activity_moved,
            Spoken: self._spoken,
        }

    def of(self, notice: Notice) -> list[str]:
        """The lines of a notice, most often one."""
        way = self._ways.get(type(notice))
        said = [] if self._held is None else list(self._release(notice))
        if way is not None:
            said += way(notice)
        return [self._stamped(fields) for fields in said]

    def tick(self) -> list[str]:
        """What no notice tells: the claim about the platform. Call it now and then."""
        said = [] if self._held is None else list(self._release(None))
        fresh = self._board.platform_freshness
        if (fresh.state, fresh.reason) != (self._platform.state, self._platform.reason):
            said += self._platform_line("pane")
        return [self._stamped(fields) for fields in said]

    def opened(self, **fields: object) -> list[str]:
        """The first line: which venue this is."""
        return [self._stamped({"event": "opened", "pane": "link", "state": PaneState.CONNECTING, **fields})]

    def lost(self, lines: int, since_ms: int) -> list[str]:
        """The reader was too slow and `lines` were thrown away: say so, then everything as it is now."""
        said: list[Fields] = [
            {"event": "lost", "pane": "output", "state": "LOST", "lines": lines, "since_ms": since_ms}
        ]
        for link in self._links.values():
            said += self._link(link)
        said += self._platform_line("platform")
        for state in self._board.watched:
            slug = state.market.slug
            said += self._market(MarketMoved(slug, state.market.status))
            said += [self._pane(pane, fresh, slug) for pane, fresh in state.freshness.items()]
            for outcome_index in range(len(state.books)):
                said.append(self._whole(state, outcome_index))
        for account_pane, fresh in self._account.freshness.items():
            said.append(self._pane(account_pane, fresh))
        self._changes.forget_totals()
        for account_pane in (AccountPane.ORDERS, AccountPane.POSITIONS):
            said += self._account_moved(AccountMoved(account_pane))
        said += self._signals(SignalsMoved(tuple(reversed(self._board.signals.newest()))))
        self._activity.forget()
        said += self._activity_moved(ActivityMoved())
        return [self._stamped(fields) for fields in said]

    def _stamped(self, fields: Fields) -> str:
        fields.setdefault("venue_ms", None)
        fields["received_ms"] = self._wall_ms()
        return encode(fields)

    # books ---------------------------------------------------------------------------------------------------------

    def _book(self, moved: BookMoved) -> Iterator[Fields]:
        state = self._board.state(moved.slug)
        if state is None or moved.outcome_index >= len(state.books):
            return
        freshness = state.book_freshness[moved.outcome_index]
        key = (moved.slug, moved.outcome_index)
        told_seq = self._told_seq.get(key)
        if moved.changes is None or told_seq is None:
            if freshness.is_live:
                yield self._whole(state, moved.outcome_index)
            else:
                self._held = moved
            return
        self._told_seq[key] = moved.seq
        yield {
            "event": "book_change",
            "pane": MarketPane.BOOK,
            "state": freshness.state,
            "slug": moved.slug,
            "outcome": outcome_name(moved.outcome_index),
            "seq": moved.seq,
            "prev_seq": told_seq,
            "venue_ms": state.books[moved.outcome_index].venue_ms,
            "changes": [_changed(change) for change in moved.changes],
        }

    def _release(self, notice: Notice | None) -> Iterator[Fields]:
        """Tell the book that was held back, with the claim that came right after it when it did."""
        held, self._held = self._held, None
        state = None if held is None else self._board.state(held.slug)
        if held is not None and state is not None and held.outcome_index < len(state.books):
            claim: Freshness | None = None
            if isinstance(notice, MarketPaneMoved) and notice.pane is MarketPane.BOOK:
                same = (notice.slug, notice.outcome_index) == (held.slug, held.outcome_index)
                claim = notice.freshness if same else None
            yield self._whole(state, held.outcome_index, claim)

    def _whole(self, state: MarketState, outcome_index: int, claim: Freshness | None = None) -> Fields:
        book = state.books[outcome_index]
        slug = state.market.slug
        self._told_seq[slug, outcome_index] = book.seq
        freshness = claim or state.book_freshness[outcome_index]
        return whole_book(slug, outcome_index, book, freshness.state, 0)

    # prints and candles --------------------------------------------------------------------------------------------

    def _tape(self, moved: TapeMoved) -> Iterator[Fields]:
        state = self._board.state(moved.slug)
        if state is None:
            return
        head = {"pane": MarketPane.TAPE, "state": state.freshness[MarketPane.TAPE].state, "slug": moved.slug}
        for print_ in sorted(moved.prints, key=_by_venue):
            yield {
                "event": "print",
                **head,
                "outcome": outcome_name(print_.outcome_index),
                "venue_ms": print_.venue_ms,
                "trade_id": print_.trade_id,
                "price": number(print_.price),
                "size": number(print_.size),
                "aggressor": print_.aggressor,
                "settlement": print_.settlement,
                "settled_ms": print_.settled_ms,
                "own": print_.is_own,
            }
        for trade_id in moved.settled:
            known = state.tape.get(trade_id)
            yield {
                "event": "settlement",
                **head,
                "outcome": None if known is None else outcome_name(known.outcome_index),
                "venue_ms": None if known is None else known.settled_ms,
                "trade_id": trade_id,
            }
        for trade_id in moved.unsettled:
            yield {"event": "unsettled", **head, "trade_id": trade_id}
        gaps = {gap.from_ms: gap for gap in state.tape.gaps}
        told = self._told_gaps.setdefault(moved.slug, {})
        if gaps != told:
            for event, some, others in (("gap_closed", told, gaps), ("gap", gaps, told)):
                for gap in some.values():
                    if others.get(gap.from_ms) != gap:
                        yield {
                            "event": event,
                            **head,
                            "venue_ms": gap.to_ms,
                            "from_ms": gap.from_ms,
                            "to_ms": gap.to_ms,
                        }
            self._told_gaps[moved.slug] = gaps

    def _candles(self, moved: CandlesMoved) -> Iterator[Fields]:
        """A live candle; after a read of history, the candles since the last one told (none the first time)."""
        state = self._board.state(moved.slug)
        if state is None or moved.outcome_index >= len(state.candles):
            return
        key = (moved.slug, moved.outcome_index)
        last = self._last_candle.get(key)
        fresh: Iterable[Candle] = ()
        if moved.candle is not None:
            fresh = (moved.candle,)
        elif last is not None:
            rows = state.candles[moved.outcome_index].frame(BASE_MS, CANDLES_BACK)
            fresh = [row for row in rows if row.start_ms >= last.start_ms and row != last]
        elif (newest := state.candles[moved.outcome_index].last) is not None:
            self._last_candle[key] = newest
        for candle in fresh:
            if last is None or candle.start_ms >= last.start_ms:
                last = self._last_candle[key] = candle
            yield {
                "event": "candle",
                "pane": MarketPane.CHART,
                "state": state.freshness[MarketPane.CHART].state,
                "slug": moved.slug,
                "outcome": outcome_name(moved.outcome_index),
                "venue_ms": candle.start_ms,
                "interval_ms": BASE_MS,
                "open": number(candle.open),
                "high": number(candle.high),
                "low": number(candle.low),
                "close": number(candle.close),
                "volume": number(candle.volume),
            }

    # market, platform, panes, links --------------------------------------------------------------------------------

    def _market(self, moved: MarketMoved) -> Iterator[Fields]:
        state = self._board.state(moved.slug)
        if state is None:
            return
        market = state.market
        yield {
            "event": "market",
            "pane": MarketPane.STATUS,
            "state": state.freshness[MarketPane.STATUS].state,
            "slug": moved.slug,
            "venue_ms": market.resolved_ms or market.paused_ms,
            "status": moved.status,
            "title": market.title,
            "tokens": list(market.tokens),
            "closes_ms": market.closes_ms,
            "payout": None if market.payout is None else list(market.payout),
        }

    def _platform_line(self, event: str) -> Iterator[Fields]:
        platform, freshness = self._board.platform, self._board.platform_freshness
        self._platform = freshness
        yield {
            "event": event,
            "pane": "platform",
            "state": freshness.state,
            "reason": freshness.reason,
            "venue_ms": platform.since_ms,
            "frozen": platform.frozen,
            "maintenance": platform.maintenance,
            "message": platform.message,
        }

    def _market_pane(self, moved: MarketPaneMoved) -> Iterator[Fields]:
        state = self._board.state(moved.slug)
        line = self._pane(moved.pane, moved.freshness, moved.slug)
        if moved.outcome_index is not None:
            line["outcome"] = outcome_name(moved.outcome_index)
            if state is not None and moved.outcome_index < len(state.books):
                book = state.books[moved.outcome_index]
                line["seq"], line["venue_ms"] = book.seq, book.venue_ms
        yield line

    def _pane(self, pane: MarketPane | AccountPane, freshness: Freshness, slug: str | None = None) -> Fields:
        line: Fields = {"event": "pane", "pane": pane, "state": freshness.state, "reason": freshness.reason}
        if slug is not None:
            line["slug"] = slug
        return line

    def _link(self, link: LinkChanged) -> Iterator[Fields]:
        self._links[link.gateway] = link
        yield {
            "event": "link",
            "pane": "link",
            "state": link.state,
            "gateway": link.gateway,
            "reason": link.reason,
            "attempts": link.attempts,
            "retry_in_ms": None if link.retry_in_s is None else round(link.retry_in_s * 1000),
            "round_trip_ms": None if link.round_trip_ms is None else round(link.round_trip_ms, 3),
        }

    def _spoken(self, spoken: Spoken) -> Iterator[Fields]:
        gateway = spoken.gateway
        link = None if gateway is None else self._links.get(gateway)
        yield {
            "event": "notice",
            "pane": "link",
            "state": PaneState.OFF if link is None else link.state,
            "gateway": gateway,
            "severity": spoken.severity,
            "text": spoken.text,
        }

    # other sources -------------------------------------------------------------------------------------------------

    def _signals(self, moved: SignalsMoved) -> Iterator[Fields]:
        for fields in signal_lines(moved, self._board.signals):
            link = self._links.get(fields.get("source", ""))
            state = PaneState.OFF if link is None else link.state
            yield {"event": fields["event"], "pane": "signals", "state": state, **fields}

    def _activity_moved(self, _: ActivityMoved) -> Iterator[Fields]:
        for fields in self._activity.since_told():
            state = self._account.activity.freshness.state
            yield {"event": fields["event"], "pane": "activity", "state": state, **fields}

    # own -----------------------------------------------------------------------------------------------------------

    def _account_moved(self, moved: AccountMoved) -> Iterator[Fields]:
        head = {"pane": moved.pane, "state": self._account.freshness[moved.pane].state}
        for fields in self._changes.since_told(moved):
            yield {"event": fields["event"], **head, **fields}

    def _trade_failed(self, failed: SettlementFailed) -> Iterator[Fields]:
        """The chain refused a trade of an own order; the fill it was follows as a line once it can be told."""
        yield {
            "event": "trade_failed",
            "pane": AccountPane.FILLS,
            "state": self._account.freshness[AccountPane.FILLS].state,
            "order_id": failed.order_id,
            "reason": failed.reason,
            "selector": failed.selector,
            "tx_hash": failed.tx_hash,
        }

    def _paused(self, moved: PauseMoved) -> Iterator[Fields]:
        """The venue's contract paused the account, or let it go."""
        pause = moved.pause
        yield {
            "event": "paused" if pause is not None else "unpaused",
            "pane": AccountPane.ORDERS,
            "state": self._account.freshness[AccountPane.ORDERS].state,
            "until_block": None if pause is None else pause.until_block,
            "sure": pause is None or pause.is_sure,
        }


def _by_venue(print_: Print) -> int:
    return print_.venue_ms


def _changed(change: Change) -> Fields:
    return {
        "side": change.side,
        "price": price_of(change.ticks),
        "size": number(change.size),
        "orders": change.orders,
    }
