"""How the lines that a frame changed get to the terminal: straight onto the screen that our driver wants, or by
Textual.

Textual's way puts every widget between the topmost and the lowest change together again, cuts all lines at all edges,
and writes text that the driver takes apart. A changed line of a widget that nothing covers needs none of that. What
is covered, half out of sight or waiting for a new arrangement goes Textual's way, and so does everything where the
driver is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from psdash.dashboard.painting.paint import Paintable
from psdash.dashboard.painting.pane import RowsWidget


class Lane(Protocol):
    """A driver that takes finished lines."""

    def place(self, lines: Sequence[tuple[int, int, str]]) -> None:
        """Lines at (row, column) from 0, as text in colours."""

    def flush(self) -> None:
        """Send what changed."""


class Shower:
    """Ends a frame. `lane` tells our driver, or None where another serves."""

    def __init__(self, lane: Callable[[], Lane | None] = lambda: None) -> None:
        self._lane = lane
        self._visible: Mapping[Widget, tuple[Region, Region]] | None = None
        self._open: dict[Widget, Region | None] = {}

    def __call__(self, painted: Sequence[Paintable]) -> None:
        """Have the terminal get what these widgets changed."""
        lane = self._lane()
        straight: list[tuple[int, int, str]] = []
        others: list[Paintable] = []
        for widget in painted:
            if not isinstance(widget, RowsWidget):
                continue
            changed = widget.take_changed()
            region = None if lane is None else self._open_region(widget)
            if region is None:
                if changed:
                    widget.refresh_lines(changed)
                others.append(widget)
            elif changed:
                console, (x, top) = widget.app.console, region.offset
                lines = widget.lines_at(changed)
                straight += [(top + y, x, line.render(console)) for y, line in zip(changed, lines, strict=True)]
        if straight and lane is not None:
            lane.place(straight)
        show_by_textual(others)
        if straight and lane is not None:
            lane.flush()

    def _open_region(self, widget: RowsWidget) -> Region | None:
        """Where the widget is on the screen, when its lines are all that is to be seen there; else None."""
        if not widget.is_attached or widget._repaint_required or widget._layout_required:
            return None
        app, screen = widget.app, widget.screen
        if screen is not app.screen or app._batch_count:  # one that shows behind another is current all the same
            return None
        visible = screen._compositor.visible_widgets
        if visible is not self._visible:  # made anew with every arrangement
            self._visible, self._open = visible, {}
        try:
            region = self._open[widget]
        except KeyError:
            region = self._open[widget] = _uncovered(widget, visible)
        return region if region is not None and region.size == widget.painted_size else None


def _uncovered(widget: Widget, visible: Mapping[Widget, tuple[Region, Region]]) -> Region | None:
    """The region of a widget that is wholly in sight; `visible` has what lies above before what lies below."""
    found = visible.get(widget)
    if found is None:
        return None
    region, clip = found
    if not clip.contains_region(region):
        return None
    for other, (its_region, its_clip) in visible.items():
        if other is widget:
            return region
        if its_region.intersection(its_clip).overlaps(region):
            return None
    return None


def show_by_textual(painted: Sequence[Paintable]) -> None:
    """Have Textual compose and write now what these widgets asked it to refresh.

    Its own way there takes a message and an idle turn of each widget, a message to the screen and a timer. This is
    the end of that way, with what else waits on the screen; what needs another layout, or is not on the screen, goes
    the long way.
    """
    screens: dict[Screen[Any], list[Widget]] = {}
    for widget in painted:
        if not isinstance(widget, Widget) or not widget.is_attached or not widget.display:
            continue
        if widget._repaint_required and not widget._layout_required and widget.screen.is_current:
            widget._repaint_required = False
            screens.setdefault(widget.screen, []).append(widget)
    for screen, widgets in screens.items():
        screen._dirty_widgets |= set(widgets)
        screen._on_timer_update()
