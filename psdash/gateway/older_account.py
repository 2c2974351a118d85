"""What only the older dialect tells of the trader's own account (protocol §11): the chain's side of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal

from psdash.account.account import Account, AccountPane
from psdash.account.failures import Failure
from psdash.account.pause import Pause
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import (
    AccountMoved,
    Emit,
    GatewayName,
    PauseMoved,
    SettlementFailed,
    Severity,
    Spoken,
)
from psdash.wire.predictstreet import Event, older

#: Transactions remembered, so that none is told twice.
MOST_SEEN = 2_000
#: How long the fills pane says that a settlement failed.
SAID_S = 120.0


class OlderAccount:
    """Takes these events onto the account, says what a person must know, and has REST asked for the rest.

    `soon` asks REST, `rewant` subscribes anew, `ignore` counts a frame that is for nobody.
    """

    def __init__(
        self,
        account: Account,
        emit: Emit,
        counts: FrameCounts,
        clock: Clock,
        *,
        soon: Callable[[], None],
        rewant: Callable[[], None],
        ignore: Callable[[str], None],
    ) -> None:
        self._account = account
        self._emit = emit
        self._counts = counts
        self._clock = clock
        self._soon = soon
        self._rewant = rewant
        self._ignore = ignore
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._failed_s: float | None = None
        self._takers: dict[type[object], Callable[..., None]] = {
            older.ChainFill: self._chain_fill,
            older.TradeFailed: self._failed,
            older.VaultDeployed: self._deployed,
            older.DepositConfirmed: self._deposited,
            older.UserPaused: self._paused,
            older.UserUnpaused: self._unpaused,
        }

    def take(self, event: Event) -> bool:
        """Apply one event and count it. False when it is none of these."""
        taker = self._takers.get(type(event))
        if taker is None:
            return False
        taker(event)
        return True

    def session_closed(self) -> None:
        """Nobody listens: the end of a pause would not be heard."""
        pause = self._account.pause
        if pause is not None and pause.is_sure:
            self._put(Pause(pause.since_ms, pause.until_block, is_sure=False))

    def failure_words(self) -> str:
        """What the fills pane says of a settlement that failed lately; empty when none did."""
        last = self._account.fills.failures.last
        if last is None or self._failed_s is None or self._clock.monotonic_s() - self._failed_s > SAID_S:
            return ""
        return f"a trade of order {last.order_id[:8]} did not settle: {last.reason}"

    # the chain -------------------------------------------------------------------------------------------------

    def _chain_fill(self, event: older.ChainFill) -> None:
        """It names an order's hash and no trade: REST says which fill is settled."""
        if self._is_news(event.kind, event.tx_hash, event.order_hash):
            self._soon()

    def _failed(self, event: older.TradeFailed) -> None:
        failure = Failure(event.order_id, event.reason, event.tx_hash or "")
        fills = self._account.fills
        if not fills.told_failed(failure):
            self._counts.duplicate += 1
            return
        self._counts.applied += 1
        self._counts.happened("own trades that the chain refused")
        self._failed_s = self._clock.monotonic_s()
        self._emit(SettlementFailed(failure.order_id, failure.reason, event.selector, failure.tx_hash))
        self._emit(AccountMoved(AccountPane.FILLS))
        text = (
            f"A trade of your order {failure.order_id[:13]} did not settle: {failure.reason}. "
            "It moves neither money nor shares; look at your position before you trade on."
        )
        self._emit(Spoken(Severity.ERROR, text, GatewayName.USER))
        self._soon()

    def _deployed(self, event: older.VaultDeployed) -> None:
        if not self._is_news(event.kind, event.tx_hash, event.vault):
            return
        self._account.vault = event.vault
        text = f"Your vault {_short(event.vault)} is on chain: deposits and positions are held there from now on."
        self._emit(Spoken(Severity.INFO, text, GatewayName.USER))
        self._rewant()
        self._soon()

    def _deposited(self, event: older.DepositConfirmed) -> None:
        if not self._is_news(event.kind, event.tx_hash, f"{event.vault} {event.amount}"):
            return
        held = "" if event.ledger_after is None else f"; the venue holds {_plain(event.ledger_after)} for you now"
        text = f"Your deposit of {_plain(event.amount)} {event.currency} is confirmed{held}.".replace("  ", " ")
        self._emit(Spoken(Severity.INFO, text, GatewayName.USER))
        self._soon()

    # a pause ---------------------------------------------------------------------------------------------------

    def _paused(self, event: older.UserPaused) -> None:
        if not self._is_own(event.user, event.kind):
            return
        held = self._account.pause
        if held is not None and held.is_sure and held.until_block == event.until_block:
            self._counts.duplicate += 1
            return
        self._counts.applied += 1
        since_ms = self._clock.wall_ms() if held is None else held.since_ms
        self._put(Pause(since_ms, event.until_block))

    def _unpaused(self, event: older.UserUnpaused) -> None:
        if not self._is_own(event.user, event.kind):
            return
        if self._account.pause is None:
            self._counts.duplicate += 1
            return
        self._counts.applied += 1
        self._put(None)
        text = "Your account is no longer paused by the exchange's contract: trades can settle again."
        self._emit(Spoken(Severity.INFO, text, GatewayName.USER))
        self._soon()

    def _put(self, pause: Pause | None) -> None:
        self._account.pause = pause
        self._emit(PauseMoved(pause))

    def _is_own(self, user: str, kind: str) -> bool:
        own = {self._account.wallet, self._account.vault} - {""}
        if not own or user in own:
            return True
        self._ignore(f"{kind} of somebody else")
        return False

    def _is_news(self, kind: str, tx_hash: str | None, what: str) -> bool:
        """Count an event, each transaction's once: two channels may tell it, and delivery is at least once."""
        mark = (kind, tx_hash or "", what)
        if tx_hash and mark in self._seen:
            self._counts.duplicate += 1
            return False
        self._counts.applied += 1
        self._seen[mark] = None
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        return True


def _short(address: str) -> str:
    return f"{address[:6]}..{address[-4:]}"


def _plain(amount: str) -> str:
    return format(Decimal(amount).normalize(), "f")
