"""From what travels to what is kept: wire models become the dataclasses of `market` and `account`.

Here a decimal string becomes a Decimal or ticks, once. Raises ValueError where a row lacks what the screen must have;
the caller counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from psdash.account.fills import Fill
from psdash.account.orders import Order, OrderSide, OrderStatus
from psdash.account.positions import Balance, Position
from psdash.gateway.sync import Delta, Snapshot
from psdash.market.book import Change, Level, Side
from psdash.market.candles import BASE_MS, Candle, Origin
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from psdash.market.tape import Aggressor, Print, Settlement
from psdash.market.ticks import to_ticks
from psdash.text import mixes_alphabets
from psdash.wire import predictstreet as wire
from psdash.wire.predictstreet import rest as bodies

#: Stands before a title whose letters are of two alphabets.
MIXED = "(mixed alphabets)"
_BID, _ASK = Side.BID, Side.ASK
_SIDES = {"bid": Side.BID, "ask": Side.ASK}
_AGGRESSORS = {"buy": Aggressor.BUY, "sell": Aggressor.SELL, None: Aggressor.UNKNOWN}


# books ---------------------------------------------------------------------------------------------------------


def levels(rows: Iterable[wire.Level]) -> Iterator[Level]:
    """Price levels of a whole state, lazily: a snapshot that is not wanted costs nothing."""
    return (Level(to_ticks(row["price"]), Decimal(row["size"]), row.get("orders")) for row in rows)


def snapshot(frame: wire.BookSnapshot) -> Snapshot:
    """Protocol §5.3."""
    return Snapshot(frame.seq, levels(frame.bids), levels(frame.asks), frame.venue_ms, frame.state_hash)


def rest_snapshot(body: bodies.BookBody) -> Snapshot:
    """Protocol §7.6. Without a sequence it is 0: REST and socket are aligned by hash, never by sequence."""
    return Snapshot(body.seq or 0, levels(body.bids), levels(body.asks), body.venue_ms, body.state_hash)


def update(frame: wire.BookUpdate, *, as_change: bool = False) -> Snapshot | Delta:
    """Protocol §5.4: a state frame when both sides are whole arrays, else the contrary reading, a change; always the
    latter with `as_change`.
    """
    if frame.is_state and not as_change:
        bids, asks = levels(frame.bids or ()), levels(frame.asks or ())
        return Snapshot(frame.seq, bids, asks, frame.venue_ms, frame.state_hash)
    changes = _changes(frame.bids, frame.asks, frame.changes)
    return Delta(frame.seq, frame.prev_seq, changes, frame.venue_ms, frame.state_hash)


def delta(frame: wire.BookDelta) -> Delta:
    """Protocol §5.5. The hot path: one tuple a changed level and one for the frame."""
    return Delta(frame.seq, frame.prev_seq, _changes(frame.bids, frame.asks, frame.changes), frame.venue_ms)


def _changes(
    bids: Iterable[wire.Level] | None, asks: Iterable[wire.Level] | None, mixed: Iterable[wire.LevelChange] | None
) -> Sequence[Change]:
    changes: list[Change] = []
    for row in bids or ():
        changes.append(Change(_BID, to_ticks(row["price"]), Decimal(row["size"]), row.get("orders")))
    for row in asks or ():
        changes.append(Change(_ASK, to_ticks(row["price"]), Decimal(row["size"]), row.get("orders")))
    for change in mixed or ():
        changes.append(Change(_SIDES[change["side"]], to_ticks(change["price"]), Decimal(change["size"])))
    return changes


# tape and candles ----------------------------------------------------------------------------------------------


def matched(frame: wire.TradeMatched, outcome_index: int) -> Print:
    """Protocol §5.1. Raises ValueError when it names no trade, price or size: all three are GUESS."""
    if frame.trade_id is None or frame.price is None or frame.size is None:
        raise ValueError("a match without id, price or size")
    return Print(
        trade_id=frame.trade_id,
        token=frame.token,
        outcome_index=outcome_index,
        price=Decimal(frame.price),
        size=Decimal(frame.size),
        aggressor=_AGGRESSORS[frame.aggressor],
        venue_ms=frame.venue_ms,
        settlement=Settlement.UNKNOWN if isinstance(frame, wire.older.Trade) else Settlement.MATCHED,
    )


def tape_row(row: bodies.TapeRow, market: Market, *, settles: bool = True) -> Print:
    """Protocol §7.7: no aggressor is said. Raises ValueError when the outcome is not one of the market's.

    Without `settles` nobody tells settlements later on: what is not settled by now is unknown.
    """
    unsettled = Settlement.MATCHED if settles else Settlement.UNKNOWN
    outcome_index = row.outcome_index
    if outcome_index is None and row.outcome_label in market.outcome_labels:
        outcome_index = market.outcome_labels.index(row.outcome_label)
    if outcome_index is None or outcome_index >= len(market.tokens):
        raise ValueError("a trade of no known outcome")
    return Print(
        trade_id=row.trade_id,
        token=market.tokens[outcome_index],
        outcome_index=outcome_index,
        price=Decimal(row.price),
        size=Decimal(row.size),
        aggressor=Aggressor.UNKNOWN,
        venue_ms=row.created_ms,
        settlement=unsettled if row.settled_ms is None else Settlement.SETTLED,
        settled_ms=row.settled_ms,
    )


def candle(frame: wire.CandleUpdate) -> Candle:
    """Protocol §5.7. Raises ValueError when it is not a five-second candle with a start and four prices."""
    if frame.interval != "s5":
        raise ValueError("a candle of another interval")
    if frame.start_ms is None or frame.open is None or frame.high is None or frame.low is None or frame.close is None:
        raise ValueError("a candle without a start or a price")
    start_ms = frame.start_ms - frame.start_ms % BASE_MS
    return Candle(
        start_ms,
        Decimal(frame.open),
        Decimal(frame.high),
        Decimal(frame.low),
        Decimal(frame.close),
        Decimal(frame.volume or 0),
    )


def candle_row(row: bodies.CandleRow) -> Candle:
    """Protocol §7.8."""
    return Candle(
        row.start_ms - row.start_ms % BASE_MS,
        Decimal(row.open),
        Decimal(row.high),
        Decimal(row.low),
        Decimal(row.close),
        Decimal(row.volume or 0),
    )


def mirrored(candle: Candle) -> Candle:
    """The same trades in the other outcome's prices."""
    return replace(candle, open=1 - candle.open, high=1 - candle.low, low=1 - candle.high, close=1 - candle.close)


