"""A table a person works with: a cursor that stays on its row, an order, a filter, and rows that can be sent on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, Final, Generic

from rich.segment import Segment
from textual import events

from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.columns import (
    Cell,
    Column,
    Fitted,
    TableRow,
    WordsRow,
    at_cursor,
    draw_cells,
    draw_line,
    fit,
    wrapped,
)
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.table_order import Key, R, Sorting, TypedLine, in_order, matches, next_column
from psdash.dashboard.sending.tables import Table, Value
from psdash.terminal.cells import cells_in

#: Lines over the first row: the frame and the header.
_FIRST_ROW: Final = 2
#: Cells of what was typed that the frame shows; the end of it, where the person types.
_TYPED_CELLS: Final = 16


class TablePane(RowsPane, Generic[R]):
    """A frame with a header row, rows that scroll under a cursor, and words where there is nothing to show.

    The cursor stays with its row, whatever comes in or moves; one that was never moved stays on top.
    """

    BINDINGS = [*bindings(Place.PANE), *bindings(Place.TABLE)]

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    #: The names of `fields`, for other programs.
    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        title: str,
        clock: PaintClock,
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(title, clock, view=view, id=id)
        self.top = 0
        self._room = 1
        self._cursor: Hashable = None  # which row; None: the first one
        self._cursor_at = 0
        self._sorting = Sorting()
        self._line = TypedLine()
        self._shown: tuple[Hashable, Sequence[R]] | None = None
        self._all = 0
        self._fitted: tuple[Fitted, ...] = ()

    # for subclasses -------------------------------------------------------------------------------------------------

    def records(self) -> Sequence[R]:
        """Every row, in the table's own order."""
        raise NotImplementedError

    def stamp(self) -> Hashable:
        """What moves whenever `records`, or an order or a filter of them, may have changed; None: always."""
        return None

    def ident(self, record: R) -> Hashable:
        """Which row it is, whatever changes about it."""
        raise NotImplementedError

    def cells(self, record: R) -> tuple[Cell, ...]:
        """How a row looks, a cell a column."""
        raise NotImplementedError

    def keys(self, record: R) -> tuple[Key, ...]:
        """What each column is sorted by."""
        raise NotImplementedError

    def words(self, record: R) -> str:
        """Everything about a row that a filter may ask for."""
        raise NotImplementedError

    def fields(self, record: R) -> tuple[Value, ...]:
        """A row for other programs, by the names in `FIELDS`."""
        raise NotImplementedError

    def headings(self) -> Sequence[str]:
        """The names of the columns."""
        return [column.title for column in self.COLUMNS]

    def nothing(self) -> str:
        """What to say when there is no row."""
        raise NotImplementedError

    def count_words(self) -> str:
        """What stands beside the title."""
        return str(self._all) if self._all else ""

    def below(self, now_s: float, width: int) -> Sequence[WordsRow]:
        """Lines that stay under the rows."""
        return ()

    def drawn(self, now_s: float) -> None:
        """Called before rows are drawn, once a paint."""

    # rows -----------------------------------------------------------------------------------------------------------

    @property
    def typed(self) -> str:
        """The filter."""
        return self._line.text

    def shown_records(self) -> Sequence[R]:
        """The rows that pass the filter, as they are sorted."""
        stamp = self.stamp()
        key = None if stamp is None else (stamp, self._sorting, self._line.text)
        if key is None or self._shown is None or self._shown[0] != key:
            rows = self.records()
            self._all = len(rows)
            typed, column = self._line.text, self._sorting.column
            if typed:
                rows = [row for row in rows if matches(self.words(row), typed)]
            if column is not None:
                rows = in_order(rows, lambda row: self.keys(row)[column], falls=self._sorting.falls)
            self._shown = (key, rows)
        return self._shown[1]

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self.drawn(now_s)
        self._fitted = fitted = fit(self.COLUMNS, width - 1)  # a cell of air before the frame
        live = self.freshness.is_live
        below = list(self.below(now_s, width))[: max(0, height - 2)]
        self._room = max(1, height - 1 - len(below))
        rows = self.shown_records()
        self._place_cursor(rows)
        body: list[Hashable]
        if rows:
            focused = self.has_focus
            shown = rows[self.top : self.top + self._room]
            body = [TableRow(self._header(), fitted)]
            for at, row in enumerate(shown, self.top):
                is_at = focused and at == self._cursor_at
                body.append(TableRow(self.cells(row), fitted, live, Tone.CURSOR if is_at else None, is_at))
        else:
            said = f'no row has "{self.typed}"; Esc ends the filter' if self._all else self.nothing()
            lines = wrapped(said, max(10, width - 4))
            body = [""] * max(0, (self._room + 1 - len(lines)) // 2)
            body += [WordsRow(line, centred=True) for line in lines]
        body += [""] * (height - len(below) - len(body))
        return [*body[: height - len(below)], *below]

    def _header(self) -> tuple[Cell, ...]:
        arrow = self.glyphs.down if self._sorting.falls else self.glyphs.up
        cells = [
            Cell(title, Tone.ACCENT, mark=arrow) if at == self._sorting.column else Cell(title, Tone.MUTED)
            for at, title in enumerate(self.headings())
        ]
        # Not from a generator: CPython keeps such a tuple, once freed, for a size it never takes it from again.
        return tuple(cells)

    def _place_cursor(self, rows: Sequence[R]) -> None:
        """The cursor on its row; where that is gone, on the one that took its place."""
        last = len(rows) - 1
        if self._cursor is None:
            self._cursor_at = 0
        else:
            found = next((at for at, row in enumerate(rows) if self.ident(row) == self._cursor), None)
            self._cursor_at = max(0, min(self._cursor_at, last)) if found is None else found
            if found is None:
                self._cursor = self.ident(rows[self._cursor_at]) if rows else None
        self.top = max(0, min(self.top, self._cursor_at, len(rows) - self._room))
        self.top = max(self.top, self._cursor_at - self._room + 1)

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        drawn = super().draw(row, width)
        is_at = isinstance(row, TableRow) and row.is_at
        return at_cursor(drawn, self.palette, self.glyphs) if is_at else drawn

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        assert isinstance(row, WordsRow)
        return draw_line(row, width, self.palette, self.glyphs)

    # the frame ------------------------------------------------------------------------------------------------------

    def note(self) -> tuple[str, Tone]:
        line = self._line
        if not (line.text or line.is_open):
            self.shown_records()
            return self.count_words(), Tone.MUTED
        typed = line.text
        while cells_in(typed) > _TYPED_CELLS:
            typed = typed[1:]
        count = f"{len(self.shown_records())} of {self._all}"
        return f'{count} have "{typed}{"_" if line.is_open else ""}"', Tone.ACCENT

    def foot(self) -> tuple[str, str]:
        rows = len(self.shown_records())
        hidden = rows - self._room
        right = f"{self.top + 1}-{min(rows, self.top + self._room)} of {rows}" if hidden > 0 else ""
        if self._line.is_open:
            return "Enter keeps, Esc ends", right
        column = self._sorting.column
        if column is not None and column not in {fitted.at for fitted in self._fitted}:
            return f"sorted by {self.headings()[column]}", right
        return "", right

    # order and filter -----------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next column that is shown."""
        headings = self.headings()
        columns = [fitted.at for fitted in self._fitted if headings[fitted.at].strip()]
        rows = self.shown_records()

        def falls_first(column: int) -> bool:
            """Figures begin with the largest, words with A."""
            kinds = (self.keys(row)[column] for row in rows)
            return not isinstance(next((key for key in kinds if key is not None), ""), str)

        self._sorting = next_column(self._sorting, columns, falls_first)
        self.touch()

    def action_reverse(self) -> None:
        """Turn the order around."""
        if self._sorting.column is not None:
            self._sorting = Sorting(self._sorting.column, not self._sorting.falls)
            self.touch()

    def action_filter(self) -> None:
        """Type words; the rows that have them stay."""
        self._line.open()
        self.touch()

    def action_clear(self) -> None:
        """Show every row again."""
        self._line.clear()
        self.touch()

    def on_key(self, event: events.Key) -> None:
        """While the filter is typed, letters are letters and no commands."""
        if self._line.is_open and self._line.key(event.key, event.character):
            event.stop()
            event.prevent_default()
            self.touch()

    def on_paste(self, event: events.Paste) -> None:
        if self._line.is_open:
            event.stop()
            self._line.paste(event.text)
            self.touch()

    def on_blur(self) -> None:
        self._line.close()
        super().on_blur()

    # the cursor -----------------------------------------------------------------------------------------------------

    def _move(self, by: int) -> None:
        rows = self.shown_records()
        if rows:
            self._place_cursor(rows)
            self._cursor_at = max(0, min(self._cursor_at + by, len(rows) - 1))
            self._cursor = self.ident(rows[self._cursor_at])
            self.touch()

    def _scroll(self, by: int) -> None:
        """Move the view, and the cursor with it."""
        self.top = max(0, min(self.top + by, len(self.shown_records()) - self._room))
        self._move(by)

    def action_scroll_up(self) -> None:
        self._move(-1)

    def action_scroll_down(self) -> None:
        self._move(1)

    def action_page_up(self) -> None:
        self._scroll(-self._room)

    def action_page_down(self) -> None:
        self._scroll(self._room)

    def action_scroll_home(self) -> None:
        self._cursor = None
        self.top = 0
        self.touch()

    def action_scroll_end(self) -> None:
        self._move(len(self.shown_records()))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row."""
        at = event.y - _FIRST_ROW
        if 0 <= at < self._room and self.top + at < len(self.shown_records()):
            self._move(self.top + at - self._cursor_at)

    # sending --------------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """Every row as it is sorted and filtered now."""
        return self._table(self.shown_records())

    def row_table(self) -> Table:
        """The row under the cursor."""
        rows = self.shown_records()
        self._place_cursor(rows)
        return self._table(rows[self._cursor_at : self._cursor_at + 1])

    def _table(self, rows: Sequence[R]) -> Table:
        fields = [self.fields(row) for row in rows]
        return Table(self.title.lower(), self.FIELDS, fields, self.view.is_private)
