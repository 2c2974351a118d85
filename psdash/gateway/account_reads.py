"""The trader's own state by REST, and the rules by which socket and REST become one account (protocol §8.2, §8.3)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.account.orders import Order
from psdash.account.positions import Position
from psdash.gateway import translate
from psdash.gateway.clock import VenueTime
from psdash.gateway.notices import AccountMoved, Emit, GatewayName, Severity, Spoken, TapeMoved
from psdash.gateway.reads import TAPE_PAGE, Rest
from psdash.gateway.rest import NotFoundError
from psdash.market.board import Board
from psdash.market.tape import Settlement
from psdash.wire import predictstreet as wire

log = logging.getLogger(__name__)

#: Pages of own trades read back on the first look, and across a gap.
FIRST_PAGES = 2
MOST_PAGES = 20
MAX_ORDER_PAGES = 40


class AccountReads:
    """Writes the account and tells what moved."""

    def __init__(self, reads: Rest, board: Board, account: Account, emit: Emit, venue_time: VenueTime) -> None:
        self._reads = reads
        self._board = board
        self._account = account
        self._emit = emit
        self._venue_time = venue_time
        self._unsettled: set[str] = set()
        self._marked: set[str] = set()
        self._caught_up = False

    async def vault(self) -> str:
        """The wallet's vault, empty while it has none (protocol §8.3)."""
        try:
            body = await self._reads.vault()
        except NotFoundError:
            return ""
        if body.wallet and not self._account.wallet:
            self._account.wallet = body.wallet
        return body.vault or ""

    # orders ----------------------------------------------------------------------------------------------------

    async def read_orders(self) -> None:
        """Make the open orders agree with the venue's whole list. Raises a RestError."""
        asked_ms = self._asked_ms()
        rows: list[Order] = []
        cursor: str | None = None
        for _ in range(MAX_ORDER_PAGES):
            body = await self._reads.open_orders(cursor)
            rows += [translate.order(record, asked_ms) for record in body.orders]
            cursor = body.next_cursor
            if cursor is None:
                break
        version = self._account.orders.version
        for order in self._account.orders.reconcile(rows, asked_ms):
            text = f"The venue corrected order {order.order_id[:13]}: less is filled than its own fills had said."
            log.warning("%s", text)
            self._emit(Spoken(Severity.WARNING, text, GatewayName.USER))
        if self._account.orders.version != version:
            self._emit(AccountMoved(AccountPane.ORDERS))

    def _asked_ms(self) -> int:
        """A venue time that certainly lies before the answer: nothing older can be missing from it by haste."""
        return max(self._venue_time.reached_ms, self._reads.venue_time.reached_ms)

    # fills -----------------------------------------------------------------------------------------------------

    async def read_trades(self) -> None:
        """Read own trades back to one that is known and settled: settlements come to rows that are not the newest.

        Raises a RestError; what was read before it stays.
        """
        oldest_open_ms = self._oldest_unsettled_ms()
        known_ms = self._account.fills.last_ms if self._caught_up else None
        until_ms = min((ms for ms in (oldest_open_ms, known_ms) if ms is not None), default=None)
        pages = FIRST_PAGES if until_ms is None else MOST_PAGES
        before_ms: int | None = None
        fresh: list[Fill] = []
        version = self._account.fills.version
        for _ in range(pages):
            body = await self._reads.my_trades(before=before_ms)
            for row in body.trades:
                order = self._account.orders.get(row.order_id or "")
                fill = translate.own_trade(row, None if order is None else order.outcome_index)
                if self._add(fill):
                    fresh.append(fill)
            if len(body.trades) < TAPE_PAGE:
                break
            oldest_ms = min(row.created_ms for row in body.trades)
            if (until_ms is not None and oldest_ms < until_ms) or (
                before_ms is not None and oldest_ms + 1 >= before_ms
            ):
                break
            before_ms = oldest_ms + 1
        self._caught_up = True
        if self._account.fills.version != version:
            self._emit(AccountMoved(AccountPane.FILLS, tuple(fresh)))
            self._emit(AccountMoved(AccountPane.ORDERS))
        self._tell_marked()

    def _oldest_unsettled_ms(self) -> int | None:
        """When the oldest of the newest fills that still wait for the chain was matched. One may wait for ever."""
        waiting = [f.venue_ms for f in self._account.fills.newest(TAPE_PAGE) if f.settlement is Settlement.MATCHED]
        return min(waiting, default=None)

    def _add(self, fill: Fill) -> bool:
        """Take a fill from either side. True the first time it is seen; its order then advances."""
        if fill.settlement is Settlement.SETTLED:
            self._unsettled.discard(fill.trade_id)
        if not self._account.fills.add(fill):
            return False
        if fill.settlement is Settlement.MATCHED:
            self._unsettled.add(fill.trade_id)
        self._account.orders.fill(fill.order_id, fill.size, fill.venue_ms)
        market = self._board.catalogue.by_symbol(fill.symbol) or self._board.catalogue.by_token(fill.token)
        state = None if market is None else self._board.state(market.slug)
        if state is not None:
            version = state.tape.version
            state.tape.mark_own(fill.trade_id)
            if state.tape.version != version:
                self._marked.add(state.market.slug)
        return True

    def _tell_marked(self) -> None:
        """Prints turned out to be our own."""
        for slug in sorted(self._marked):
            self._emit(TapeMoved(slug))
        self._marked.clear()

    def fill(self, event: wire.UserFill) -> bool:
        """A fill from the socket; True when it is new."""
        market = self._board.catalogue.by_token(event.token)
        order = self._account.orders.get(event.order_id)
        symbol = market.symbol if market is not None else order.symbol if order is not None else ""
        fill = translate.fill(event, symbol)
        if not self._add(fill):
            return False
        self._emit(AccountMoved(AccountPane.FILLS, (fill,)))
        self._emit(AccountMoved(AccountPane.ORDERS))
        self._tell_marked()
        return True

    def settled(self, trade_id: str, venue_ms: int) -> bool:
        """A trade reached the chain; True when it was one of ours and we did not know."""
        if trade_id not in self._unsettled:
            return False
        self._unsettled.discard(trade_id)
        self._account.fills.settle(trade_id, venue_ms)
        self._emit(AccountMoved(AccountPane.FILLS))
        return True

    # positions -------------------------------------------------------------------------------------------------

    async def read_positions(self) -> None:
        """Make positions and balances agree with the venue's. Raises a RestError."""
        asked_ms = self._asked_ms()
        rows = await self._held(asked_ms)
        balances = [translate.balance(row) for row in (await self._reads.balances()).balances]
        store = self._account.positions
        version = store.version
        store.reconcile(rows, asked_ms)
        store.set_balances(balances)
        if store.version != version:
            self._emit(AccountMoved(AccountPane.POSITIONS))

    async def _held(self, asked_ms: int) -> Sequence[Position]:
        """The portfolio's positions; the vault's own, without costs, where the venue has no portfolio."""
        rows: list[Position] = []
        try:
            body = await self._reads.positions()
        except NotFoundError:
            if not self._account.vault:
                raise
            vault = await self._reads.vault_positions(self._account.vault)
            for held in vault.positions:
                place = self._place(held.symbol, held.outcome_index, held.token)
                rows.append(Position(*place, Decimal(held.size), token=held.token or "", reported_ms=asked_ms))
            return rows
        for row in body.positions:
            symbol, outcome_index = self._place(row.symbol, row.outcome_index, row.token)
            rows.append(translate.position(row, symbol, outcome_index, asked_ms))
        return rows

    def _place(self, symbol: str | None, outcome_index: int | None, token: str | None) -> tuple[str, int]:
        """Which market and outcome a holding is of; an unlisted token stands for itself rather than vanish."""
        market = self._board.catalogue.by_token(token) if token is not None else None
        if market is not None and token is not None:
            found = market.outcome_of(token)
            return market.symbol, found if found is not None else outcome_index or 0
        return symbol or token or "?", outcome_index or 0

    def position_changed(self, event: wire.PositionChanged) -> None:
        """The balance after a change on chain (protocol §5.12)."""
        market = self._board.catalogue.by_token(event.token)
        outcome_index = None if market is None else market.outcome_of(event.token)
        if market is None or outcome_index is None:
            return  # not in the catalogue: REST will name it
        at_ms = event.venue_ms if event.venue_ms is not None else event.server_ms or 0
        moved = self._account.positions.set_size(
            market.symbol, outcome_index, Decimal(event.balance), at_ms, event.token
        )
        if moved:
            self._emit(AccountMoved(AccountPane.POSITIONS))
