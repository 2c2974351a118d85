"""What comes first on a link that has no room for a whole frame: rows that money hangs on."""

from __future__ import annotations

from collections.abc import Sequence

from psdash.dashboard.panes.ladder_rows import PriceRow, SpreadRow
from psdash.dashboard.screens.dashboard_screen import DashboardScreen
from psdash.terminal import Region

#: Rows of the ladder on each side of the spread.
_TOUCH_ROWS = 1


def important_regions(dashboard: DashboardScreen) -> Sequence[Region]:
    """Parts of the screen, in order.

    The touch and its sequence, the rows of own orders in the ladder, header and banner, own orders.

    Nothing while something covers the dashboard: then rows go by their age.
    """
    if not (dashboard.is_mounted and dashboard.is_current):
        return ()
    ladder = dashboard.ladder
    regions: list[Region] = []
    if ladder.display:
        x, y, width, height = ladder.region
        rows = list(ladder.painted)
        touch = next((at for at, row in enumerate(rows) if isinstance(row, SpreadRow)), None)
        if touch is not None:
            regions.append((x, y + max(0, touch - _TOUCH_ROWS), width, 2 * _TOUCH_ROWS + 1))
        # What the ladder claims about itself: its state above, and of which sequence it is below.
        regions += [(x, y, width, 1), (x, y + height - 1, width, 1)]
        regions += [
            (x, y + at, width, 1)
            for at, row in enumerate(rows)
            if isinstance(row, PriceRow) and (row.bid.own is not None or row.ask.own is not None)
        ]
    for widget in (dashboard.header, dashboard.banner, dashboard.orders):
        if widget.display:
            x, y, width, height = widget.region
            regions.append((x, y, width, height))
    return regions
