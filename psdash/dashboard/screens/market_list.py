"""The market list: type to find, arrows to choose, both at once; events as groups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.columns import (
    Cell,
    Column,
    Fitted,
    TableRow,
    WordsRow,
    draw_cells,
    draw_line,
    fit,
    unknown,
)
from psdash.dashboard.painting.numbers import cents
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus

_SUBTITLE: Final = "Enter opens  Esc closes"

#: Statuses that end a market's trading for a while, or in an argument.
_HALTED: Final = frozenset(
    (MarketStatus.PAUSED, MarketStatus.SUSPENDED, MarketStatus.DELAYED, MarketStatus.DISPUTED, MarketStatus.UNKNOWN)
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """A heading: the event under which markets stand."""

    title: str


class MarketRows(RowsWidget):
    """The markets that match, with a cursor on one of them."""

    COLUMNS = (
        Column("", 1),
        Column("market", 16, stretch=True),
        Column("status", 18, rank=3),
        Column("bid", 5, rank=1, right=True),
        Column("ask", 5, rank=1, right=True),
        Column("last", 5, rank=2, right=True),
    )

    def __init__(self, clock: PaintClock, board: Board, shown: str | None) -> None:
        """`shown` is the slug on the dashboard now; the cursor starts there."""
        super().__init__(clock, id="market-rows")
        self._board = board
        self._shown = shown
        self._typed = ""
        self._version = -1
        self._markets: list[Market] = []
        self._chosen: str | None = shown
        self._top = 0
        self._more = (0, 0)

    def find(self, typed: str) -> None:
        """Show what matches, the best match chosen."""
        self._typed = typed
        self._version = -1
        self._renew()
        self._chosen = self._shown if not typed else self._markets[0].slug if self._markets else None
        self.touch()

    @property
    def chosen(self) -> str | None:
        """The slug under the cursor."""
        self._renew()
        return self._chosen

    def move(self, by: int) -> None:
        """Move the cursor by so many markets; it stops at the ends."""
        self._renew()
        if not self._markets:
            return
        slugs = [market.slug for market in self._markets]
        at = slugs.index(self._chosen) + by if self._chosen in slugs else 0
        self._chosen = slugs[max(0, min(len(slugs) - 1, at))]
        self.touch()

    def _renew(self) -> None:
        catalogue = self._board.catalogue
        if catalogue.version == self._version:
            return
        self._version = catalogue.version
        events_in_order: dict[str, list[Market]] = {}
        for market in catalogue.find(self._typed):
            events_in_order.setdefault(market.event, []).append(market)
        self._markets = [market for markets in events_in_order.values() for market in markets]
        if self._chosen not in {market.slug for market in self._markets}:
            self._chosen = self._markets[0].slug if self._markets else None

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self._renew()
        self._tell_more(0, 0)
        if not self._markets:
            known = len(self._board.catalogue)
            return [
                "",
                WordsRow("no market matches" if known else "the venue has not listed its markets yet", centred=True),
            ]
        fitted = fit(self.COLUMNS, width)
        rows: list[Hashable] = []
        chosen_at = 0
        event = None
        for market in self._markets:
            if market.event != event:
                event = market.event
                rows.append(EventRow(event or "Other markets"))
            if market.slug == self._chosen:
                chosen_at = len(rows)
            rows.append(market)
        room = height - 1
        first = chosen_at - 1 if chosen_at and isinstance(rows[chosen_at - 1], EventRow) else chosen_at
        self._top = max(0, min(self._top, first, len(rows) - room), chosen_at - room + 1)
        header = TableRow(tuple(Cell(column.title, Tone.MUTED) for column in self.COLUMNS), fitted)
        shown = rows[self._top : self._top + room]
        under = rows[self._top + room :]
        self._tell_more(
            sum(isinstance(row, Market) for row in rows[: self._top]), sum(isinstance(row, Market) for row in under)
        )
        return [header, *(self._row(row, fitted) if isinstance(row, Market) else row for row in shown)]

    def _tell_more(self, above: int, below: int) -> None:
        """How many markets there are beyond the edges, in the frame's bottom line."""
        if (above, below) == self._more:
            return
        self._more = (above, below)
        told = [
            f"{glyph} {count} more" for glyph, count in ((self.glyphs.up, above), (self.glyphs.down, below)) if count
        ]
        if self.parent is not None and isinstance(self.parent, Widget):
            self.parent.border_subtitle = Content("  ".join([*told, _SUBTITLE]))

    def _row(self, market: Market, fitted: tuple[Fitted, ...]) -> TableRow:
        state = self._board.state(market.slug)
        bid = ask = last = Cell("")  # nothing is asked of a market that is not watched
        if state is not None and state.books:  # none until the market is on chain (protocol §7.2)
            bid = ask = last = unknown(self.glyphs)
            tone = Tone.TEXT if state.book_freshness[0].is_live else Tone.STALE
            book = state.books[0]
            if book.best_bid is not None:
                bid = Cell(cents(book.best_bid.price), Tone.BID if tone is Tone.TEXT else tone)
            if book.best_ask is not None:
                ask = Cell(cents(book.best_ask.price), Tone.ASK if tone is Tone.TEXT else tone)
            if state.tape.last is not None:
                last = Cell(cents(state.tape.last.seen_from(0).price), tone)
        trades = market.status.trades
        return TableRow(
            (
                Cell(self.glyphs.full if market.slug == self._shown else "", Tone.ACCENT),
                Cell(market.group or market.title or market.slug, Tone.TEXT if trades else Tone.MUTED),
                Cell(
                    market.status.value.replace("_", " ").lower(),
                    Tone.WARN if market.status in _HALTED else Tone.MUTED,
                ),
                bid,
                ask,
                last,
            ),
            fitted,
            on=Tone.CURSOR if market.slug == self._chosen else None,
        )

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        if isinstance(row, EventRow):
            return draw_line(WordsRow(row.title, Tone.ACCENT), width, self.palette, self.glyphs)
        return draw_line(row, width, self.palette, self.glyphs) if isinstance(row, WordsRow) else []

    def on_click(self, event: events.Click) -> None:
        event.stop()
        at = self._top + event.y - 1
        rows: list[str | None] = []
        title = None
        for market in self._markets:
            if market.event != title:
                title = market.event
                rows.append(None)
            rows.append(market.slug)
        if 0 <= at < len(rows) and rows[at] is not None:
            self._chosen = rows[at]
            self.screen.dismiss(self._chosen)


