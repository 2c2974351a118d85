"""The user gateway: own orders, fills and positions, from the socket and from REST, onto the account.

The order of things matters: subscribe, keep what comes, read REST, then replay what was kept (reliability §1.2 rule
8). After that both go on: the socket tells at once, REST every half minute and after whatever may have moved more
than it said. The socket never says that an order filled, expired or was rejected, so the totals are REST's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence

from psdash.account.account import Account, AccountPane
from psdash.gateway import translate
from psdash.gateway.account_reads import AccountReads
from psdash.gateway.clock import Clock
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.market_claims import UNREAD
from psdash.gateway.notices import AccountMoved, AccountPaneMoved, Emit, GatewayName
from psdash.gateway.older_account import OlderAccount
from psdash.gateway.panes import is_news, moved
from psdash.gateway.reads import Rest
from psdash.gateway.refusals import subscription_words
from psdash.gateway.rest import RefusedError, RestError, UnreachableError
from psdash.gateway.subscriptions import NO_ID, Line
from psdash.gateway.worker import GatewayWorker
from psdash.market.board import Board
from psdash.market.freshness import PaneState
from psdash.settings import Endpoint
from psdash.wire import predictstreet as wire
from psdash.wire.predictstreet import Event, Feed, Greeting

log = logging.getLogger(__name__)

RECONCILE_S = 30.0
#: After an event that may have moved more than it said, but never more often than this.
SOON_S = 2.0
#: Private data that REST has not confirmed for this long is not called live.
BUDGET_S = 95.0
#: Events kept while the first read is on its way; beyond it REST is read once more.
BUFFER = 10_000
_NO_KEY = "no key: your own orders, fills and positions need one (PSDASH_API_KEY)"
_IN_DOUBT = "the venue's list lacks an order shown here; asking once more"
_UNSURE = "the venue's list may lack a fill; asking once more"
_PANES = {
    Feed.ORDERS: AccountPane.ORDERS,
    Feed.FILLS: AccountPane.FILLS,
    Feed.POSITIONS: AccountPane.POSITIONS,
}
_JOB = "own account"


class UserGateway(GatewayWorker):
    """Everything private. It writes the account, then emits."""

    def __init__(
        self,
        endpoint: Endpoint,
        reads: Rest,
        board: Board,
        account: Account,
        emit: Emit,
        *,
        clock: Clock,
        rng: random.Random,
        timing: Timing | None = None,
        keychain: Keychain | None = None,
    ) -> None:
        super().__init__(
            GatewayName.USER,
            endpoint.user_url,
            endpoint,
            emit,
            clock=clock,
            rng=rng,
            timing=timing,
            keychain=keychain,
        )
        self._account = account
        self._reads = AccountReads(
            reads,
            board,
            account,
            emit,
            self.connection.venue_time,
            now_s=clock.monotonic_s,
            counts=self.counts,
        )
        self._older = OlderAccount(
            account,
            emit,
            self.counts,
            clock,
            soon=self._soon,
            rewant=self.rewant,
            ignore=self.ignore,
        )
        self._parts = (
            (AccountPane.ORDERS, self._reads.read_orders),
            (AccountPane.FILLS, self._reads.read_trades),
            (AccountPane.POSITIONS, self._reads.read_positions),
        )
        self._waiting: deque[Event] | None = None  # None: events are applied as they come
        #: When REST last confirmed a pane, and what hinders it now.
        self._read_s: dict[AccountPane, float] = {}
        self._trouble: dict[AccountPane, RestError] = {}
        self._due_s: float | None = None
        self._unread: dict[AccountPane, str] = {}  # panes whose pushes cannot be read, in words

    async def work(self) -> None:
        """Dial, subscribe, read, until cancelled; without a key, say so and return."""
        if not self.credential.is_set:
            self.connection.stay_off(_NO_KEY)
            self.review()
            return
        async with asyncio.TaskGroup() as group:
            self.jobs.bind(group)
            group.create_task(self.credential.keep(), name="user-credential")
            group.create_task(self.connection.run(), name="user-connection")

    def trade_settled(self, trade_id: str, venue_ms: int) -> None:
        """The market gateway saw a trade reach the chain; it may be one of ours."""
        if self._reads.settled(trade_id, venue_ms):
            self._soon()

    # the session -----------------------------------------------------------------------------------------------

    def tiers(self) -> Sequence[Sequence[Line]]:
        vault = [Line(Feed.POSITIONS, self._account.vault)] if self._account.vault else []
        return (list(dict.fromkeys((self._own(Feed.ORDERS), self._own(Feed.FILLS), *vault))),)

    def _own(self, feed: Feed) -> Line:
        """What to subscribe to for a feed of the account's own."""
        return Line(self.dialect.carrier(feed), NO_ID)

    def session_opened(self, greeting: Greeting) -> None:
        if greeting.wallet:
            self._account.wallet = greeting.wallet
        self._waiting = deque()
        self._unread.clear()
        self._reads.untold = frozenset() if self.dialect.tells_balances else frozenset({AccountPane.POSITIONS})
        self._reads.session_opened()

    def session_closed(self) -> None:
        self.jobs.stop(_JOB)
        self._reads.session_closed()
        self._older.session_closed()
        self._due_s = None
        self._throw_away()

    def lines_accepted(self, lines: Sequence[Line]) -> None:
        self._read_now()

    def ticked(self, now_s: float) -> None:
        super().ticked(now_s)
        if self._due_s is not None and now_s >= self._due_s and not self.jobs.is_running(_JOB):
            self._read_now()
        self.review()

    def _read_now(self) -> None:
        self._due_s = self.clock.monotonic_s() + RECONCILE_S
        self.jobs.start(_JOB, self._read)

    def _soon(self) -> None:
        if self._due_s is not None:
            self._due_s = min(self._due_s, self.clock.monotonic_s() + SOON_S)

    async def _read(self) -> None:
        """Make the account agree with REST, pane by pane: what hinders one does not stop the others."""
        if not self._account.vault:
            try:
                self._account.vault = await self._reads.vault()
            except RestError as error:
                log.info("no vault: %s", error.words)
            else:
                self.rewant()
        passing: RestError | None = None
        for pane, read in self._parts:
            try:
                await read()
            except RestError as error:
                self._trouble[pane] = error
                if isinstance(error, UnreachableError):
                    passing = error
            else:
                self._trouble.pop(pane, None)
                self._read_s[pane] = self.clock.monotonic_s()
        self._replay()
        self.review()
        if self._account.orders.in_doubt or self._reads.in_doubt:
            self._soon()
        if passing is not None:
            raise passing  # to be tried again soon

    # frames ----------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        told_ms = event.server_ms
        self.connection.venue_time.saw(told_ms if told_ms is not None else self.dialect.told_ms(event))
        if self._waiting is None:
            self._take(event)
            return
        self._waiting.append(event)
        if len(self._waiting) > BUFFER:
            self._waiting.popleft()
            self.counts.stale += 1
            self._soon()
        else:
            self.counts.buffered += 1

    def unread(self, feed: Feed, entity: str) -> None:
        super().unread(feed, entity)
        panes = [each for known, each in _PANES.items() if self.dialect.carrier(known) is feed]
        if panes:
            for pane in panes:
                self._unread[pane] = UNREAD[feed]
            self._soon()
            self.review()

    def _replay(self) -> None:
        """REST has spoken: what came meanwhile happens now."""
        waiting, self._waiting = self._waiting, None
        for event in waiting or ():
            self.counts.buffered -= 1
            self._take(event)

    def _throw_away(self) -> None:
        waiting, self._waiting = self._waiting, None
        self.counts.buffered -= len(waiting or ())
        self.counts.stale += len(waiting or ())

    def _take(self, event: Event) -> None:
        """Apply one event and count it."""
        if isinstance(event, wire.UserFill):
            if self._reads.fill(event):
                self.counts.applied += 1
            else:
                self.counts.duplicate += 1
        elif isinstance(event, wire.OrderPlaced):
            self._placed(event)
        elif isinstance(event, wire.OrderCancelled):
            self._cancelled(event)
        elif isinstance(event, wire.PositionChanged):
            self.counts.applied += 1
            self._reads.position_changed(event)
            self._soon()
        elif not self._older.take(event):
            self.ignore(f"{event.kind} on the user gateway")

    def _placed(self, event: wire.OrderPlaced) -> None:
        version = self._account.orders.version
        self._reads.order_told(event.order_id)
        try:
            self._account.orders.placed(translate.placed(event))
        except ValueError as error:
            log.info("order_placed: %s; REST will tell", error)
            self.counts.applied += 1
            self._soon()
            return
        if self._account.orders.version == version:
            self.counts.duplicate += 1
        else:
            self.counts.applied += 1
            self.emit(AccountMoved(AccountPane.ORDERS))

    def _cancelled(self, event: wire.OrderCancelled) -> None:
        version = self._account.orders.version
        self._reads.order_told(event.order_id)
        known = self._account.orders.cancelled(event.order_id, translate.end_status(event.status))
        if not known:
            self.counts.applied += 1
            self._soon()
        elif self._account.orders.version == version:
            self.counts.duplicate += 1
        else:
            self.counts.applied += 1
            self.emit(AccountMoved(AccountPane.ORDERS))

    # claims ----------------------------------------------------------------------------------------------------

    def review(self) -> None:
        orders = self._own(Feed.ORDERS)
        has_own_line = self._account.vault and self.dialect.tells_balances
        positions = Line(Feed.POSITIONS, self._account.vault) if has_own_line else orders
        fills = self._own(Feed.FILLS)
        lines = {AccountPane.ORDERS: orders, AccountPane.FILLS: fills, AccountPane.POSITIONS: positions}
        now_s = self.clock.monotonic_s()
        for pane, line in lines.items():
            state, reason, proved_s = self._claim(pane, line, now_s)
            held = self._account.freshness[pane]
            fresh = moved(held, state, reason, proved_s, now_s)
            if fresh is not held:
                self._account.freshness[pane] = fresh
                if is_news(held, fresh):
                    self.emit(AccountPaneMoved(pane, fresh))

    def _claim(self, pane: AccountPane, line: Line, now_s: float) -> tuple[PaneState, str, float | None]:
        if not self.credential.is_set:
            return PaneState.OFF, _NO_KEY, None
        read_s = self._read_s.get(pane)
        trouble = self._trouble.get(pane)
        refused = self.subscriptions.refused.get(line)
        if self.refusal:
            return PaneState.REFUSED, self.refusal, read_s
        if refused is not None:
            return PaneState.REFUSED, subscription_words(refused.code, refused.message), read_s
        if isinstance(trouble, RefusedError):
            return PaneState.REFUSED, trouble.words, read_s
        if self.subscriptions.sid_of(line) is None:
            if read_s is None:
                return PaneState.CONNECTING, self.lost_reason, None
            return PaneState.STALE, self.lost_reason or "not connected", read_s
        if read_s is None or self._waiting is not None:
            return PaneState.SYNCING, "" if trouble is None else trouble.words, read_s
        if now_s - read_s > BUDGET_S:
            return PaneState.STALE, "the venue does not answer" if trouble is None else trouble.words, read_s
        reason = self._reads.difference_words(pane) or self._unread.get(pane, "")
        orders = self._account.orders
        if pane is AccountPane.ORDERS and orders.in_doubt:
            reason = _UNSURE if orders.may_lack_a_fill else _IN_DOUBT
        elif pane is AccountPane.FILLS:
            reason = reason or self._older.failure_words()
        elif pane in self._reads.untold:
            reason = reason or "the gateway tells no balances: read by REST"
        return PaneState.LIVE, reason, self.connection.heard_s
