"""The banner: nothing while all is well; else what happened, since when, and what it means for the trader."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.segment import Segment
from textual import events
from textual.message import Message

from psdash.account.account import Account, AccountPane
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.view import View
from psdash.dashboard.painting.words import Piece, draw_phrase, wrap
from psdash.dashboard.panes.concerns import Concern, FirstSeen, Resting, Shown, concerns
from psdash.dashboard.panes.links import Links
from psdash.dashboard.panes.private import refused_words
from psdash.gateway.notices import GatewayName, LinkState
from psdash.market.board import Board, MarketState
from psdash.market.lifecycle import MarketStatus
from psdash.terminal.cells import cells_in

#: The banner never takes more lines than this; the gravest concerns come first.
MOST_ROWS: Final = 4
#: From this height on, a concern may take a line more than it asks for.
_TALL: Final = 30
#: Where the sentences stand that there is no room for: the detail screen, by its key.
_MORE: Final = "More: d."
_PERIOD_S: Final = 1.0
_BRACKETS: Final = re.compile(r"\([^()]{1,12}\)")
_TIE: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class BannerRow:
    """One line. `head` is empty on the lines after a concern's first."""

    head: str
    text: str
    tone: Tone


class Banner(RowsWidget):
    """Says what is wrong. It posts `Wants` while it has another number of lines than it needs."""

    class Wants(Message):
        """The banner needs another number of lines (0: none)."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def __init__(
        self,
        clock: PaintClock,
        board: Board,
        account: Account,
        wall_ms: Callable[[], int],
        links: Links,
        *,
        view: View | None = None,
        id: str | None = "banner",  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(clock, view=view, id=id, classes=classes)
        self._board = board
        self._account = account
        self._wall_ms = wall_ms
        self._links = links
        self._state: MarketState | None = None
        self._asked: tuple[int, int, float] | None = None  # lines wanted, lines there, and when this was told
        self._statuses: dict[str, tuple[MarketStatus, int]] = {}  # by slug: the status, and when it was first seen
        self._platform: tuple[bool, bool, int] | None = None

    def show(self, state: MarketState | None) -> None:
        """Watch over this market (None: the platform and the gateways alone)."""
        self._state = state
        self.touch()

    def rows_for(self, width: int, height: int) -> int:
        """Lines needed right now on a terminal of `width` x `height` cells; 0 while all is well."""
        return len(self._rows(self.paint_clock.now_s(), width, height))

    def paint(self, now_s: float) -> None:
        screen = self.app.size
        wanted = len(self._rows(now_s, screen.width, screen.height)) if self.is_attached else 0
        has = self.size.height if self.display else 0
        if wanted == has:
            self._asked = None
        elif self._asked is None or self._asked[:2] != (wanted, has) or now_s >= self._asked[2] + _PERIOD_S:
            # Not at each paint, for a layout may give other than what it was asked for; but never once only: what
            # another layout gave in between, with no paint, makes the same pair a new wish.
            self._asked = (wanted, has, now_s)
            self.post_message(self.Wants(wanted))
        if wanted or has:
            self.paint_clock.mark_later(self, _PERIOD_S)  # ages and waits count on
        super().paint(now_s)

    def on_resize(self, _event: events.Resize) -> None:
        self._asked = None  # a layout has answered, this one or another
        self.touch()

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        return self._rows(now_s, width, self.app.size.height)

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, BannerRow)
        head: tuple[Piece, ...] = (Piece(f" {row.head} ", row.tone, bold=True, reverse=True),) if row.head else ()
        fill = " " * max(0, width - sum(cells_in(piece.text) for piece in head) - cells_in(row.text) - 1)
        return draw_phrase((*head, Piece(f" {row.text}{fill}")), self.palette, Tone.RAISED)

    def _rows(self, now_s: float, width: int, height: int) -> Sequence[BannerRow]:
        if width < 20:
            return ()
        rows: list[BannerRow] = []
        said = self.concerns(now_s)
        for at, concern in enumerate(said):
            room = MOST_ROWS - len(rows)
            if not room:  # what is left unsaid shows as such
                rows[-1] = _with_rest(rows[-1], f"+{len(said) - at} more: d", width, self.glyphs)
                break
            most = concern.rows + (height >= _TALL)
            rows += _lines_of(concern, width, min(most, room), self.glyphs)
        return rows

    def concerns(self, now_s: float) -> Sequence[Concern]:
        """Everything that is not as it should be, whole, the gravest first."""
        market = None if self._state is None else self._state.market
        account, now_ms = self._account, self._wall_ms()
        orders = account.orders
        here = len(orders.open_in(market.symbol)) if market is not None else 0
        resting = Resting(here, len(orders.open), account.freshness[AccountPane.ORDERS].is_live)
        links = self._links.now(now_s)
        user_is_live = any(seen.name == GatewayName.USER and seen.link.state is LinkState.LIVE for seen in links)
        return concerns(
            market,
            self._board.platform,
            links,
            resting,
            now_s=now_s,
            now_ms=now_ms,
            shown=self._shown(),
            first=self._first_seen(now_ms),
            private_refusal=refused_words(account) if user_is_live else "",
            pause=account.pause,
        )

    def _shown(self) -> Shown:
        """Whether there is anything on the screen that could be old."""
        state, account = self._state, self._account
        market = state is not None and (
            any(book.seq is not None for book in state.books)
            or len(state.tape) > 0
            or any(len(series) for series in state.candles)
        )
        return Shown(market, bool(account.orders.version or len(account.fills) or account.positions.version))

    def _first_seen(self, now_ms: int) -> FirstSeen:
        """When the present statuses were first seen; looked at with every paint, so it is a second late at most."""
        platform = self._board.platform
        market = None if self._state is None else self._state.market
        if self._platform is None or self._platform[:2] != (platform.frozen, platform.maintenance):
            self._platform = (platform.frozen, platform.maintenance, now_ms)
        if market is None:
            return FirstSeen(None, self._platform[2])
        known = self._statuses.get(market.slug)
        if known is None or known[0] is not market.status:
            known = self._statuses[market.slug] = (market.status, now_ms)
        return FirstSeen(known[1], self._platform[2])


def _lines_of(concern: Concern, width: int, most: int, glyphs: Glyphs) -> Sequence[BannerRow]:
    """As many of a concern's sentences as fit whole in `most` lines; only one that is too long alone is cut."""
    room = width - 2
    lead = cells_in(concern.head) + 2
    if lead > width // 2:
        lead = room  # the head has the first line for itself

    def laid(said: Sequence[str]) -> list[str]:
        return _wrap_after(lead, " ".join(said), room)

    said: list[str] = []
    for sentence in concern.sentences:
        if len(laid([*said, sentence])) <= most:
            said.append(sentence)
    if len(said) < len(concern.sentences) and said and len(laid([*said, _MORE])) <= most:
        said.append(_MORE)
    lines = laid(said or concern.sentences)
    if len(lines) > most:
        last = lines[most - 1]
        lines[most - 1 :] = [
            clip_cells(f"{last} {glyphs.ellipsis}", room if most > 1 else room - lead, glyphs.ellipsis)
        ]
    return [BannerRow(concern.head if at == 0 else "", line, concern.tone) for at, line in enumerate(lines)]


def _wrap_after(lead: int, text: str, width: int) -> list[str]:
    """Words in lines of `width` cells, the first one shorter by `lead`. What stands in brackets stays together."""
    text = _BRACKETS.sub(lambda found: found[0].replace(" ", _TIE), text)
    words = text.split(" ")
    first = ""
    while words and cells_in(f"{first} {words[0]}".strip()) <= width - lead - 1:
        first = f"{first} {words.pop(0)}".strip()
    lines = [first, *(wrap(" ".join(words), width) if words else ())]
    return [line.replace(_TIE, " ") for line in lines]


def _with_rest(row: BannerRow, rest: str, width: int, glyphs: Glyphs) -> BannerRow:
    taken = cells_in(row.head) + 2 if row.head else 0
    text = clip_cells(row.text, width - 3 - taken - cells_in(rest), glyphs.ellipsis)
    return replace(row, text=f"{text} {rest}")