class MarketListScreen(ModalScreen[str | None]):
    """Asks for a market. The answer is its slug, or None when the person went back."""

    BINDINGS = bindings(Place.MARKET_LIST)

    def __init__(self, clock: PaintClock, board: Board, bridge: Bridge, shown: str | None) -> None:
        super().__init__()
        self._bridge = bridge
        self._rows = MarketRows(clock, board, shown)

    def compose(self) -> ComposeResult:
        with Vertical(id="market-list") as frame:
            frame.border_title = "Markets"
            frame.border_subtitle = _SUBTITLE
            yield Input(placeholder="type to find", id="market-find", compact=True)
            yield self._rows

    def on_mount(self) -> None:
        self._bridge.listen(self._rows, Topic.CATALOGUE, Topic.ANY_MARKET)

    def on_unmount(self) -> None:
        self._bridge.forget(self._rows)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._rows.find(event.value)

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self._rows.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self._rows.move(by * max(1, self._rows.size.height - 3))

    def action_open(self) -> None:
        """Answer with the market under the cursor."""
        if self._rows.chosen is not None:
            self.dismiss(self._rows.chosen)

    def action_left(self) -> None:
        """Back, when nothing is typed; else the text cursor moves."""
        field = self.query_one(Input)
        if field.value:
            field.action_cursor_left()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Back without an answer."""
        self.dismiss(None)
