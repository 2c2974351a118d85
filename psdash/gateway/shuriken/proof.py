"""Whether a quiet token is quiet because nobody trades, or because nobody tells. Sans-IO.

Nothing is numbered on this socket (shuriken §B5), so a lost trade leaves no hole, and silence proves nothing by
itself. The lookup of the price does: while it stays where the last trade left it, there was none to tell; when it has
moved away and no trade came that says so, the channel has gone silent, whatever the pings say.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: Between lookups of the price, of the token in focus and of the others.
AUDIT_S: Final = {True: 15.0, False: 60.0}
#: What nothing has proved for so long is stale.
BUDGET_S: Final = {True: 45.0, False: 180.0}
#: A trade may be told this much later than the lookup knows of it.
GRACE_S: Final = 5.0
#: The price moves by less than this share without a trade, with what the token is traded for.
DRIFT: Final = Decimal("0.005")


class Proof:
    """One token's. `proved_s` is when something last spoke for its being whole, None if nothing has; `sure_s` when
    that was beyond doubt: a small trade moves the price by less than the drift that a lookup is allowed.
    """

    def __init__(self) -> None:
        self.proved_s: float | None = None
        self.sure_s = 0.0
        self.asked_s = float("-inf")  # the last lookup
        self.trouble = ""  # why the last lookup gave nothing
        self._settled: Decimal | None = None  # the price when it was last explained
        self._heard_s = float("-inf")
        self._suspect_s: float | None = None
        self.is_silent = False

    def joined(self, now_s: float) -> None:
        """A new subscription: it proves nothing of the time before."""
        self.sure_s = now_s
        self.proved_s = self._settled = self._suspect_s = None
        self.asked_s = self._heard_s = float("-inf")
        self.is_silent = False

    def heard(self, now_s: float) -> bool:
        """Something came on the channel. True when it had been called silent."""
        was_silent = self.is_silent
        self._heard_s = self.proved_s = self.sure_s = now_s
        self._suspect_s = None
        self._settled = None
        self.is_silent = False
        return was_silent

    def audited(self, price: Decimal | None, asked_s: float, now_s: float) -> None:
        """The lookup was asked at `asked_s` and told this price."""
        self.trouble = ""
        if price is None:
            return
        if self._settled is None or self._heard_s >= asked_s - GRACE_S or not self._moved(price):
            self._suspect_s = None
            if price == self._settled:
                self.sure_s = max(self.sure_s, asked_s - GRACE_S)
            if not self.is_silent:
                self.proved_s = now_s
                # Not what a later lookup told: a price that creeps away must be found out as well.
                self._settled = price if self._settled is None else self._settled
        elif self._suspect_s is None:
            self._suspect_s = now_s

    def _moved(self, price: Decimal) -> bool:
        held = self._settled
        return held is not None and abs(price - held) > held * DRIFT

    def ticked(self, now_s: float) -> bool:
        """True at the moment in which the channel is found silent."""
        if self._suspect_s is None or self.is_silent or now_s - self._suspect_s < GRACE_S:
            return False
        self.is_silent = True
        return True

    def is_quiet(self, now_s: float) -> bool:
        """Whether nothing came for so long that only the lookup speaks for it."""
        return now_s - self._heard_s > AUDIT_S[False]

    def is_due(self, now_s: float, *, is_focused: bool) -> bool:
        """Whether to look the price up now."""
        return now_s - self.asked_s >= AUDIT_S[is_focused]

    def is_overdue(self, now_s: float, *, is_focused: bool) -> bool:
        """Whether nothing has proved the token for too long."""
        return self.proved_s is None or now_s - self.proved_s > BUDGET_S[is_focused]
