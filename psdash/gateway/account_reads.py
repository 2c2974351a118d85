"""The trader's own state by REST, and the rules by which socket and REST become one account (protocol §8.2, §8.3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from decimal import Decimal

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.account.orders import SLACK_MS, Order
from psdash.account.positions import Position
from psdash.account.reconciliation import Reconciliation
from psdash.gateway import translate
from psdash.gateway.clock import VenueTime
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import AccountMoved, Emit, GatewayName, Severity, Spoken, TapeMoved
from psdash.gateway.reads import TAPE_PAGE, Rest
from psdash.gateway.rest import NotFoundError, RestError, UnreachableError
from psdash.market.board import Board
from psdash.market.tape import Settlement
from psdash.wire import predictstreet as wire

log = logging.getLogger(__name__)

#: Pages of own trades read back on the first look, and across a gap.
FIRST_PAGES = 2
MOST_PAGES = 20
MAX_ORDER_PAGES = 40
#: Pages of ended orders read to name the outcomes of fills, how many fills are named, and how many orders are kept.
HISTORY_PAGES = 10
NAMED_FILLS = 2_000
MOST_OUTCOMES = 20_000
#: Whole shares, and the chain's own unit of 10^-6.
_UNITS = (Decimal(1), Decimal("0.000001"))


class AccountReads:
    """Writes the account and tells what moved."""

    def __init__(
        self,
        reads: Rest,
        board: Board,
        account: Account,
        emit: Emit,
        venue_time: VenueTime,
        *,
        now_s: Callable[[], float] = float,
        counts: FrameCounts | None = None,
    ) -> None:
        self._reads = reads
        self._board = board
        self._account = account
        self._emit = emit
        self._venue_time = venue_time
        self._now_s = now_s
        self._counts = counts or FrameCounts()
        self.differences = {pane: Reconciliation() for pane in AccountPane}
        #: Panes that REST has confirmed in this session: from then on the socket should tell what changes.
        self._steady_ms: dict[AccountPane, int] = {}
        #: Panes of which the socket tells nothing: REST is no second voice there.
        self.untold: frozenset[AccountPane] = frozenset()
        self._unsettled: set[str] = set()
        self._marked: set[str] = set()
        self._caught_up = False
        #: Which outcome an order is of, by its id, and the ids whose order nobody knows.
        self._outcomes: dict[str, int] = {}
        self._sought: set[str] = set()
        #: Shares in one unit of a pushed balance, None until REST has confirmed one; and what was pushed till then.
        self._unit: Decimal | None = None
        self._pushed: dict[tuple[str, int], Decimal] = {}

    def session_closed(self) -> None:
        """Nobody listens: what REST tells first from now on is no difference."""
        self._steady_ms.clear()
        for each in self.differences.values():
            each.forget()

    def difference_words(self, pane: AccountPane) -> str:
        """What a live pane says of REST having told otherwise; empty while the two agree."""
        count = self.differences[pane].shown
        thing = {AccountPane.ORDERS: "order", AccountPane.FILLS: "fill", AccountPane.POSITIONS: "position"}[pane]
        return f"the socket differed from REST: {count} {thing}{'s' if count > 1 else ''}" if count else ""

    def order_told(self, order_id: str) -> None:
        """The socket told something of an order."""
        self.differences[AccountPane.ORDERS].told(order_id)

    @property
    def in_doubt(self) -> bool:
        """Whether another reading should come soon."""
        return any(each.is_waiting for each in self.differences.values())

    def _is_steady(self, pane: AccountPane, at_ms: int | None, asked_ms: int) -> bool:
        """Whether the socket should have told what happened at `at_ms` by now."""
        since_ms = self._steady_ms.get(pane)
        return (
            pane not in self.untold
            and since_ms is not None
            and (at_ms is None or since_ms + SLACK_MS < at_ms < asked_ms - SLACK_MS)
        )

    def _compared(self, pane: AccountPane, asked_ms: int, certain: int = 0) -> None:
        found = self.differences[pane].read(self._now_s(), certain)
        self._counts.happened("differences from REST", found)
        self._steady_ms.setdefault(pane, asked_ms)

    def session_opened(self) -> None:
        """Another session, perhaps with another host: what REST said of the venue's clock may have been wrong."""
        self._reads.venue_time.begin()

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
        seen: set[str] = set()
        for _ in range(MAX_ORDER_PAGES):
            body = await self._reads.open_orders(cursor)
            rows += [translate.order(record, asked_ms) for record in body.orders]
            cursor = body.next_cursor
            if cursor is None or cursor in seen:
                break
            seen.add(cursor)
        version = self._account.orders.version
        for row in rows:
            held = self._account.orders.get(row.order_id)
            if self._is_steady(AccountPane.ORDERS, row.created_ms, asked_ms) and (
                held is None or held.filled < row.filled
            ):
                self.differences[AccountPane.ORDERS].suspect(row.order_id, self._now_s())
        corrected = self._account.orders.reconcile(rows, asked_ms)
        self._compared(AccountPane.ORDERS, asked_ms, len(corrected))
        for order in corrected:
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
        asked_ms = self._asked_ms()
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
                    if self._is_steady(AccountPane.FILLS, fill.venue_ms, asked_ms):
                        self.differences[AccountPane.FILLS].suspect((fill.trade_id, fill.order_id), self._now_s())
            if not body.trades:
                break  # a short page may be the venue's own cap: only an empty one is the end
            oldest_ms = min(row.created_ms for row in body.trades)
            if (until_ms is not None and oldest_ms < until_ms) or (
                before_ms is not None and oldest_ms + 1 >= before_ms
            ):
                break
            before_ms = oldest_ms + 1
        self._caught_up = True
        self._compared(AccountPane.FILLS, asked_ms)
        self._counts.happened("own fills that did not settle", self._account.fills.overdue(asked_ms))
        await self._name_outcomes()
        self._account.fills.find_failed()
        if self._account.fills.version != version:
            self._emit(AccountMoved(AccountPane.FILLS, tuple(fresh)))
            self._emit(AccountMoved(AccountPane.ORDERS))
        self._tell_marked()

    async def _name_outcomes(self) -> None:
        """A row of own trades does not say of which outcome (protocol §8.3): its order does, open or ended."""
        nameless = {f.order_id: f for f in self._account.fills.newest(NAMED_FILLS) if f.outcome_index is None}
        unknown = nameless.keys() - self._outcomes.keys() - {""}
        for order_id in unknown:
            order = self._account.orders.get(order_id)
            if order is not None:
                self._outcomes[order_id] = order.outcome_index
        unknown -= self._outcomes.keys()
        if unknown - self._sought:
            await self._read_history(unknown)
        for fill in self._account.fills.newest(NAMED_FILLS) if nameless else ():
            outcome_index = self._outcomes.get(fill.order_id)
            if fill.outcome_index is None and outcome_index is not None:
                self._account.fills.add(replace(fill, outcome_index=outcome_index))

    async def _read_history(self, order_ids: Set[str]) -> None:
        """Look orders up among the ended ones. What is not found is not looked for again."""
        cursor: str | None = None
        seen: set[str] = set()
        try:
            for _ in range(HISTORY_PAGES):
                body = await self._reads.order_history(cursor)
                self._outcomes.update((record.order_id, record.outcome_index) for record in body.orders)
                cursor = body.next_cursor
                if cursor is None or cursor in seen or order_ids <= self._outcomes.keys():
                    break
                seen.add(cursor)
        except UnreachableError as error:
            log.info("no order history now: %s", error.words)
            return
        except RestError as error:
            log.info("no order history: %s", error.words)
        self._sought |= order_ids
        while len(self._outcomes) > MOST_OUTCOMES:
            del self._outcomes[next(iter(self._outcomes))]

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
        self.differences[AccountPane.FILLS].told((event.trade_id, event.order_id))
        self.differences[AccountPane.ORDERS].told(event.order_id)
        market = self._board.catalogue.by_token(event.token)
        order = self._account.orders.get(event.order_id)
        symbol = market.symbol if market is not None else order.symbol if order is not None else ""
        fill = translate.fill(event, symbol)
        if fill.outcome_index is None and market is not None:
            fill = replace(fill, outcome_index=market.outcome_of(event.token))
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
        store = self._account.positions
        version = store.version
        if self._is_steady(AccountPane.POSITIONS, None, asked_ms) and self._account.vault:
            for row in rows:
                held = store.get(row.symbol, row.outcome_index)
                if row.size != (Decimal(0) if held is None else held.size):
                    self.differences[AccountPane.POSITIONS].suspect(row.key, self._now_s())
        self._compared(AccountPane.POSITIONS, asked_ms)
        store.reconcile(rows, asked_ms)
        self._learn_unit(rows)
        try:
            store.set_balances([translate.balance(row) for row in (await self._reads.balances()).balances])
        except NotFoundError as error:
            log.info("no balances: %s", error.words)
        finally:
            if store.version != version:
                self._emit(AccountMoved(AccountPane.POSITIONS))

    def _learn_unit(self, rows: Sequence[Position]) -> None:
        """In which unit the socket writes balances (protocol §5.12: UNKNOWN): REST's own figure tells."""
        for row in rows if self._unit is None else ():
            pushed = self._pushed.get(row.key)
            if pushed:
                self._unit = next((unit for unit in _UNITS if pushed * unit == row.size), None)
            if self._unit is not None:
                log.info("balances on the socket are in units of %s shares", self._unit)
                self._pushed.clear()
                return

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
        """The balance after a change on chain (protocol §5.12). REST is asked in any case; what is shown changes only
        once the unit is known, and nothing is nothing in every unit.
        """
        market = self._board.catalogue.by_token(event.token)
        outcome_index = None if market is None else market.outcome_of(event.token)
        if market is None or outcome_index is None:
            return  # not in the catalogue: REST will name it
        self.differences[AccountPane.POSITIONS].told((market.symbol, outcome_index))
        balance = Decimal(event.balance)
        if self._unit is None and balance:
            self._pushed[market.symbol, outcome_index] = balance
            return
        # Not the block's time, which lies behind: the emission decides what is newer than a list.
        at_ms = event.server_ms if event.server_ms is not None else event.venue_ms or 0
        size = balance * (self._unit or 1)
        if self._account.positions.set_size(market.symbol, outcome_index, size, at_ms, event.token):
            self._emit(AccountMoved(AccountPane.POSITIONS))