def candles_from_points(points: Iterable[bodies.PricePoint]) -> Sequence[Candle]:
    """Price points as candles without volume, for a venue that gives no candles (protocol §7.8)."""
    made: dict[int, Candle] = {}
    for point in sorted((p for p in points if p.price is not None), key=lambda p: p.ts_ms):
        price = Decimal(point.price or 0)
        start_ms = point.ts_ms - point.ts_ms % BASE_MS
        known = made.get(start_ms)
        if known is None:
            made[start_ms] = Candle(start_ms, price, price, price, price, Decimal(0), Origin.POINTS)
        else:
            made[start_ms] = Candle(
                start_ms, known.open, max(known.high, price), min(known.low, price), price, Decimal(0), Origin.POINTS
            )
    return list(made.values())


# markets -------------------------------------------------------------------------------------------------------


def market(record: bodies.MarketRecord, event: str = "") -> Market:
    """Protocol §7.2. A market without both tokens has none yet."""
    on_chain = record.yes_token is not None and record.no_token is not None
    return Market(
        slug=record.slug,
        symbol=record.symbol,
        title=_marked(record.title),
        status=MarketStatus.parse(record.status),
        tokens=(record.yes_token or "", record.no_token or "") if on_chain else (),
        outcome_labels=tuple(record.outcome_labels) or ("YES", "NO"),
        condition=record.condition,
        event_id=record.event_id,
        event=_marked(event),
        group=_marked(record.group_label or ""),
        is_neg_risk=bool(record.neg_risk),
        opens_ms=record.opens_ms,
        closes_ms=record.closes_ms,
        kickoff_ms=record.kickoff_ms,
        paused_ms=record.paused_ms,
        resolved_ms=record.resolved_ms,
        payout=None if record.payouts is None else tuple(record.payouts),
        fee_taker_bps=record.taker_fee_bps,
    )


def _marked(text: str) -> str:
    """A name that could be mistaken for another says so; the slug beside it is plain ASCII (reliability §3.1)."""
    return f"{MIXED} {text}" if mixes_alphabets(text) and not text.startswith(MIXED) else text


