"""The tape: every print of one market, newest first, in the shown outcome's terms."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.segment import Segment
from textual import events

from psdash.account.fills import FillStore
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import Freshness
from psdash.market.tape import Aggressor, Gap, Print, Settlement

_ALL: Final = 1_000_000
#: Cells of a tape that has room for its legend beside anything else.
_ROOMY: Final = 56
#: In place of the glyph of settlement: a match that the chain should have taken long ago.
_UNSETTLED: Final = "!"


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The names of the columns."""

    decimals: int


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One print. `decimals` is how finely the tape writes its prices, the same for every row in view."""

    venue_ms: int
    price: Decimal
    decimals: int
    size: Decimal
    aggressor: Aggressor
    is_own: bool
    settlement: Settlement
    is_live: bool


@dataclass(frozen=True, slots=True)
class GapRow:
    """Between these venue times prints may be missing."""

    from_ms: int
    to_ms: int
    is_live: bool


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """Said when nothing has been printed yet."""

    words: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; a column of 0 is dropped. Aggressor, own and settlement are one cell each."""

    time: int
    price: int
    size: int
    value: int


def columns_for(width: int, decimals: int) -> Columns:
    """What fits in `width` cells. The value goes first, then milliseconds, then the time; the rest stays."""
    price = 3 + decimals if decimals else 2
    # Aggressor, price, size, own and settlement, with their spaces.
    fixed = 9 + price
    for time, size, value in ((12, 7, 8), (12, 6, 8), (12, 7, 0), (12, 6, 0), (8, 7, 0), (8, 5, 0), (0, 7, 0)):
        left = width - fixed - size - value - (time + 1 if time else 0)
        if left >= 0:
            return Columns(time, price, min(size + left, 9), value)
    return Columns(0, price, max(4, width - fixed), 0)


