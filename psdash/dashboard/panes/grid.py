"""One small ladder of the grid: the best levels of one market, with its own state."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final

from rich.segment import Segment
from textual import events
from textual.message import Message

from psdash.account.account import Account
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.prices import price_words
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.ladder_columns import BarScale
from psdash.dashboard.panes.ladder_levels import resting_by_price
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Level, Side
from psdash.market.freshness import OFF, Freshness, PaneState
from psdash.terminal.cells import cells_in

_SIZE_CELLS: Final = 7


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A level: its price as text, its size, the bar in cells (`is_wall`: it would be longer), and whether an own
    order rests there.
    """

    side: Side
    price: str
    size: Decimal
    bar: int
    is_wall: bool
    is_best: bool
    is_own: bool
    is_live: bool


@dataclass(frozen=True, slots=True)
class MiddleRow:
    """Between the sides: the spread, and the last print."""

    words: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class SaidRow:
    """Words in the place of a book."""

    words: str


class GridCell(RowsPane):
    """A small ladder. It has the focus when it is the chosen one."""

    class Opened(Message):
        """A person clicked it."""

        def __init__(self, cell: GridCell) -> None:
            super().__init__()
            self.cell = cell

    def __init__(
        self, clock: PaintClock, board: Board, account: Account, *, view: View | None = None, at: int = 0
    ) -> None:
        super().__init__("", clock, view=view, id=f"grid-cell-{at}")
        self._board = board
        self._account = account
        self.slug: str | None = None
        self.outcome = 0
        self._foot = ("", "")
        self._since_s = 0.0
        self._scale = BarScale()

    def show(self, slug: str | None, outcome: int = 0) -> None:
        """Show this market; None: the cell stays empty."""
        self.slug, self.outcome = slug, outcome
        self.can_focus = slug is not None
        self._since_s = self.paint_clock.now_s()
        self._scale.reset()
        self.touch()

    @property
    def _state(self) -> MarketState | None:
        return None if self.slug is None else self._board.state(self.slug)

    @property
    def freshness(self) -> Freshness:
        state = self._state
        if state is None:
            return OFF if self.slug is None else Freshness(PaneState.CONNECTING, since_s=self._since_s)
        if self.outcome >= len(state.book_freshness):
            return Freshness(PaneState.OFF, "not on chain yet")
        if not state.market.quoting.has_book:
            return state.freshness[MarketPane.TAPE]
        return state.book_freshness[self.outcome]

    def note(self) -> tuple[str, Tone]:
        state = self._state
        if state is None or state.market.status.trades:
            return "", Tone.MUTED
        return state.market.status.value.replace("_", " "), Tone.WARN

    def foot(self) -> tuple[str, str]:
        return self._foot

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self._foot = ("", "")
        if self.slug is None:
            self.title = ""
            return ()
        market = self._board.catalogue.by_slug(self.slug)
        name = self.slug if market is None else market.group or market.title or market.slug
        # The outcome first: it must not be what a narrow cell cuts off.
        self.title = name if market is None else f"{market.label(self.outcome)} {name}"
        if market is not None and not market.quoting.has_book:  # a token is its own only outcome
            self.title = market.title or name
        if market is not None and market.event and market.group:
            self._foot = (market.event, "")
        state = self._state
        if state is None or self.outcome >= len(state.books):
            return [SaidRow("")] * ((height - 1) // 2) + [SaidRow(self.freshness.reason or "waiting for the book")]
        return self._levels(state, width, height) if state.market.quoting.has_book else self._traded(state, height)

    def _traded(self, state: MarketState, height: int) -> Sequence[Hashable]:
        """Where nobody quotes: the last trade, how far the price has come in a day, and what it is traded for."""
        slug, last, unit = state.market.slug, state.tape.last, state.market.quoting.unit
        quote, facts = self._board.catalogue.quotes.of(slug), self._board.tokens.of(slug)
        words = [] if last is None else [f"last {price_words(last.price, unit)}  {numbers.size(last.size, 9)}"]
        if last is None:
            words.append("no trade heard yet" if quote.price is None else f"about {price_words(quote.price, unit)}")
        if last is not None and quote.day_ago:
            words.append(f"{(last.price - quote.day_ago) / quote.day_ago * 100:+.2f}% in a day")
        for name, dollars in (("liquidity", facts.liquidity_usd), ("market cap", facts.market_cap_usd)):
            if dollars is not None:
                words.append(f"{name} {numbers.money(dollars, 15)}")
        rows: list[Hashable] = [MiddleRow(words[0], self.freshness.is_live), *map(SaidRow, words[1:])]
        return [SaidRow("")] * max(0, (height - len(rows)) // 2) + rows

    def _levels(self, state: MarketState, width: int, height: int) -> Sequence[Hashable]:
        book, live = state.books[self.outcome], self.freshness.is_live
        decimals = numbers.cents_decimals(book.tick)
        above = (height - 1) // 2
        asks = list(islice(book.levels(Side.ASK), above))
        bids = list(islice(book.levels(Side.BID), height - 1 - above))
        scale = self._scale.fit(level.size for level in (*asks, *bids)) or Decimal(1)
        room = max(1, (width - 6) // 2)
        own = resting_by_price(self._account.orders.open_in(state.market.symbol), self.outcome)

        def row(side: Side, level: Level, at: int) -> LevelRow:
            return LevelRow(
                side,
                numbers.ticks_in_cents(level.ticks, decimals),
                level.size,
                max(1, min(room, int(level.size * room / scale))),
                level.size > scale,
                at == 0,
                (side, level.ticks) in own,
                live,
            )

        rows: list[Hashable] = [SaidRow("")] * (above - len(asks))
        rows += reversed([row(Side.ASK, level, at) for at, level in enumerate(asks)])
        rows.append(MiddleRow(self._middle(state, decimals), live))
        return [*rows, *(row(Side.BID, level, at) for at, level in enumerate(bids))]

    def _middle(self, state: MarketState, decimals: int) -> str:
        book, last = state.books[self.outcome], state.tape.last
        parts = []
        if book.is_empty:
            parts.append("no orders" if self.freshness.is_live else "")
        elif book.spread is None:
            parts.append("no bids" if book.best_bid is None else "no asks")
        else:
            parts.append(f"spread {numbers.cents(book.spread, decimals)}")
        if last is not None:
            parts.append(f"last {numbers.cents(last.seen_from(self.outcome).price, decimals)}")
        return "  ".join(part for part in parts if part)

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        palette = self.palette
        if isinstance(row, LevelRow):
            return _draw_level(row, width, palette, self.glyphs)
        if isinstance(row, MiddleRow):
            words = clip_cells(row.words, width, self.glyphs.ellipsis).center(width)
            return [Segment(words, palette.style(Tone.MUTED, Tone.RAISED, live=row.is_live))]
        assert isinstance(row, SaidRow)
        words = clip_cells(row.words, width, self.glyphs.ellipsis)
        return [Segment(" " * ((width - cells_in(words)) // 2)), Segment(words, palette.style(Tone.MUTED))]

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.slug is not None:
            self.post_message(self.Opened(self))


def _draw_level(row: LevelRow, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Bid size and its bar left of the price, ask size and bar right of it: a side has a place besides a colour."""
    is_bid = row.side is Side.BID
    ink, bar, wall = (Tone.BID, Tone.BID_BAR, Tone.BID_WALL) if is_bid else (Tone.ASK, Tone.ASK_BAR, Tone.ASK_WALL)
    price = f" {row.price:>4} "
    left = (width - len(price)) // 2
    right = width - len(price) - left
    half = left if is_bid else right
    mark = glyphs.own if row.is_own else ""
    number = numbers.shares(row.size, min(_SIZE_CELLS, half - 1 - len(mark)))
    text = f"{mark}{number}".rjust(half) if is_bid else f"{number}{mark}".ljust(half)
    reach = min(half, row.bar)
    plain, barred = (text[: half - reach], text[half - reach :]) if is_bid else (text[reach:], text[:reach])
    middle = Segment(price, palette.style(Tone.TEXT, bold=row.is_best, live=row.is_live))
    tone = Tone.OWN if row.is_own else ink
    ground = Segment(plain, palette.style(tone, live=row.is_live))
    filled = Segment(barred, palette.style(tone, wall if row.is_wall else bar, live=row.is_live))
    return [ground, filled, middle, Segment(" " * right)] if is_bid else [Segment(" " * left), middle, filled, ground]
