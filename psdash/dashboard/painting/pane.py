"""Line API widgets: rows as values, one cached strip a row, and only rows that changed are drawn again.

A widget here says what its rows hold (`compute`) and how one row looks (`draw`). On each paint the rows are compared
with those on the screen; a row that holds the same is left alone, down to the terminal (DESIGN §5). Rows are computed
all at once from the state of one moment, so that nothing on the screen mixes two states of a book.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from psdash.dashboard.painting.frame import Badge, FrameRow, badge_for, badge_step_s, draw_frame_row, frame_rows
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.plain import InAscii, in_ascii
from psdash.dashboard.painting.strips import Strips, fitted
from psdash.dashboard.painting.view import View
from psdash.market.freshness import OFF, Freshness


class Dirty(Message, bubble=False):
    """A widget's state moved. However many wait in its queue, one is enough."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Dirty)


class RowsWidget(Widget):
    """Rows painted by value. Subclasses implement `compute` and `draw`."""

    ALLOW_SELECT = False

    def __init__(
        self,
        clock: PaintClock,
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.paint_clock = clock
        self.view = view or View()
        self._has_view = view is not None
        self._palette: Palette | None = None
        self._strips: Strips | None = None
        self._painted: list[Hashable] = []
        self._drawn: list[Strip | None] = []  # the line of each row, once it was asked for
        self._changed: list[int] = []
        self._painted_size = (0, 0)
        self._is_behind = True  # what is on the screen no longer follows from the state
        self._is_told = False
        self._is_plain = False

    # for subclasses -------------------------------------------------------------------------------------------------

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        """What each row holds at this moment, as values; missing rows are blank."""
        raise NotImplementedError

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        """How a row looks, in `width` cells at most."""
        raise NotImplementedError

    @property
    def glyphs(self) -> Glyphs:
        """The characters to draw with."""
        return self.view.glyphs

    @property
    def palette(self) -> Palette:
        """The active theme's tones over this widget's background."""
        if self._palette is None:
            self._palette = Palette(self.app.theme_variables, self.background_colors[1])
        return self._palette

    @property
    def painted(self) -> Sequence[Hashable]:
        """The rows on the screen, top to bottom, as values."""
        return self._painted

    @property
    def painted_size(self) -> tuple[int, int]:
        """Columns and rows that the rows on the screen were made for."""
        return self._painted_size

    # painting -------------------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Ask for a paint: something this widget shows has moved."""
        self.paint_clock.mark(self)

    def paint(self, now_s: float) -> None:
        """Compare the rows with those on the screen and have the changed ones drawn."""
        self._is_told = False
        width, height = self.size
        if not (self.is_attached and width and height and self.is_on_screen):
            if self.is_attached and not self._is_behind:
                self.refresh()  # nobody sees it now; when somebody does, no line of the old state is left
            self._is_behind = True
            return
        if self._is_behind or self._painted_size != (width, height):
            self.refresh()
            self._take(now_s)
            self._changed = []  # all of it is on its way
            return
        self._changed += self._take(now_s)

    def take_changed(self) -> Sequence[int]:
        """The lines that paints have changed and that nobody has brought to the terminal yet; they are told once."""
        changed, self._changed = self._changed, []
        return changed

    def refresh_lines(self, lines: Sequence[int]) -> None:
        """Have Textual bring these lines to the terminal."""
        width = self.size.width
        regions: list[Region] = []
        start = end = -1
        for y in lines:
            if y != end:
                if end > start:
                    regions.append(Region(0, start, width, end - start))
                start = y
            end = y + 1
        if end > start:
            regions.append(Region(0, start, width, end - start))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines as they go to the terminal. There is nothing around them that Textual would have to add."""
        width, _ = self.size
        lines = self.lines_at(crop.line_range)
        start, end = crop.column_span
        return lines if (start, end) == (0, width) else [line.crop(start, end) for line in lines]

    def lines_at(self, wanted: Iterable[int]) -> list[Strip]:
        """These lines, whole."""
        width, height = self.size
        if self._is_behind or self._painted_size != (width, height):
            self._take(self.paint_clock.now_s())
        filters = self.get_line_filters()
        strips = self._strips
        if strips is None or (strips.width, strips.height) != (width, height) or strips.filters != filters:
            palette = self.palette
            strips = self._strips = Strips(width, palette.ground, filters, palette.background, height=height)
            self._is_plain = any(isinstance(each, InAscii) for each in filters)
            self._drawn = [None] * height
        # Lines that did not change are asked for as well, when something beside them did: no row is hashed for that.
        drawn, lines = self._drawn, []
        for y in wanted:
            line = drawn[y] if 0 <= y < height else strips.blank
            if line is None:
                row, draw = self._painted[y], self._draw_plain if self._is_plain else self.draw
                line = drawn[y] = strips.blank if row is None else strips.line(row, draw)
            lines.append(line)
        return lines

    def _draw_plain(self, row: Hashable, width: int) -> Sequence[Segment]:
        return [Segment(in_ascii(text), style) for text, style, _ in self.draw(row, width)]

    @property
    def is_on_screen(self) -> bool:
        """Whether a person could see it. A dialog over it does not hide it: what shows beside one must not lie."""
        return self.display and self.screen.is_current

    def _take(self, now_s: float) -> Sequence[int]:
        """Take the rows of this moment; the lines on which they are others than before."""
        size = width, height = self.size
        rows: list[Hashable] = list(self.compute(now_s, width, height))[:height]
        rows += [None] * (height - len(rows))
        before, drawn = self._painted, self._drawn
        if size == self._painted_size and len(drawn) == height:
            changed = [y for y, row in enumerate(rows) if row != before[y]]
            for y in changed:
                drawn[y] = None
        else:
            changed = list(range(height))
            self._drawn = [None] * height
        self._painted = rows
        self._painted_size = size
        self._is_behind = False
        return changed

    # Textual's side -------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Post a `Dirty`, unless one came since the last paint: a second would say nothing new."""
        if not self._is_told:
            self._is_told = self.post_message(Dirty())

    def on_dirty(self, message: Dirty) -> None:
        message.stop()
        self.touch()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.forget_looks()

    def forget_looks(self) -> None:
        """Drop every strip: the theme, the background or the `view` changed."""
        self._palette = self._strips = None
        self._is_behind = True

    def look_again(self) -> None:
        """The `view` changed: draw everything anew."""
        self.forget_looks()
        self.touch()

    def on_mount(self) -> None:
        shared = getattr(self.app, "view", None)
        if not self._has_view and isinstance(shared, View):
            self.view = shared  # what opens over the dashboard looks like it
        self.touch()

    def on_show(self) -> None:
        self.touch()

    def on_resize(self, _event: events.Resize) -> None:
        self.touch()

    def on_unmount(self) -> None:
        self.paint_clock.forget(self)


class RowsPane(RowsWidget, can_focus=True):
    """Rows inside a quiet frame that says what the pane is and what it may claim about its data."""

    #: Under this height or width the frame would take more than it gives.
    _SMALLEST = (8, 3)

    def __init__(
        self,
        title: str,
        clock: PaintClock,
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(clock, view=view, id=id, classes=classes)
        self.title = title
        self._said: Freshness = OFF
        self._has_foot = False

    # for subclasses -------------------------------------------------------------------------------------------------

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        """What each row inside the frame holds."""
        raise NotImplementedError

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        """How a row inside the frame looks."""
        raise NotImplementedError

    @property
    def freshness(self) -> Freshness:
        """What the pane may claim about its data right now."""
        return self._said

    def note(self) -> tuple[str, Tone]:
        """What stands beside the title, e.g. that the view is held."""
        return "", Tone.MUTED

    def foot(self) -> tuple[str, str]:
        """What stands in the bottom line, left and right. Called after `compute_body` of the same paint."""
        return "", ""

    def say(self, freshness: Freshness) -> None:
        """What to claim while there is no state to show: connecting, or refused and why."""
        self._said = freshness
        self.touch()

    # the frame ------------------------------------------------------------------------------------------------------

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        if width < self._SMALLEST[0] or height < self._SMALLEST[1]:
            return ()
        freshness = self.freshness
        badge = self._badge(freshness, now_s)
        # A dense pane has no rule that says nothing. Whether its foot speaks is known when the body is: as last time.
        is_open = self.view.is_dense and badge.is_live and not self._has_foot
        body, foot = self._inside(now_s, width - 2, height - 1 if is_open else height - 2)
        if is_open and any(foot):
            is_open = False
            body, foot = self._inside(now_s, width - 2, height - 2)
        self._has_foot = any(foot)
        top, bottom = frame_rows(self.title, self.note(), badge, foot, width, focused=self.has_focus)
        return [top, *body] if is_open else [top, *body, bottom]

    def _inside(self, now_s: float, width: int, height: int) -> tuple[Sequence[Hashable], tuple[str, str]]:
        body = list(self.compute_body(now_s, width, height))[:height]
        return body + [_EMPTY] * (height - len(body)), self.foot()

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, FrameRow):
            return draw_frame_row(row, width, self.palette, self.glyphs)
        side = Segment(self.glyphs.vertical, self.palette.style(Tone.FAINT))
        inner = width - 2
        if row == _EMPTY:
            return [side, Segment(" " * inner), side]
        return [side, *fitted(self.draw_body(row, inner), inner), side]

    def _badge(self, freshness: Freshness, now_s: float) -> Badge:
        step_s = badge_step_s(freshness, now_s)
        if step_s is not None:
            self.paint_clock.mark_later(self, step_s)
        return badge_for(freshness, now_s, self.glyphs)

    def on_focus(self) -> None:
        self.touch()

    def on_blur(self) -> None:
        self.touch()


_EMPTY: Final = ""
