"""The last hop as the app knows it: which driver serves and why, what it measures, what comes first; and leaving."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from psdash.terminal.cap import Cap
from psdash.terminal.importance import Region
from psdash.terminal.measures import Measures
from psdash.terminal.quirks import Quirks, quirks_of

if TYPE_CHECKING:
    from textual.driver import Driver

    from psdash.terminal.driver import CellDriver

OWN: Final = "cell diff"
STOCK: Final = "Textual's own"


class LastHop:
    """Made once, before the app; `driver_class` goes into the app.

    `name_regions` names the parts of the screen that come first on a slow link; `on_lost` is called with an exit code
    when the terminal has gone. Both are set by the app.
    """

    def __init__(
        self, *, max_kbps: float | None = None, stock: bool = False, environ: Mapping[str, str] = os.environ
    ) -> None:
        """`max_kbps`: kilobits a second at most; `stock`: use Textual's own driver."""
        from psdash.terminal.leaving import Departure, Restorer

        self.quirks: Quirks = quirks_of(environ)
        self.cap = Cap(max_kbps)
        self.restorer = Restorer(self.quirks.edit)
        self.departure = Departure(self.restorer)
        self.name_regions: Callable[[], Sequence[Region]] = tuple
        self.on_lost: Callable[[int], None] = lambda code: None
        self.driver: CellDriver | None = None
        #: Why the stock driver serves; empty when ours does.
        self.why_stock = "asked for" if stock else _obstacle(environ)

    @property
    def driver_class(self) -> type[Driver] | None:
        """What to give to the app; None for the one that Textual chooses."""
        if self.why_stock:
            return None
        from psdash.terminal.driver import CellDriver

        return type("InstalledCellDriver", (CellDriver,), {"hop": self})

    @property
    def name(self) -> str:
        """The driver that serves, in a person's words."""
        return STOCK if self.why_stock else OWN

    def redraw(self) -> None:
        """Send the whole screen again, whatever the terminal shows. The stock driver does not need to be told."""
        if self.driver is not None:
            self.driver.redraw()

    def measures(self) -> Measures | None:
        """What our driver measures; None when the stock one serves, or before it does."""
        return None if self.driver is None else self.driver.measures()

    @property
    def behind_s(self) -> float:
        """For how long (seconds) the terminal has not had all of the wanted screen; 0 where nobody measures it."""
        return 0.0 if self.driver is None else self.driver.behind_s


def _obstacle(environ: Mapping[str, str]) -> str:
    """Why our driver cannot serve, in a person's words; empty when it can."""
    if sys.platform == "win32":
        return "this is Windows"
    if environ.get("TEXTUAL_DRIVER"):
        return "TEXTUAL_DRIVER names another"
    from psdash.terminal.outlet import OutletError, open_terminal

    stream = sys.__stderr__
    if stream is None or sys.__stdin__ is None:
        return "there is no terminal"
    try:
        os.close(open_terminal(stream.fileno()))
    except (OutletError, ValueError) as error:
        return str(error)
    return ""
