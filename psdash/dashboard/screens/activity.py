"""Activity: what a source tells of the person's own wallets and tasks, each once, what moved last first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psdash.account.account import Account
from psdash.account.wallets import Holding
from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.painting import moments, numbers
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.token_rows import NATIVE, short, tokens_words
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen
from psdash.market.board import Board
from psdash.market.freshness import Freshness, PaneState
from psdash.market.token_facts import amount
from psdash.text import safe_text

_MOST: Final = 200
_PERIOD_S: Final = 1.0


class ActivitySheet(Sheet):
    """The wallets and the log of tasks, and what each may claim."""

    def __init__(
        self, clock: PaintClock, account: Account, board: Board, wall_ms: Callable[[], int], *, view: View
    ) -> None:
        super().__init__(clock, view=view)
        self.border_title = "Activity"
        self._activity = account.activity
        self._wallets = account.wallets
        self._board = board
        self._wall_ms = wall_ms

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        self.paint_clock.mark_later(self, _PERIOD_S)
        return [*self._wallet_lines(now_s), *self._task_lines(now_s)]

    def _wallet_lines(self, now_s: float) -> Sequence[Line]:
        """Every holding that was told, in tokens, by wallet; the price that it is worth is nobody's promise."""
        wallets, now_ms = self._wallets, self._wall_ms()
        if not wallets.known and wallets.freshness.state is PaneState.OFF and not wallets.freshness.reason:
            return []  # no open source knows of wallets
        lines = [_heading("WALLETS", wallets.freshness, now_s)]
        if not wallets.known:
            told = "the key's owner has no wallet" if wallets.freshness.is_live else "not known yet"
            return [*lines, (Piece(told, Tone.MUTED),), (Piece(""),)]
        tone = Tone.TEXT if wallets.freshness.is_live else Tone.STALE
        for wallet in wallets.known:
            name = wallet.label or short(wallet.address, self.glyphs)
            held = [each for each in wallets.holdings if each.wallet == wallet.address]
            if not held:
                told = "no balance has moved yet: no stream tells one before"
                lines.append((Piece(safe_text(name, 24), tone, width=16), Piece(told, Tone.MUTED)))
            for each in held:
                lines.append(self._holding(name, each, now_ms, tone))
                name = ""
        return [*lines, (Piece(""),)]

    def _holding(self, name: str, each: Holding, now_ms: int, tone: Tone) -> Line:
        market = self._board.catalogue.by_slug(f"{each.chain}:{each.token}") if each.token else None
        symbol = NATIVE.get(each.chain, each.chain) if not each.token else short(each.token, self.glyphs)
        symbol = symbol if market is None else market.label(0)
        at = "" if each.at_ms is None else moments.clock_or_day(each.at_ms, now_ms, self.view.zone)
        quote = None if market is None else self._board.catalogue.quotes.of(market.slug)
        price = None if quote is None else quote.last or quote.price
        worth = ""
        if price is not None and each.decimals is not None:
            worth = f"about {numbers.money(price * amount(each.units, each.decimals), 12)}"
        return (
            Piece(safe_text(name, 24), tone, width=16),
            Piece(safe_text(symbol, 12), tone, width=13),
            Piece(masked(tokens_words(each.units, each.decimals, 40), self.view), Tone.OWN, width=32),
            Piece(masked(worth, self.view) if worth else "", Tone.MUTED, width=20),
            Piece(at, Tone.MUTED),
        )

    def _task_lines(self, now_s: float) -> Sequence[Line]:
        freshness, now_ms = self._activity.freshness, self._wall_ms()
        lines: list[Line] = [_heading("TASKS", freshness, now_s)]
        rows = self._activity.newest(_MOST)
        if not rows:
            told = "nothing has moved yet" if freshness.is_live else "no open source tells of tasks of yours"
            return [*lines, (Piece(told, Tone.MUTED),)]
        tone = Tone.TEXT if freshness.is_live else Tone.STALE
        lines.append(
            (
                Piece(moments.zone_words(self.view.zone, now_ms), Tone.MUTED, width=10),
                Piece("KIND", Tone.MUTED, width=26),
                Piece("TIMES", Tone.MUTED, width=7),
                Piece("TASK", Tone.MUTED),
            )
        )
        for row in rows:
            detail = f"  {safe_text(row.detail, 120)}" if row.detail else ""
            lines.append(
                (
                    Piece(moments.clock_or_day(row.last_ms, now_ms, self.view.zone), Tone.MUTED, width=10),
                    Piece(safe_text(row.kind, 24), tone, width=26),
                    Piece(f"{row.times:,}", tone, width=7),
                    Piece(f"{safe_text(row.task, 80)}{detail}", tone),
                )
            )
        return lines


def _heading(title: str, freshness: Freshness, now_s: float) -> Line:
    words = str(freshness.state) + (f": {safe_text(freshness.reason, 300)}" if freshness.reason else "")
    age_s = freshness.age_s(now_s)
    if age_s is not None:
        words += f" (heard {numbers.age(age_s)} ago)"
    return Piece(title, Tone.ACCENT, bold=True, width=10), Piece(words, Tone.UP if freshness.is_live else Tone.WARN)


class ActivityScreen(SheetScreen):
    """The activity sheet over the dashboard."""

    def __init__(
        self,
        clock: PaintClock,
        account: Account,
        board: Board,
        bridge: Bridge,
        wall_ms: Callable[[], int],
        *,
        view: View,
    ) -> None:
        super().__init__(clock)
        self._sheet = ActivitySheet(clock, account, board, wall_ms, view=view)
        self._bridge = bridge

    def sheet(self, clock: PaintClock) -> Sheet:
        return self._sheet

    def on_mount(self) -> None:
        self._bridge.listen(self._sheet, Topic.ACTIVITY)

    def on_unmount(self) -> None:
        self._bridge.forget(self._sheet)
