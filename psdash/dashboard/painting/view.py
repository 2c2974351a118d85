"""How a person wants to see things, whichever pane: one object that every widget reads and the app changes.

Nothing here is state of the market. A widget asks while it computes its rows; whoever changes a field has every one
draw anew (`RowsWidget.look_again`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum

from psdash.dashboard.painting.glyphs import ASCII, UNICODE, Glyphs
from psdash.dashboard.painting.zones import LOCAL
from psdash.settings import Settings


class Look(StrEnum):
    """What one key changes to and fro."""

    PRIVACY = "privacy"
    ZONE = "zone"
    DENSITY = "density"


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

    @property
    def is_ascii(self) -> bool:
        """Whether nothing may be drawn whose width terminals do not agree on."""
        return self.glyphs is ASCII

    def change(self, look: Look) -> None:
        """To and fro."""
        if look is Look.PRIVACY:
            self.is_private = not self.is_private
        elif look is Look.DENSITY:
            self.is_dense = not self.is_dense
        else:
            self.zone = LOCAL if self.zone is UTC else UTC


def view_of(settings: Settings) -> View:
    """The view to begin with."""
    return View(
        glyphs=ASCII if settings.ascii else UNICODE,
        is_private=settings.privacy,
        zone=LOCAL if settings.zone == "local" else UTC,
        has_motion=settings.has_motion,
        is_dense=settings.dense,
    )