def platform(said: wire.PlatformStatus | bodies.PlatformBody, held: PlatformStatus) -> PlatformStatus:
    """Protocol §5.9, §7.9. What is not said stays; `since_ms` moves only when a flag does."""
    frozen = held.frozen if said.frozen is None else said.frozen
    maintenance = held.maintenance if said.maintenance is None else said.maintenance
    if said.status is not None and said.frozen is None and said.maintenance is None:
        frozen = "frozen" in said.status or "halt" in said.status
        maintenance = "maintenance" in said.status
    same = frozen == held.frozen and maintenance == held.maintenance
    return PlatformStatus(frozen, maintenance, said.message, held.since_ms if same else said.venue_ms)


# the trader's own ----------------------------------------------------------------------------------------------


def placed(frame: wire.OrderPlaced) -> Order:
    """Protocol §5.10, all GUESS but the key. Raises ValueError when an essential is missing: REST will tell."""
    if frame.symbol is None or frame.side is None or frame.size is None or frame.outcome_index is None:
        raise ValueError("an order without market, side, outcome or size")
    at_ms = frame.venue_ms if frame.venue_ms is not None else frame.server_ms or 0
    return Order(
        order_id=frame.order_id,
        symbol=frame.symbol,
        outcome_index=frame.outcome_index,
        side=OrderSide(frame.side),
        price=Decimal(frame.price or 0),
        size=Decimal(frame.size),
        filled=Decimal(frame.filled or 0),
        status=OrderStatus.parse(frame.status or "OPEN"),
        reported_ms=at_ms,
        created_ms=at_ms,
        client_order_id=frame.client_order_id or "",
        order_type=frame.order_type or "limit",
        time_in_force=frame.time_in_force or "gtc",
    )


def end_status(word: str | None) -> OrderStatus:
    """How an `order_cancelled` says the order ended: CANCELLED unless it names another end (protocol §8.1)."""
    status = OrderStatus.CANCELLED if word is None else OrderStatus.parse(word)
    return OrderStatus.CANCELLED if status.is_open else status


def order(record: bodies.OrderRecord, asked_ms: int) -> Order:
    """Protocol §8.2. What was filled before the question is in the figure, whatever `updatedAt` says."""
    return Order(
        order_id=record.order_id,
        symbol=record.symbol,
        outcome_index=record.outcome_index,
        side=OrderSide(record.side),
        price=Decimal(record.price or 0),
        size=Decimal(record.size),
        filled=Decimal(record.filled),
        status=OrderStatus.parse(record.status),
        reported_ms=max(record.updated_ms or 0, asked_ms),
        created_ms=record.created_ms,
        client_order_id=record.client_order_id or "",
        order_type=record.order_type or "limit",
        time_in_force=record.time_in_force or "gtc",
    )


def fill(frame: wire.UserFill, symbol: str) -> Fill:
    """Protocol §5.11."""
    return Fill(
        trade_id=frame.trade_id,
        order_id=frame.order_id,
        side=OrderSide(frame.side),
        price=Decimal(frame.price),
        size=Decimal(frame.size),
        venue_ms=frame.venue_ms,
        symbol=symbol,
        token=frame.token,
        outcome_index=frame.outcome_index,
        client_order_id=frame.client_order_id or "",
    )


def own_trade(row: bodies.OwnTrade, outcome_index: int | None) -> Fill:
    """Protocol §8.3. The row names no outcome; `outcome_index` is what its order says, None when unknown."""
    settled = row.status == "settled"
    return Fill(
        trade_id=row.trade_id,
        order_id=row.order_id or "",
        side=OrderSide(row.side),
        price=Decimal(row.price),
        size=Decimal(row.size),
        venue_ms=row.created_ms,
        symbol=row.symbol or "",
        token=row.token or "",
        outcome_index=row.outcome_index if row.outcome_index is not None else outcome_index,
        settlement=Settlement.SETTLED if settled else Settlement.MATCHED,
        settled_ms=row.settled_ms if settled else None,
        fee=None if row.fee is None else Decimal(row.fee),
        tx_hash=row.tx_hash or "",
    )


def position(row: bodies.Position, symbol: str, outcome_index: int, asked_ms: int) -> Position:
    """Protocol §8.3."""
    return Position(
        symbol=symbol,
        outcome_index=outcome_index,
        size=Decimal(row.size),
        available=None if row.available is None else Decimal(row.available),
        average_cost=None if row.average_cost is None else Decimal(row.average_cost),
        realised=None if row.realized is None else Decimal(row.realized),
        token=row.token or "",
        reported_ms=asked_ms,
    )


def balance(row: bodies.Balance) -> Balance:
    """Protocol §8.3."""
    return Balance(currency=row.currency, available=Decimal(row.available), locked=Decimal(row.locked))
