"""Own amounts while somebody may look over the shoulder. Every pane that writes one asks here."""

from __future__ import annotations

from typing import Final

from psdash.dashboard.painting.view import View

#: The same for every amount, so that its length tells nothing either.
_MASK_CELLS: Final = 3


def masked(text: str, view: View) -> str:
    """An own amount as it may be written: as it is, or hidden while the view is private (`View.is_private`)."""
    return view.glyphs.mask * _MASK_CELLS if view.is_private else text
