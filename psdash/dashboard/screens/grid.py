"""The grid: four or six small ladders of different markets, each with its own state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.keymap import Key, Place, bindings
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.grid import GridCell
from psdash.dashboard.panes.keyline import KeyLine
from psdash.dashboard.remap import table_of
from psdash.dashboard.session import Session

#: Columns and rows.
SIZES: Final = ((2, 2), (3, 2))
_MOST: Final = max(columns * rows for columns, rows in SIZES)

#: What the person went for: a market and one of its outcomes; None: back.
Chosen = tuple[str, int] | None


class GridHead(RowsWidget):
    """One line: the venue, which page, and what the whole venue is in."""

    def __init__(self, clock: PaintClock, label: str, words: Callable[[], tuple[str, str]], *, view: View) -> None:
        """`words` gives what to say, and what to warn of."""
        super().__init__(clock, view=view, id="grid-head")
        self._label = label
        self._words = words

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        return [self._words()]

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, tuple)
        said, warned = row
        palette = self.palette
        segments = [
            Segment(f" {self._label} ", palette.style(Tone.ACCENT, bold=True)),
            Segment(f" {said}", palette.style(Tone.MUTED)),
        ]
        if warned:
            segments.append(Segment(f"  {warned}", palette.style(Tone.WARN, bold=True)))
        return segments


class GridKeys(KeyLine):
    """The grid's own keys."""

    def keys(self) -> Sequence[Key]:
        wanted = ("grid.open", "grid.next", "grid.size", "grid.flip", "grid.favourite", "grid.close")
        by_id = {key.id: key for key in table_of(self.app)}
        return [by_id[each] for each in wanted]


class GridScreen(Screen[Chosen]):
    """Small ladders of `slugs`, page by page. The answer is what the person opened, or None."""

    BINDINGS = bindings(Place.GRID)

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        bridge: Bridge,
        slugs: Sequence[str],
        shown: str | None,
        label: str,
        *,
        view: View,
    ) -> None:
        """`shown` is the market the dashboard is on: the grid opens on its page, its cell chosen."""
        super().__init__(id="grid")
        self._session = session
        self._bridge = bridge
        self._slugs = list(slugs)
        self._outcomes: dict[str, int] = {}
        self._shape = 0
        self._page = 0
        self._start = shown
        self._head = GridHead(clock, label, self._said, view=view)
        self._keys = GridKeys(clock, view=view)
        self._cells = [GridCell(clock, session.board, session.account, view=view, at=at) for at in range(_MOST)]

    def compose(self) -> ComposeResult:
        yield self._head
        with Container(id="grid-cells"):
            yield from self._cells
        yield self._keys

    def on_mount(self) -> None:
        for cell in self._cells:
            self._bridge.listen(cell, Topic.ANY_PRICE, Topic.ANY_MARKET, Topic.ORDERS, Topic.CATALOGUE)
        self._bridge.listen(self._head, Topic.PLATFORM, Topic.LINKS, Topic.CATALOGUE)
        if self._start in self._slugs:
            self._page = self._slugs.index(self._start) // self._count
        self._deal(self._start)

    def on_unmount(self) -> None:
        for cell in self._cells:
            self._bridge.forget(cell)
        self._bridge.forget(self._head)
        self._session.keep_together(())

    # dealing --------------------------------------------------------------------------------------------------------

    @property
    def _count(self) -> int:
        columns, rows = SIZES[self._shape]
        return columns * rows

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self._slugs) // self._count))

    def _said(self) -> tuple[str, str]:
        platform = self._session.board.platform
        words = [word for word, on in (("FROZEN", platform.frozen), ("MAINTENANCE", platform.maintenance)) if on]
        warned = "PLATFORM " + " and ".join(words) if words else ""
        count = len(self._slugs)
        return f"{count} market{'' if count == 1 else 's'}  page {self._page + 1} of {self._pages}", warned

    def _deal(self, chosen: str | None) -> None:
        """Put this page's markets into the cells, and have them watched."""
        columns, rows = SIZES[self._shape]
        first = self._page * self._count
        page = self._slugs[first : first + self._count]
        place = self.query_one("#grid-cells")
        place.styles.grid_size_columns = columns
        place.styles.grid_size_rows = rows
        for at, cell in enumerate(self._cells):
            slug = page[at] if at < len(page) else None
            cell.display = at < self._count
            cell.show(slug, self._outcomes.get(slug or "", 0))
        self._session.keep_together(page)
        self._head.touch()
        at = page.index(chosen) if chosen in page else 0
        self._cells[at].focus(scroll_visible=False)

    @property
    def _chosen(self) -> GridCell:
        focused = self.focused
        return focused if isinstance(focused, GridCell) else self._cells[0]

    # commands -------------------------------------------------------------------------------------------------------

    def action_move(self, right: int, down: int) -> None:
        """Choose a neighbour; at the edge, that of the next page."""
        columns, rows = SIZES[self._shape]
        at = self._cells.index(self._chosen)
        column, row = at % columns + right, at // columns + down
        if not 0 <= row < rows:
            return
        if not 0 <= column < columns:
            page = self._page + right
            if 0 <= page < self._pages:
                self._page = page
                first = page * self._count
                at = row * columns + (0 if right > 0 else columns - 1)
                self._deal(self._slugs[min(first + at, len(self._slugs) - 1)])
            return
        cell = self._cells[row * columns + column]
        if cell.slug is not None:
            cell.focus(scroll_visible=False)

    def action_page(self, by: int) -> None:
        """The next markets, or those before."""
        self._page = (self._page + by) % self._pages
        self._deal(None)

    def action_size(self) -> None:
        """Four or six; the chosen market stays chosen."""
        chosen = self._chosen.slug
        self._shape = (self._shape + 1) % len(SIZES)
        self._page = self._slugs.index(chosen) // self._count if chosen in self._slugs else 0
        self._deal(chosen)

    def action_flip(self) -> None:
        """The other outcome of the chosen ladder."""
        cell = self._chosen
        market = None if cell.slug is None else self._session.board.catalogue.by_slug(cell.slug)
        if cell.slug is not None and market is not None and len(market.tokens) > 1:
            outcome = (cell.outcome + 1) % len(market.tokens)
            self._outcomes[cell.slug] = outcome
            cell.show(cell.slug, outcome)

    def action_favourite(self) -> None:
        """Mark the chosen market, or unmark it. The grid keeps its order until it is opened again."""
        slug = self._chosen.slug
        if slug is not None:
            marked = self._session.shelf.toggle_favourite(slug)
            words = "is a favourite now" if marked else "is no favourite any more"
            self.app.notify(f"{slug} {words}.", timeout=3, markup=False)

    def action_open(self) -> None:
        """Go to the chosen market."""
        cell = self._chosen
        if cell.slug is not None:
            self.dismiss((cell.slug, cell.outcome))

    def on_grid_cell_opened(self, message: GridCell.Opened) -> None:
        """A cell was clicked: chosen first, opened when it was chosen already."""
        message.stop()
        if message.cell is self._chosen:
            self.action_open()
        else:
            message.cell.focus(scroll_visible=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