class TapePane(RowsPane):
    """Prints of one market. It follows the newest until a person scrolls; then the view stands still and counts."""

    BINDINGS = bindings(Place.PANE)

    def __init__(
        self,
        clock: PaintClock,
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__("Tape", clock, view=view, id=id, classes=classes)
        self._state: MarketState | None = None
        self._outcome = 0
        self._fills: FillStore | None = None
        self._own: frozenset[str] = frozenset()
        self._own_version: tuple[FillStore | None, int] = (None, -1)
        self._held: Sequence[Print | Gap] | None = None  # the tape as it was when the person scrolled
        self._held_seen = 0  # prints ever seen at that moment
        self._offset = 0
        self._page = 1

    # what is shown --------------------------------------------------------------------------------------------------

    def show(self, state: MarketState | None, outcome: int = 0, fills: FillStore | None = None) -> None:
        """Show a market's prints in an outcome's terms, own ones marked; None while there is no market yet."""
        if state is not self._state:
            self._held, self._offset = None, 0
        self._state, self._outcome, self._fills = state, outcome, fills
        self._own_version = (None, -1)
        self.title = "Tape" if state is None else pane_title(state.market.label(outcome), "tape")
        self.touch()

    @property
    def is_held(self) -> bool:
        """True while a person has scrolled and the view stands still."""
        return self._held is not None

    @property
    def new_prints(self) -> int:
        """Prints that came since the view was held."""
        if self._held is None or self._state is None:
            return 0
        return _ever_seen(self._state) - self._held_seen

    def follow(self) -> None:
        """Back to the newest print, and follow again."""
        self._held, self._offset = None, 0
        self.touch()

    def _scroll(self, rows: int) -> None:
        state = self._state
        if state is None or not len(state.tape):
            return
        if self._held is None:
            if rows <= 0:
                return
            self._held, self._held_seen = state.tape.rows(_ALL), _ever_seen(state)
        self._offset = max(0, min(self._offset + rows, len(self._held) - self._page))
        if self._offset == 0 and rows < 0:
            self._held = None  # scrolled back to the top: that is following again
        self.touch()

    def action_scroll_down(self) -> None:
        self._scroll(1)

    def action_scroll_up(self) -> None:
        self._scroll(-1)

    def action_page_down(self) -> None:
        self._scroll(max(1, self._page - 1))

    def action_page_up(self) -> None:
        self._scroll(-max(1, self._page - 1))

    def action_scroll_home(self) -> None:
        self.follow()

    def action_scroll_end(self) -> None:
        self._scroll(_ALL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    # rows -----------------------------------------------------------------------------------------------------------

    @property
    def freshness(self) -> Freshness:
        return super().freshness if self._state is None else self._state.freshness[MarketPane.TAPE]

    def note(self) -> tuple[str, Tone]:
        if self._held is None:
            return "", Tone.MUTED
        return f"held, {self.new_prints} new", Tone.ACCENT

    def foot(self) -> tuple[str, str]:
        legend = f"{self.glyphs.hollow} matched {self.glyphs.full} settled"
        tape = None if self._state is None else self._state.tape
        told = [f"{_UNSETTLED} {tape.unsettled_count} unsettled"] if tape is not None and tape.unsettled_count else []
        if tape is not None and tape.gaps:
            told.append(f"{len(tape.gaps)} gap{'s' if len(tape.gaps) > 1 else ''}")
        if self._held is not None:
            told.insert(0, "Home follows")
        # What is missing goes before what the glyphs mean.
        return f" {self.glyphs.separator} ".join(told), legend if not told or self.size.width >= _ROOMY else ""

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        if state is None or height < 2 or width < 14:
            return ()
        self._page = height - 1
        live = self.freshness.is_live
        shown = self._in_view(state, height - 1)
        if not shown:
            return (HeadRow(0), EmptyRow("no prints yet" if live else ""))
        own = self._own_trades()
        seen = [row if isinstance(row, Gap) else row.seen_from(self._outcome) for row in shown]
        decimals = max((numbers.decimals_of(row.price) for row in seen if not isinstance(row, Gap)), default=0)
        rows: list[Hashable] = [HeadRow(decimals)]
        rows += [
            GapRow(row.from_ms, row.to_ms, live)
            if isinstance(row, Gap)
            else PrintRow(
                row.venue_ms,
                row.price,
                decimals,
                row.size,
                row.aggressor,
                row.is_own or row.trade_id in own,
                row.settlement,
                live,
            )
            for row in seen
        ]
        return rows

    def _in_view(self, state: MarketState, rows: int) -> Sequence[Print | Gap]:
        if self._held is None:
            return state.tape.rows(rows)
        self._offset = max(0, min(self._offset, len(self._held) - rows))
        # The view stands still, the settlement of what it shows goes on; a print that fell off the tape stays here.
        held = self._held[self._offset : self._offset + rows]
        return [row if isinstance(row, Gap) else state.tape.get(row.trade_id) or row for row in held]

    def _own_trades(self) -> frozenset[str]:
        fills = self._fills
        if fills is None:
            return frozenset()
        version = (fills, fills.version)
        if version != self._own_version:
            self._own = frozenset(fill.trade_id for fill in fills.newest(len(fills)))
            self._own_version = version
        return self._own

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, PrintRow):
            return draw_print(row, width, self.palette, self.glyphs)
        if isinstance(row, HeadRow):
            return draw_head(row, width, self.palette, self.glyphs)
        if isinstance(row, GapRow):
            return draw_gap(row, width, self.palette, self.glyphs)
        assert isinstance(row, EmptyRow)
        return [Segment(f" {row.words}", self.palette.style(Tone.MUTED))]


def _ever_seen(state: MarketState) -> int:
    return len(state.tape) + state.tape.dropped


def draw_head(row: HeadRow, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Draw the names of the columns."""
    columns = columns_for(width, row.decimals)
    time = f"{'UTC':<{columns.time}} " if columns.time else ""
    value = f"{'VALUE':>{columns.value}}" if columns.value else ""
    text = f" {time}  {glyphs.cents:>{columns.price}} {'SIZE':>{columns.size}}{value}"
    return [Segment(text, palette.style(Tone.MUTED))]


def draw_print(row: PrintRow, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Draw one print: time, aggressor, price, size, value in dollars, own, settlement."""
    columns, live = columns_for(width, row.decimals), row.is_live
    when = numbers.utc_time_ms(row.venue_ms)[: columns.time]
    glyph, tone = {
        Aggressor.BUY: (glyphs.up, Tone.UP),
        Aggressor.SELL: (glyphs.down, Tone.DOWN),
        Aggressor.UNKNOWN: (glyphs.dot, Tone.MUTED),
    }[row.aggressor]
    price_tone = Tone.TEXT if row.aggressor is Aggressor.UNKNOWN else tone
    settled, settled_tone = {
        Settlement.MATCHED: (glyphs.hollow, Tone.MUTED),
        Settlement.SETTLED: (glyphs.full, Tone.MUTED),
        Settlement.UNSETTLED: (_UNSETTLED, Tone.WARN),
    }[row.settlement]
    value = f"{numbers.money(row.price * row.size, columns.value - 1):>{columns.value}}" if columns.value else ""
    return [
        Segment(f" {when} " if when else " ", palette.style(Tone.MUTED, live=live)),
        Segment(f"{glyph} ", palette.style(tone, live=live)),
        Segment(
            f"{numbers.cents(row.price, row.decimals):>{columns.price}}",
            palette.style(price_tone, bold=True, live=live),
        ),
        Segment(f" {numbers.shares(row.size, columns.size):>{columns.size}}", palette.style(Tone.TEXT, live=live)),
        Segment(value, palette.style(Tone.MUTED, live=live)),
        Segment(f" {glyphs.own if row.is_own else ' '}", palette.style(Tone.OWN, bold=True, live=live)),
        Segment(f" {settled} ", palette.style(settled_tone, live=live)),
    ]


def draw_gap(row: GapRow, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Draw a gap: a row of its own between the prints. The times give way last."""
    first, last = (numbers.utc_time_ms(at_ms)[:8] for at_ms in (row.from_ms, row.to_ms))
    rule = glyphs.horizontal
    forms = (
        f" {rule} gap {first}-{last}: prints may be missing {rule}",
        f" gap {first}-{last}: prints missing",
        f" gap {first}-{last}",
        f" gap {first}",
        " gap",
    )
    words = next((form for form in forms if len(form) <= width), "")
    return [Segment(words, palette.style(Tone.WARN, live=row.is_live))]
