"""How a person wants to see things, whichever pane: one object that every widget reads and the app changes.

Nothing here is state of the market. A widget asks while it computes its rows; whoever changes a field has every one
draw anew (`DashboardScreen.look_again`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from psdash.dashboard.painting.glyphs import UNICODE, Glyphs


@dataclass(slots=True)
class View:
    """What a person chose about the looks of everything."""

    #: The characters that are drawn; `glyphs.ASCII` on a terminal that draws ambiguous ones two cells wide.
    glyphs: Glyphs = UNICODE
    #: Own amounts are masked: sizes, money and quantities of the trader, never prices or the public book.
    is_private: bool = False
    #: The zone of every time on the screen; its name stands beside times.
    zone: tzinfo = UTC
    #: A row may tint for a moment when it changed. False under reduced motion.
    has_motion: bool = True
    #: More rows, fewer rules and blanks.
    is_dense: bool = False
