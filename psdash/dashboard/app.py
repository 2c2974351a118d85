"""The Textual app: thin. It holds the pieces together and knows how to start, to speak and to leave."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, cast

from textual import events
from textual.app import App, SystemCommand
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import WorkerCancelled, WorkerFailed, WorkType

from psdash.account.account import Account
from psdash.dashboard import keymap
from psdash.dashboard.alerting import AlertWatch
from psdash.dashboard.bridge import Bridge
from psdash.dashboard.commands import CommandProvider, title_of
from psdash.dashboard.importance import important_regions
from psdash.dashboard.keeping import Shelf, venue_name
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.paint import PaintClock, schedule_on
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.plain import InAscii
from psdash.dashboard.painting.showing import Shower
from psdash.dashboard.painting.themes import DEFAULT, THEMES, ThemeData, theme_named
from psdash.dashboard.painting.view import Look, view_of
from psdash.dashboard.remap import keymap_of
from psdash.dashboard.screens.dashboard_screen import DashboardScreen
from psdash.dashboard.session import Session, Work
from psdash.dashboard.styles import style_paths
from psdash.gateway.notices import LinkState, Severity, Spoken
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.registry import ALL
from psdash.settings import EndpointSource, Exit, Settings, SettingsError, VenueUnavailableError
from psdash.sources.opening import open_session
from psdash.sources.session import OpenVenue
from psdash.terminal import LastHop
from psdash.text import safe_text

log = logging.getLogger(__name__)

_TEXTUAL_SEVERITY: Final[dict[Severity, SeverityLevel]] = {
    Severity.INFO: "information",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
_TOAST_S: Final = {Severity.INFO: 4.0, Severity.WARNING: 8.0, Severity.ERROR: 15.0}
#: An alert stays longer: the person may be looking elsewhere.
_ALERT_S: Final = 12.0
#: Between two bells, and how many alerts are said in one sentence: alerts must not hide what they tell of.
_RING_PACE_S: Final = 4.0
_TOGETHER: Final = 3
#: A sentence said again within so many seconds is not shown twice.
_ECHO_S: Final = 10.0

_IN_ASCII: Final = InAscii()

#: How the slug of the busiest market of a recording ends.
_MAIN_LINE: Final = "-m2"

#: Seconds each worker is given to end when the app leaves.
_LEAVE_S: Final = 2.0


class PsdashApp(App[None]):
    """Opens the dashboard, then the venue. `failure` says afterwards why it ended, when no person ended it."""

    TITLE = "psdash"
    CSS_PATH = []
    BINDINGS = bindings(Place.APP)
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS = {CommandProvider}

    def __init__(
        self,
        settings: Settings,
        source: EndpointSource,
        *,
        hop: LastHop | None = None,
        key_table: tuple[keymap.Key, ...] = keymap.TABLE,
        open_venue: OpenVenue = open_session,
        now_s: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        board: Board | None = None,
        account: Account | None = None,
        on_open: Callable[[], object] = lambda: None,
    ) -> None:
        """Everything that touches time or the network is handed in. Raises FileNotFoundError without style sheets."""
        #: The way to the terminal; without one, Textual's own.
        self.hop = hop or LastHop(stock=True)
        super().__init__(self.hop.driver_class, css_path=[str(path) for path in style_paths()])
        self.hop.on_lost = self._leave
        self.failure: BaseException | None = None
        self.settings = settings
        #: Every key as it is in force: the person's own where they were remapped.
        self.key_table = key_table
        self.set_keymap(keymap_of(key_table))
        self.paint_clock = PaintClock(
            schedule_on(self), settings.frame_rate_hz, now_s, Shower(lambda: self.hop.driver)
        )
        board, account = board or Board(), account or Account()
        self.bridge = Bridge(self._speak, on_orders=lambda: account.queues.look(board.watched))
        self.session = Session(
            settings,
            source,
            board,
            account,
            self.bridge.emit,
            run_worker=self._run_named,
            now_s=now_s,
            open_venue=open_venue,
            shelf=Shelf(settings.state_dir, venue_name(settings), speak=self._warn),
        )
        self.alerts = AlertWatch(self.session.shelf, board, lambda: self.session.venue_ms(wall_ms()), self._ring)
        self.bridge.overhear(self.alerts.heard)
        self._now_s = now_s
        self._on_open = on_open
        self._said: dict[str, float] = {}
        self._rung: list[str] = []
        self._is_ringing = False
        self.view = view_of(settings)
        self.dashboard = DashboardScreen(
            self.session, self.bridge, self.paint_clock, wall_ms, _mark_of(settings), view=self.view
        )
        self.dashboard.alerts = self.alerts
        self.dashboard.hop = self.hop
        self.hop.name_regions = lambda: important_regions(self.dashboard)
        for theme in THEMES:
            self.register_theme(theme.as_textual())
        self.wear(theme_named(settings.theme) or DEFAULT)

    # starting -------------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """The dashboard is the first screen, with no empty one under it."""
        return self.dashboard

    def on_mount(self) -> None:
        if not self.is_headless:
            self.hop.departure.install(asyncio.get_running_loop(), self._leave)
        self._run_named(self.session.keep_shelf, "favourites and alerts")
        if self.settings.slugs:
            self.dashboard.show_market(self.settings.slugs[0])
        else:
            why = "starting the embedded exchange" if self.settings.is_demo else "asking for the list of markets"
            self.dashboard.say(Freshness(PaneState.CONNECTING, why, since_s=self._now_s()))

    def on_ready(self) -> None:
        # The screen is arranged; Textual lets a tick of its own pass before it paints the first frame. Sockets, HTTP
        # and wire models are imported from here on, in a thread.
        self._run_named(self._open, "opening")

    async def _open(self) -> None:
        try:
            await self.session.open()
            self._on_open()
            await self.session.refuse_unknown()  # first: a book that was asked for is not to wait for a list
            self._run_named(self._list_markets, "list of markets")
            wanted = self.session.wanted
            if wanted and self.dashboard.slug in set(self.settings.slugs) - set(wanted):
                self.dashboard.show_market(wanted[0])
        except (VenueUnavailableError, SettingsError) as error:
            self.fail(error)

    async def _list_markets(self) -> None:
        await self.session.load_catalogue()
        if self.dashboard.slug is not None:
            return
        if not self.settings.is_demo:
            self.dashboard.action_market_list()
            return
        form = self.settings.chosen[0].form  # of several sources the first one's
        known = list(self.session.board.catalogue)
        markets = [market for market in known if form.fullmatch(market.slug)] or known
        first = next((market for market in markets if market.status.trades), markets[0] if markets else None)
        if self.settings.replay is not None:
            first = next((market for market in markets if market.slug.endswith(_MAIN_LINE)), first)
        if first is not None:
            self.dashboard.show_market(first.slug)

    def _run_named(self, work: Work, name: str) -> None:
        # The function, not its coroutine: one that is cancelled before it began would be left unawaited.
        self.run_worker(cast("WorkType[None]", work), name=name, exit_on_error=True)

    async def on_event(self, event: events.Event) -> None:
        """A paste is foreign text like any other: a copied title must not reach a field, or the screen, as it is."""
        if isinstance(event, events.Paste):
            event.text = safe_text(event.text)
        await super().on_event(event)

    def _warn(self, text: str) -> None:
        log.warning("%s", text)
        self._speak(Spoken(Severity.WARNING, text))

    def _ring(self, text: str) -> None:
        """An alert came true: sound and sentence, at once; what rings right after waits and is said together."""
        log.info("%s", text)
        self._rung.append(safe_text(text, 200))
        if not self._is_ringing:
            self._say_rung()

    def _say_rung(self) -> None:
        self._is_ringing = bool(self._rung)
        if not self._rung:
            return
        said, more = self._rung[:_TOGETHER], len(self._rung) - _TOGETHER
        self._rung.clear()
        if more > 0:
            said.append(f"and {more} more: the alerts and the log have them")
        self.bell()
        self.notify("\n".join(said), severity="warning", timeout=_ALERT_S, markup=False)
        self.set_timer(_RING_PACE_S, self._say_rung)

    # speaking -------------------------------------------------------------------------------------------------------

    def _speak(self, said: Spoken) -> None:
        """Show a sentence, unless it is a refusal: the banner says that one for as long as it lasts."""
        if said.gateway is None:
            self._toast(said)
        else:
            self.call_later(self._toast, said)  # a gateway speaks first and moves its link after

    def _toast(self, said: Spoken) -> None:
        """Show a sentence, as text: what the venue wrote is never markup (reliability §0 fact 6)."""
        if any(link.state is LinkState.REFUSED and link.reason == said.text for link in self.session.links()):
            return
        now_s = self._now_s()
        self._said = {text: at_s for text, at_s in self._said.items() if now_s - at_s < _ECHO_S}
        text = safe_text(said.text, 500)
        if text in self._said:
            return
        self._said[text] = now_s
        self.notify(text, severity=_TEXTUAL_SEVERITY[said.severity], timeout=_TOAST_S[said.severity], markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: the key table's, and the themes."""
        for key in keymap.palette(self.key_table):
            if key.place is Place.DASHBOARD and screen is not self.dashboard:
                continue
            yield SystemCommand(title_of(key), key.means, self._command(key))
        for theme in THEMES:
            yield SystemCommand(f"    Theme {theme.name}", theme.means, partial(self.wear, theme))

    def find_markets(self, typed: str, screen: object) -> Sequence[Market]:
        """Markets whose words match, for the palette over a `screen`; none when that is not the dashboard."""
        return self.session.board.catalogue.find(typed) if screen is self.dashboard else ()

    def open_market(self, slug: str) -> None:
        """Show a market that the palette found."""
        self.dashboard.open_market(slug)

    def _command(self, key: keymap.Key) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(key.action, self.dashboard if key.place is Place.DASHBOARD else self)

        return run

    # looks ----------------------------------------------------------------------------------------------------------

    def wear(self, theme: ThemeData) -> None:
        """Change the colours."""
        if self.is_running or theme.is_named or not theme.dark:
            self.theme = theme.full_name
            return
        # Nothing is drawn yet, so that only the sheets' variables have to change; set the other way, Textual reads
        # every sheet a second time before the first frame.
        self.set_reactive(App.theme, theme.full_name)
        self.stylesheet.set_variables(self.get_css_variables())

    def action_look(self, look: str) -> None:
        """Change what `Look` names to and fro, on every screen."""
        self.view.change(Look(look))
        for screen in self.screen_stack:
            for widget in screen.query(RowsWidget):
                widget.look_again()
        self.dashboard.arrange_panes()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without Textual's answer to NO_COLOR, which is grey: ours is a theme, and a person may choose another."""
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome | NoColor)]
        return [*filters, _IN_ASCII] if self.view.is_ascii else filters

    # leaving --------------------------------------------------------------------------------------------------------

    def action_interrupt(self) -> None:
        """Ctrl+C, when the screen had no selected text to copy: leave as an interrupted program does."""
        self.exit(return_code=Exit.INTERRUPTED)

    def fail(self, error: BaseException) -> None:
        """Leave the screen for a reason that the caller of the app puts into words."""
        self.failure = error
        self.exit(return_code=Exit.CRASH)

    def _leave(self, code: int) -> None:
        """Told by a signal, or the terminal has gone."""
        log.info("leaving, exit code %d", code)
        self.exit(return_code=code)

    async def on_unmount(self) -> None:
        # The gateways first, then what they read with, then the venue itself.
        works = list(self.workers)
        self.workers.cancel_all()
        for work in works:
            with suppress(WorkerCancelled, WorkerFailed, TimeoutError):
                await asyncio.wait_for(work.wait(), _LEAVE_S)
        await self.session.shelf.close()
        await self.session.close()

    def _handle_exception(self, error: Exception) -> None:
        """End quietly and leave the error to whoever ran the app: Textual would print the traceback with every local,
        secrets among them (reliability §0 fact 5)."""
        if self.failure is None:
            self.failure = error
        self._return_code = int(Exit.CRASH)
        if self._exception is None:  # what a pilot raises again
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def _mark_of(settings: Settings) -> str:
    """The header's mark of the venue; a recording that is played is no market of today."""
    mark = "ALL" if settings.source == ALL else settings.chosen[0].mark
    if mark:
        return mark if settings.label == "MAINNET" else f"{settings.label} {mark}"
    if not settings.is_demo or settings.replay is None:
        return settings.label
    return f"{settings.label} REPLAY" + ("" if settings.speed in (None, 1) else f" x{settings.speed:g}")
