"""The market list: type to find, arrows to choose, both at once; favourites first, then events as groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
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
)
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.numbers import shares
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.token_rows import short
from psdash.dashboard.remap import table_of
from psdash.dashboard.screens.market_prices import DOLLAR_CELLS, price_cells, prices_of, short_span
from psdash.dashboard.screens.market_table import market_table
from psdash.dashboard.screens.typing import after_typing
from psdash.dashboard.sending.commands import Sender
from psdash.dashboard.sending.tables import Table
from psdash.dashboard.session import Session
from psdash.market import listing
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.market.quotes import Quote
from psdash.market.quoting import Unit

#: Statuses that end a market's trading for a while, or in an argument.
_HALTED: Final = frozenset(
    (MarketStatus.PAUSED, MarketStatus.SUSPENDED, MarketStatus.DELAYED, MarketStatus.DISPUTED, MarketStatus.UNKNOWN)
)
#: Statuses after which no price comes any more.
_OVER: Final = frozenset((MarketStatus.RESOLVED, MarketStatus.VOIDED, MarketStatus.CANCELLED, MarketStatus.REJECTED))
_FAVOURITE: Final = "*"
_PERIOD_S: Final = 1.0
#: Which of the columns is the status.
_STATUS: Final = 3


@dataclass(frozen=True, slots=True)
class EventRow:
    """A heading: the event under which markets stand."""

    title: str


class MarketRows(RowsWidget):
    """The markets that match, with a cursor on one of them."""

    COLUMNS = (
        Column("", 1),
        Column("", 1),
        Column("market", 18, stretch=True, least=14),
        Column("status", 9, rank=6),
        Column("bid", 5, rank=1, right=True),
        Column("ask", 5, rank=1, right=True),
        Column("last", 5, rank=1, right=True),
        Column("chg24h", 6, rank=3, right=True),
        Column("vol24h", 6, rank=5, right=True),
        Column("closes", 6, rank=4, right=True),
        Column("age", 5, rank=1, right=True),
    )

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        shown: str | None,
        venue_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        """`shown` is the slug on the dashboard now; the cursor starts there. `venue_ms` is the venue's clock."""
        super().__init__(clock, view=view, id="market-rows")
        self._session = session
        self._board = session.board
        self._shown = shown
        self._venue_ms = venue_ms
        self._typed = ""
        self._known: Hashable = None
        self._blocks: Sequence[listing.Block] = ()
        self._markets: list[Market] = []
        self._chosen: str | None = shown
        self._top = 0
        self._more: tuple[int, int, str] | None = None
        self._lines: list[Hashable] = []

    def find(self, typed: str) -> None:
        """Show what matches, the best match chosen; nothing when that is what is shown."""
        if typed == self._typed:
            return
        self._typed = typed
        self._known = None
        self._session.finder.look(typed)
        self._renew()
        self._chosen = self._shown if not typed else self._markets[0].slug if self._markets else None
        self.touch()

    @property
    def chosen(self) -> str | None:
        """The slug under the cursor."""
        self._renew()
        return self._chosen

    def table(self) -> Table:
        """Every market that matches what is typed."""
        self._renew()
        return self._table(self._markets)

    def row_table(self) -> Table:
        """The market under the cursor."""
        self._renew()
        return self._table([market for market in self._markets if market.slug == self._chosen][:1])

    def _table(self, markets: Sequence[Market]) -> Table:
        return market_table(markets, self._board, self._session.shelf.favourites, self.paint_clock.now_s())

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
        catalogue, favourites = self._board.catalogue, self._session.shelf.favourites
        named = tuple(self._session.finder.found(self._typed))
        known = (catalogue.version, favourites, named)
        if self._known == known:
            return
        self._known = known
        self._blocks = listing.blocks(catalogue, self._typed, favourites, named)
        self._markets = [market for _, markets in self._blocks for market in markets]
        self._lines = []
        for heading, markets in self._blocks:
            self._lines += [EventRow(heading), *markets]
        if self._chosen not in {market.slug for market in self._markets}:
            self._chosen = self._markets[0].slug if self._markets else None

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self._renew()
        self.paint_clock.mark_later(self, _PERIOD_S)  # ages, and what is left until a market closes
        if not self._markets:
            self._tell_more(0, 0)
            self._session.quote(())
            known = len(self._board.catalogue)
            words = "no market matches" if known else "the venue has not listed its markets yet"
            search = self._session.finder.state(self._typed)
            return ["", WordsRow(f"{words}; {search}" if search else words, centred=True)]
        rows = self._lines
        chosen_at = next(at for at, row in enumerate(rows) if isinstance(row, Market) and row.slug == self._chosen)
        room = height - 1
        first = chosen_at - 1 if chosen_at and isinstance(rows[chosen_at - 1], EventRow) else chosen_at
        self._top = max(0, min(self._top, first, len(rows) - room), chosen_at - room + 1)
        shown = rows[self._top : self._top + room]
        under = rows[self._top + room :]
        self._tell_more(
            sum(isinstance(row, Market) for row in rows[: self._top]), sum(isinstance(row, Market) for row in under)
        )
        self._session.quote([row.slug for row in shown if isinstance(row, Market) and row.status not in _OVER])
        has_dollars = any(market.quoting.unit is Unit.DOLLARS for market in self._markets)
        fitted = fit(_DOLLAR_COLUMNS if has_dollars else self.COLUMNS, width)
        header = TableRow(tuple(Cell(column.title, Tone.MUTED) for column in self.COLUMNS), fitted)
        heading = ""
        body: list[Hashable] = []
        for row in rows[: self._top]:
            heading = row.title if isinstance(row, EventRow) else heading
        for row in shown:
            heading = row.title if isinstance(row, EventRow) else heading
            is_far = heading == listing.FAVOURITES
            body.append(self._row(row, fitted, now_s, is_far=is_far) if isinstance(row, Market) else row)
        return [header, *body]

    def _tell_more(self, above: int, below: int) -> None:
        """How many markets there are beyond the edges, and how the search goes, in the frame's bottom line."""
        search = self._session.finder.state(self._typed)
        if (above, below, search) == self._more:
            return
        self._more = (above, below, search)
        told = [
            f"{glyph} {count} more" for glyph, count in ((self.glyphs.up, above), (self.glyphs.down, below)) if count
        ]
        told += [clip_cells(search, 40, self.glyphs.ellipsis)] if search else []
        shown = {key.id: key.shown for key in table_of(self.app)}
        keys = f"{shown['list.open']} opens  {shown['list.favourite']} marks  {shown['list.close']} closes"
        if self.parent is not None and isinstance(self.parent, Widget):
            self.parent.border_subtitle = Content("  ".join([*told, keys]))

    def _row(self, market: Market, fitted: tuple[Fitted, ...], now_s: float, *, is_far: bool) -> TableRow:
        """`is_far` from its event's heading: then the event is named in the row."""
        prices = prices_of(market, self._board, now_s)
        quote = self._board.catalogue.quotes.of(market.slug)
        name = market.group or market.title or market.slug
        if not market.quoting.has_book and market.tokens:  # anybody can name a token like another
            name = f"{market.title or name}  {short(market.tokens[0], self.glyphs)}"
        if is_far and market.group and market.event:
            name = f"{market.event}: {name}"
        trades = market.status.trades
        status = _STATUS_WORDS.get(market.status, market.status.value.lower())
        if not trades and all(column.at != _STATUS for column in fitted):
            name = f"{status}: {name}"  # no room for its column, and no price says that nothing trades
        is_marked = self._session.shelf.is_favourite(market.slug)
        return TableRow(
            (
                Cell(self._sign(market.slug), Tone.ACCENT),
                Cell(_FAVOURITE if is_marked else "", Tone.ACCENT, bold=True),
                Cell(name, Tone.TEXT if trades else Tone.MUTED),
                Cell(status, Tone.WARN if market.status in _HALTED else Tone.MUTED),
                *price_cells(prices, quote, market.quoting, self.glyphs),
                self._volume(quote),
                self._closes(market),
                Cell(
                    "" if market.status in _OVER else prices.age,
                    Tone.MUTED if prices.is_live or not prices.age else Tone.STALE,
                ),
            ),
            fitted,
            on=Tone.CURSOR if market.slug == self._chosen else None,
        )

    def _sign(self, slug: str) -> str:
        """Where the keys act, or else what is on the dashboard: said without colour too."""
        return self.glyphs.cursor if slug == self._chosen else self.glyphs.full if slug == self._shown else ""

    def _volume(self, quote: Quote) -> Cell:
        return Cell("") if quote.volume_24h is None else Cell(shares(quote.volume_24h, 6), Tone.MUTED)

    def _closes(self, market: Market) -> Cell:
        if market.closes_ms is None or market.status in _OVER:
            return Cell("")
        left_ms = market.closes_ms - self._venue_ms()
        soon = left_ms < 3_600_000 and market.status.trades
        text = short_span(left_ms / 1000) if left_ms >= 0 else "past"
        return Cell(text, Tone.WARN if soon else Tone.MUTED)

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        if isinstance(row, EventRow):
            return draw_line(WordsRow(row.title, Tone.ACCENT), width, self.palette, self.glyphs)
        return draw_line(row, width, self.palette, self.glyphs) if isinstance(row, WordsRow) else []

    def on_click(self, event: events.Click) -> None:
        event.stop()
        at = self._top + event.y - 1
        row = self._lines[at] if 0 <= at < len(self._lines) and event.y > 0 else None
        if isinstance(row, Market):
            self._chosen = row.slug
            self.screen.dismiss(self._chosen)


