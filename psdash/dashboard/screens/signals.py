"""The signals screen: arbitrage, +EV, smart money, fades and calls of every source that is open."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.view import View
from psdash.dashboard.remap import table_of
from psdash.dashboard.screens.signal_rows import SignalRows
from psdash.dashboard.sending.link import copy_link
from psdash.dashboard.session import Session


class SignalsScreen(ModalScreen[str | None]):
    """Signals over the dashboard. The answer is the market that the person opened, or None."""

    BINDINGS = bindings(Place.SIGNALS)

    def __init__(
        self, clock: PaintClock, session: Session, bridge: Bridge, wall_ms: Callable[[], int], *, view: View
    ) -> None:
        super().__init__()
        self._session = session
        self._bridge = bridge
        self.rows = SignalRows(clock, session.board, session.source_links, wall_ms, view=view)

    def compose(self) -> ComposeResult:
        shown = {key.id: key.shown for key in table_of(self.app)}
        with Vertical(id="signals") as frame:
            frame.border_title = "Signals"
            frame.border_subtitle = Content(
                f"{shown['signals.kind']} kind  {shown['signals.venue']} venue  {shown['signals.roi']} ROI  "
                f"{shown['signals.size']} size  {shown['signals.copy']} copies the link  "
                f"{shown['signals.close']} closes"
            )
            yield self.rows

    def on_mount(self) -> None:
        self._bridge.listen(self.rows, Topic.SIGNALS, Topic.LINKS)
        self.rows.focus()

    def on_unmount(self) -> None:
        self._bridge.forget(self.rows)

    def action_cursor(self, by: int) -> None:
        """Move the cursor by rows."""
        self.rows.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.rows.turn(by)

    def action_newest(self) -> None:
        """To the newest, and stay with it."""
        self.rows.to_newest()

    def action_kind(self) -> None:
        """Only the next kind."""
        self.rows.next_kind()

    def action_venue(self) -> None:
        """Only the next venue."""
        self.rows.next_venue()

    def action_roi(self) -> None:
        """Only what promises more."""
        self.rows.next_roi()

    def action_size(self) -> None:
        """Only what is larger."""
        self.rows.next_size()

    def action_clear(self) -> None:
        """No filter."""
        self.rows.clear_filters()

    def action_copy(self) -> None:
        """Copy the link of the chosen signal."""
        signal = self.rows.chosen
        copy_link(self.app, "" if signal is None else signal.url)

    def action_open(self) -> None:
        """Show the market of the chosen signal, where one of the open sources has it."""
        signal = self.rows.chosen
        for leg in () if signal is None else signal.legs:
            for name in (leg.market, f"{leg.venue}:{leg.market}"):
                if leg.market and self._session.board.catalogue.by_slug(name) is not None:
                    self.dismiss(name)
                    return
        self.app.notify("No open source lists a market of this signal.", timeout=4, markup=False)

    def action_close(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
