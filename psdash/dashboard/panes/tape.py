"""The tape: every print of one market, newest first, in the shown outcome's terms."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final

from rich.segment import Segment
from textual import events

from psdash.account.fills import FillStore
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.columns import at_cursor
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.prices import form_of
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.tape_held import Held
from psdash.dashboard.panes.tape_rows import (
    UNSETTLED,
    EmptyRow,
    GapRow,
    HeadRow,
    PressureRow,
    PrintRow,
    draw_gap,
    draw_head,
    draw_pressure,
    draw_print,
)
from psdash.dashboard.panes.tape_table import tape_table
from psdash.dashboard.sending.tables import Table
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.gaps import Gap
from psdash.market.pressure import Pressure, outstanding, pressure
from psdash.market.sweeps import Sweep, merged, singly
from psdash.market.tape import Print, Tape
from psdash.terminal.cells import cells_in

_ALL: Final = 1_000_000
#: Cells of the bottom line that are neither words nor legend: corners, rules and the spaces around them.
_FOOT_FIXED: Final = 10
#: The size filter's steps, in shares; the first one shows everything.
FILTERS: Final = (0, 100, 1_000, 10_000)
#: Windows of what was bought and sold, in minutes; the second where the pane is tall.
WINDOWS_MIN: Final = (1, 5)
_ONE_WINDOW: Final = 7
_TWO_WINDOWS: Final = 18
#: A window over a busy tape is summed up no more often than this.
_SUM_S: Final = 0.5
#: Among how many of the newest prints a large one stands out, and after how many more that is asked again.
_LATEST: Final = 500
_RENEW: Final = 50

#: Of which tape, in which state of it, for which outcome and how many windows something was summed up.
_WindowKey = tuple[Tape, int, int, int]


class TapePane(RowsPane):
    """Prints of one market. It follows the newest until a person scrolls; then the view stands still and counts."""

    BINDINGS = [*bindings(Place.PANE), *bindings(Place.TAPE)]

    def __init__(
        self,
        clock: PaintClock,
        *,
        view: View | None = None,
        venue_ms: Callable[[], int] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        """`venue_ms` tells the venue's time, by which windows slide and ages grow; without it neither is shown."""
        super().__init__("Tape", clock, view=view, id=id, classes=classes)
        self._venue_ms = venue_ms
        self._state: MarketState | None = None
        self._outcome = 0
        self._fills: FillStore | None = None
        self._own: frozenset[str] = frozenset()
        self._own_version: tuple[FillStore | None, int] = (None, -1)
        self._merges = True
        self._filter = 0
        self._held: Held | None = None  # the tape as it was when the person scrolled
        self._page = 1
        self._windows: tuple[_WindowKey | None, float, tuple[Pressure, ...]] = (None, 0.0, ())
        self._big: tuple[Hashable, Decimal | None] = (None, None)
        self._live: tuple[Hashable, Sequence[Sweep | Gap]] = (None, ())
        self._new: tuple[Hashable, int] = (None, 0)

    # what is shown --------------------------------------------------------------------------------------------------

    def show(self, state: MarketState | None, outcome: int = 0, fills: FillStore | None = None) -> None:
        """Show a market's prints in an outcome's terms, own ones marked; None while there is no market yet."""
        if state is not self._state:
            self._held = None
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
        """What came since the view was held: prints, or with a size filter the rows that pass it."""
        held, state = self._held, self._state
        if held is None or state is None:
            return 0
        if not self._filter:
            return state.tape.ever_seen - held.seen
        key = (state.tape.version, self._filter, self._merges)
        if self._new[0] != key:
            rows = (row for row in self._pipeline(state.tape.walk()) if isinstance(row, Sweep))
            self._new = (key, sum(row.prints[0].trade_id not in held.ids for row in rows))
        return self._new[1]

    def follow(self) -> None:
        """Back to the newest print, and follow again."""
        self._held = None
        self.touch()

    def action_step_filter(self) -> None:
        """Show only what is at least the next size of the filter's."""
        self._filter = (self._filter + 1) % len(FILTERS)
        self._refit()

    def action_merge(self) -> None:
        """Show a sweep as one row, or every print by itself."""
        self._merges = not self._merges
        self._refit()

    def _refit(self) -> None:
        if self._held is not None:
            self._held.fit(self._pipeline(self._held.rows))
        self.touch()

    def _pipeline(self, rows: Iterable[Print | Gap]) -> Iterator[Sweep | Gap]:
        """The rows as they are shown: merged or not, and those large enough."""
        least = Decimal(FILTERS[self._filter])
        return merged(rows, least) if self._merges else singly(rows, least)

    # scrolling ------------------------------------------------------------------------------------------------------

    def _hold(self, rows: int) -> bool:
        """Hold the view when a person scrolls away from the newest print. False when there is nothing to scroll."""
        state = self._state
        if state is None or not len(state.tape):
            return False
        if self._held is None:
            if rows <= 0:
                return False
            self._held = Held(list(state.tape.walk()), state.tape.ever_seen, self._from_big(state.tape))
            self._held.fit(self._pipeline(self._held.rows))
        return True

    def _step(self, rows: int) -> None:
        """Move the cursor; the view goes along only where it must."""
        if self._hold(rows) and self._held is not None:
            self._held.step(rows, self._page)
            self._settle(rows)

    def _scroll(self, rows: int) -> None:
        """Move the view; the cursor goes along."""
        if self._hold(rows) and self._held is not None:
            self._held.scroll(rows, self._page)
            self._settle(rows)

    def _settle(self, rows: int) -> None:
        held = self._held
        if held is not None and rows < 0 and held.cursor == 0:
            self._held = None  # back at the top: that is following again
        self.touch()

    def action_scroll_down(self) -> None:
        self._step(1)

    def action_scroll_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._scroll(max(1, self._page - 1))

    def action_page_up(self) -> None:
        self._scroll(-max(1, self._page - 1))

    def action_scroll_home(self) -> None:
        self.follow()

    def action_scroll_end(self) -> None:
        self._step(_ALL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    # the frame ------------------------------------------------------------------------------------------------------

    @property
    def freshness(self) -> Freshness:
        return super().freshness if self._state is None else self._state.freshness[MarketPane.TAPE]

    def note(self) -> tuple[str, Tone]:
        said = []
        if self._filter:
            said.append(f"min {FILTERS[self._filter]:,}")
        if self._held is not None:
            said.append(
                f"held, {self.new_prints} new" if not said or self.size.width >= 44 else f"{self.new_prints} new"
            )
        return ", ".join(said), Tone.ACCENT

    def foot(self) -> tuple[str, str]:
        tape = None if self._state is None else self._state.tape
        is_told = tape is None or tape.tells_settlements
        unsettled = f"{self.glyphs.hollow} matched" if is_told else f"{self.glyphs.horizontal} not told"
        legend = f"{unsettled} {self.glyphs.full} settled"
        told = [] if tape is None else self._missing(tape)
        if self._held is not None:
            told.insert(0, ("Home follows", "Home"))
        # What is missing goes before what the glyphs mean, and its figures stay whole.
        left = self._fitting(told, self.size.width - 8)
        return left, legend if cells_in(left) + cells_in(legend) + _FOOT_FIXED <= self.size.width else ""

    def _fitting(self, told: Sequence[tuple[str, str]], room: int) -> str:
        """As much as fits: long forms, then short ones from the least grave on, then without the least grave."""
        joint = f" {self.glyphs.separator} "
        words = [long for long, _ in told]
        for at in range(len(told) - 1, -1, -1):
            if cells_in(joint.join(words)) > room:
                words[at] = told[at][1]
        while words and cells_in(joint.join(words)) > room:
            words.pop()
        return joint.join(words)

    def _missing(self, tape: Tape) -> list[tuple[str, str]]:
        """What the tape lacks or waits for, each in a long and a short form; the gravest first."""
        told = []
        if tape.unsettled_count:
            told.append((f"{UNSETTLED} {tape.unsettled_count} unsettled", f"{UNSETTLED} {tape.unsettled_count}"))
        if tape.gaps:
            told.append((f"{len(tape.gaps)} gap{'s' if len(tape.gaps) > 1 else ''}",) * 2)
        oldest_ms = tape.oldest_pending_ms
        if oldest_ms is not None:
            count = f"{self.glyphs.hollow} {tape.pending_count}"
            if self._venue_ms is None:
                told.append((f"{count} to settle", count))
            else:
                age_s = max(0.0, (self._venue_ms() - oldest_ms) / 1000)
                self.paint_clock.mark_later(self, numbers.age_step_s(age_s))
                since = numbers.age(age_s)
                told.append((f"{count} to settle, oldest {since}", f"{count} to settle"))
        return told

    # rows -----------------------------------------------------------------------------------------------------------

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        if state is None or height < 2 or width < 14:
            return ()
        live = self.freshness.is_live
        # Where no trade is ever told, "nothing traded" would be a claim.
        off = self.freshness.reason if self.freshness.state is PaneState.OFF else ""
        sums = () if off else self._window_rows(state, now_s, height, live)
        room = self._page = height - 1 - len(sums)
        rows: list[Hashable] = list(self._print_rows(state, room, live))
        if len(rows) == 1:
            words = f"none of {FILTERS[self._filter]:,} or more" if len(state.tape) else "no prints yet"
            rows.append(EmptyRow(words if live else off))
        return [*rows, *[""] * (1 + room - len(rows)), *sums]

    def _print_rows(self, state: MarketState, room: int, live: bool) -> Iterator[Hashable]:
        cursor = -1
        held = self._held
        if held is None:
            shown = self._newest(state.tape, room)
        else:
            held.bound(room)
            shown = [self._renewed(state.tape, row) for row in held.shown[held.offset : held.offset + room]]
            cursor = held.cursor - held.offset if self.has_focus else -1
        seen = [row if isinstance(row, Gap) else row.seen_from(self._outcome) for row in shown]
        prices = [price for row in seen if isinstance(row, Sweep) for price in (row.first_price, row.last_price)]
        form = form_of(state.market.quoting.unit, prices)
        cells = form.cells(prices)
        at_ms = next((row.venue_ms for row in seen if isinstance(row, Sweep)), 0)
        yield HeadRow(form, cells, self._merges, at_ms)
        own, big = self._own_trades(), self._from_big(state.tape) if held is None else held.big
        for at, row in enumerate(seen):
            if isinstance(row, Gap):
                yield GapRow(row.from_ms, row.to_ms, live, at == cursor)
                continue
            owned = [each.is_own or each.trade_id in own for each in row.prints]
            yield PrintRow(
                row.venue_ms,
                row.first_price,
                row.last_price,
                form,
                cells,
                row.size,
                row.value,
                len(row.prints),
                row.aggressor,
                any(owned),
                row.settlement,
                live,
                self._merges,
                big is not None and row.size >= big,
                at == cursor,
                all(owned) and self.view.is_private,
            )

    def _newest(self, tape: Tape, room: int) -> Sequence[Sweep | Gap]:
        key = (tape, tape.version, room, self._merges, self._filter)
        if self._live[0] != key:
            self._live = (key, list(islice(self._pipeline(tape.walk()), room)))
        return self._live[1]

    @staticmethod
    def _renewed(tape: Tape, row: Sweep | Gap) -> Sweep | Gap:
        """The view stands still, the settlement of what it shows goes on; a print that fell off the tape stays."""
        if isinstance(row, Gap):
            return row
        return Sweep(tuple(tape.get(each.trade_id) or each for each in row.prints))

    def _from_big(self, tape: Tape) -> Decimal | None:
        """From which size on a row stands out, by the newest ones."""
        key = (tape, tape.ever_seen // _RENEW, self._merges)
        if self._big[0] != key or self._big[1] is None:
            latest = tape.newest(_LATEST)
            rows = merged(latest) if self._merges else singly(latest)
            self._big = (key, outstanding([row.size for row in rows if isinstance(row, Sweep)]))
        return self._big[1]

    def _window_rows(self, state: MarketState, now_s: float, height: int, live: bool) -> Sequence[PressureRow]:
        """What was bought and sold over the last minutes, as many windows as there is room for."""
        count = 0 if height < _ONE_WINDOW else 1 if height < _TWO_WINDOWS else len(WINDOWS_MIN)
        if self._venue_ms is None or not count:
            return ()
        now_ms, tape = self._venue_ms(), state.tape
        windows = WINDOWS_MIN[:count]
        key, summed_s, sums = self._windows
        if key == (tape, tape.version, self._outcome, count):
            is_due = any(each.next_ms is not None and each.next_ms <= now_ms - m * 60_000 for m, each in _each(sums))
        else:
            is_due = key is None or key[:1] != (tape,) or key[2:] != (self._outcome, count)
            is_due = is_due or not 0 <= now_s - summed_s < _SUM_S
        if is_due:
            sums = tuple(pressure(tape.walk(), self._outcome, now_ms - minutes * 60_000) for minutes in windows)
            self._windows = ((tape, tape.version, self._outcome, count), now_s, sums)
        elif key is not None and key[1] != tape.version:
            self.paint_clock.mark_later(self, _SUM_S - (now_s - summed_s))
        rows = []
        for minutes, each in _each(sums):
            since_ms = now_ms - minutes * 60_000
            if each.next_ms is not None:  # when a print leaves the window
                self.paint_clock.mark_later(self, max(_SUM_S, (each.next_ms - since_ms) / 1000))
            span = f"{minutes} min"
            if each.since_ms is not None and each.since_ms > since_ms + 1:  # the tape does not reach so far back
                age_s = max(0.0, (now_ms - each.since_ms) / 1000)
                span = f"{int(age_s)} s"
                self.paint_clock.mark_later(self, numbers.age_step_s(age_s % 60))
            rows.append(PressureRow(span, each, live))
        return rows

    def _own_trades(self) -> frozenset[str]:
        fills = self._fills
        if fills is None:
            return frozenset()
        version = (fills, fills.version)
        if version != self._own_version:
            self._own = frozenset(fill.trade_id for fill in fills.newest(len(fills)))
            self._own_version = version
        return self._own

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        drawn = super().draw(row, width)
        is_at = isinstance(row, PrintRow | GapRow) and row.is_at
        return at_cursor(drawn, self.palette, self.glyphs) if is_at else drawn

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, PrintRow):
            return draw_print(row, width, self.palette, self.view)
        if isinstance(row, HeadRow):
            return draw_head(row, width, self.palette, self.view)
        if isinstance(row, GapRow):
            return draw_gap(row, width, self.palette, self.view)
        if isinstance(row, PressureRow):
            return draw_pressure(row, width, self.palette, self.view)
        assert isinstance(row, EmptyRow)
        return [Segment(f" {row.words}", self.palette.style(Tone.MUTED))]

    # sending --------------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """Every print of the rows as they are filtered now, newest first, one row a print."""
        state = self._state
        rows = () if state is None else self._pipeline(state.tape.walk())
        return self._table([row for row in rows if isinstance(row, Sweep)])

    def row_table(self) -> Table:
        """The prints of the row under the cursor; of the newest row while the tape is followed."""
        state, held = self._state, self._held
        if state is None:
            return self._table(())
        if held is not None:
            row = held.shown[held.cursor] if held.shown else None
            row = None if row is None else self._renewed(state.tape, row)
        else:
            row = next((row for row in self._pipeline(state.tape.walk()) if isinstance(row, Sweep)), None)
        return self._table([row] if isinstance(row, Sweep) else ())

    def _table(self, rows: Iterable[Sweep]) -> Table:
        market = None if self._state is None else self._state.market
        return tape_table(rows, market, self._outcome, self._own_trades(), hides=self.view.is_private)


def _each(sums: Sequence[Pressure]) -> Iterator[tuple[int, Pressure]]:
    return zip(WINDOWS_MIN, sums, strict=False)