#: Where a price in dollars is listed too.
_DOLLAR_COLUMNS: Final = tuple(
    replace(column, width={"last": DOLLAR_CELLS, "chg24h": 7}.get(column.title, column.width))
    for column in MarketRows.COLUMNS
)
_STATUS_WORDS: Final = {
    MarketStatus.PRE_MARKET: "pre-open",
    MarketStatus.PENDING_RESOLUTION: "resolving",
}


class FindInput(Input):
    """What is typed to find a market. A key that the list binds is the list's, even one that could be typed."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        taken = {
            name for each in table_of(self.app) if each.place is Place.MARKET_LIST for name in each.keys.split(",")
        }
        return key not in taken and super().check_consume_key(key, character)


class MarketListScreen(ModalScreen[str | None]):
    """Asks for a market. The answer is its slug, or None when the person went back."""

    BINDINGS = bindings(Place.MARKET_LIST)

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        bridge: Bridge,
        shown: str | None,
        venue_ms: Callable[[], int],
        sender: Sender,
        *,
        view: View | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._bridge = bridge
        self._sender = sender
        self._rows = MarketRows(clock, session, shown, venue_ms, view=view)

    def compose(self) -> ComposeResult:
        with Vertical(id="market-list") as frame:
            frame.border_title = "Markets"
            yield FindInput(placeholder="type to find", id="market-find", compact=True)
            yield self._rows

    def on_mount(self) -> None:
        self._bridge.listen(self._rows, Topic.CATALOGUE, Topic.ANY_PRICE, Topic.ANY_MARKET)

    def on_unmount(self) -> None:
        self._bridge.forget(self._rows)
        self._session.quote(())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._rows.find(event.value)

    def _after_typing(self, do: Callable[[], object]) -> None:
        field = self.query_one(Input)

        def then() -> None:
            self._rows.find(field.value)
            do()

        after_typing(self, field, then)

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self._after_typing(lambda: self._rows.move(by))

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self._after_typing(lambda: self._rows.move(by * max(1, self._rows.size.height - 3)))

    def action_favourite(self) -> None:
        """Mark the market under the cursor, or unmark it; the cursor stays on it."""

        def toggle() -> None:
            slug = self._rows.chosen
            if slug is not None:
                self._session.shelf.toggle_favourite(slug)
                self._rows.touch()

        self._after_typing(toggle)

    def action_copy_row(self) -> None:
        """Copy the market under the cursor."""
        self._after_typing(lambda: self._sender.copy(self._rows, is_row=True))

    def action_export(self) -> None:
        """Write every market that matches to a file."""
        self._after_typing(lambda: self._sender.export(self._rows))

    def action_open(self) -> None:
        """Answer with the market under the cursor."""
        self._after_typing(self._open)

    def _open(self) -> None:
        if self._rows.chosen is not None and self.is_current:
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
