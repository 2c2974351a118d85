"""The one dashboard: every pane of one market and one outcome, arranged by the size of the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from psdash.dashboard import tiers
from psdash.dashboard.alerting import AlertWatch
from psdash.dashboard.bridge import Bridge, Ear, Topic
from psdash.dashboard.elsewhere import Elsewhere
from psdash.dashboard.fill_news import FillNews
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.banner import Banner
from psdash.dashboard.panes.chart import ChartPane
from psdash.dashboard.panes.fills import FillsPane
from psdash.dashboard.panes.header import Header
from psdash.dashboard.panes.keyline import KeyLine, TabLine, TooSmall
from psdash.dashboard.panes.ladder import Ladder
from psdash.dashboard.panes.links import Links
from psdash.dashboard.panes.orders import OrdersPane
from psdash.dashboard.panes.positions import PositionsPane
from psdash.dashboard.panes.tape import TapePane
from psdash.dashboard.panes.token_pane import TokenPane
from psdash.dashboard.sending.commands import Sender
from psdash.dashboard.session import Session
from psdash.dashboard.wayfinding import Ways
from psdash.market.board import MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.terminal import LastHop

if TYPE_CHECKING:  # a screen of its own is imported when somebody opens it
    from psdash.dashboard.screens.grid import Chosen


class MarketCame(Message, bubble=False):
    """The shown market came into being, became another, or may claim something else."""

    def __init__(self, freshness: Freshness | None) -> None:
        super().__init__()
        self.freshness = freshness

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, MarketCame)


class TierLayout(Layout):
    """Places the screen's children by `tiers.arrange`; whatever is not of the plan (a tooltip) flows as usual."""

    name = "tiers"

    def __init__(self, plan: Callable[[Size], tiers.Plan]) -> None:
        self._plan = plan
        self._flow = VerticalLayout()

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        parent.pre_layout(self)
        places = self._plan(size).places
        others = [child for child in children if child.id not in _PLANNED]
        placements = self._flow.arrange(parent, others, size, greedy) if others else []
        nowhere, none = Offset(0, 0), Spacing()
        for child in children:
            place = places.get(child.id or "")
            if place is not None:
                placements.append(WidgetPlacement(Region(*place), nowhere, none, child))
        return placements


_PLANNED = frozenset((*tiers.PANES, tiers.FACTS, tiers.HEADER, tiers.BANNER, tiers.TABS, tiers.KEYLINE, tiers.NOTICE))


class DashboardScreen(Screen[None]):
    """Shows one market of `session`; `bridge` tells its widgets what moved."""

    BINDINGS = bindings(Place.DASHBOARD)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        label: str,
        *,
        view: View | None = None,
    ) -> None:
        """`label` marks the venue: DEMO, TESTNET, MAINNET. `view` is what the person chose about the looks."""
        super().__init__(id="dashboard")
        self._session = session
        self._ways = Ways(session)
        self._label = label
        #: Set by the app, whose bell they ring.
        self.alerts: AlertWatch | None = None
        #: Set by the app: the way to the terminal.
        self.hop: LastHop | None = None
        self._venue_ms: Callable[[], int] = lambda: session.venue_ms(wall_ms())
        self._bridge = bridge
        #: Steps to other markets that a person took before there was a list.
        self._steps_owed = 0
        self._clock = clock
        self._wall_ms = wall_ms
        self.view = view = view or View()
        board, account = session.board, session.account
        links = Links(session.links)
        self.header = Header(
            clock,
            label,
            wall_ms,
            links,
            board=board,
            account=account,
            offset_ms=lambda: None if session.venue is None else session.venue.market.offset_ms,
            behind_s=lambda: 0.0 if self.hop is None else self.hop.behind_s,
            gateway_names=session.expected_links,
            view=view,
            id=tiers.HEADER,
        )
        self.banner = Banner(clock, board, account, wall_ms, links, view=view, id=tiers.BANNER)
        self.ladder = Ladder(clock, wall_ms=self._venue_ms, view=view, id=tiers.LADDER)
        elsewhere = Elsewhere(board, lambda slug: session.elsewhere.get(slug, ()))
        self.ladder.elsewhere = lambda state, outcome, width: elsewhere.words(state, outcome, width, view.glyphs)
        self.token = TokenPane(clock, board, account, self._venue_ms, view=view, id=tiers.FACTS)
        self.tape = TapePane(clock, view=view, venue_ms=lambda: session.venue_ms(wall_ms()), id=tiers.TAPE)
        self.chart = ChartPane(clock, venue_ms=self._venue_ms, account=account, view=view)
        self.orders = OrdersPane(board, account, clock, wall_ms, view=view)
        self.fills = FillsPane(board, account, clock, wall_ms, view=view)
        self.vault = PositionsPane(board, account, clock, wall_ms, view=view)
        self.panes: dict[str, RowsPane] = {
            tiers.LADDER: self.ladder,
            tiers.TAPE: self.tape,
            tiers.CHART: self.chart,
            tiers.ORDERS: self.orders,
            tiers.FILLS: self.fills,
            tiers.VAULT: self.vault,
        }
        self.tabs = TabLine(clock, self.panes, self.action_go_pane, view=view)
        self.slug: str | None = None
        self.outcome = 0
        self._state: MarketState | None = None
        self._turn = tiers.CHART
        self._is_alone = False
        self._tier_layout = TierLayout(self.plan)

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.banner
        yield from dict.fromkeys((self.ladder, self.token, *self.panes.values()))
        yield self.tabs
        yield KeyLine(self._clock, view=self.view)
        yield TooSmall(self._clock, (tiers.MIN_WIDTH, tiers.MIN_HEIGHT), view=self.view)

    def on_mount(self) -> None:
        listen = self._bridge.listen
        listen(self, Topic.CATALOGUE)
        listen(self.header, Topic.LINKS, Topic.BOOK, Topic.TAPE, Topic.STATUS, Topic.PLATFORM, Topic.ORDERS)
        listen(self.banner, Topic.STATUS, Topic.PLATFORM, Topic.ORDERS, Topic.FILLS, Topic.POSITIONS, Topic.LINKS)
        listen(self.ladder, Topic.BOOK, Topic.TAPE, Topic.ORDERS, Topic.STATUS, Topic.ELSEWHERE)
        listen(self.token, Topic.TAPE, Topic.STATUS, Topic.CHART, Topic.ACTIVITY)
        listen(self.tape, Topic.TAPE, Topic.FILLS)
        listen(self.chart, Topic.CHART, Topic.TAPE, Topic.STATUS, Topic.ORDERS, Topic.FILLS)
        listen(Ear(self.chart.tell_of_book), Topic.BOOK)
        self.set_interval(1.0, self._record_depths)
        listen(self.orders, Topic.ORDERS, Topic.ANY_MARKET, Topic.CATALOGUE)
        listen(Ear(self.orders.tell_of_prices), Topic.ANY_PRICE)
        listen(self.fills, Topic.FILLS, Topic.CATALOGUE)
        listen(self.vault, Topic.POSITIONS, Topic.ANY_MARKET, Topic.CATALOGUE)
        listen(Ear(self.vault.tell_of_prices), Topic.ANY_PRICE)
        listen(self.tabs, Topic.ORDERS, Topic.FILLS, Topic.POSITIONS, Topic.CHART)
        self._sender = Sender(self.app, self._session.settings.exports, self._wall_ms)
        self.fill_news = FillNews.of(self.app, self._session, self.view)
        listen(self.fill_news, Topic.FILLS)
        self.arrange_panes()
        self.panes[tiers.LADDER].focus()

    # what is shown --------------------------------------------------------------------------------------------------

    def show_market(self, slug: str) -> None:
        """Show this market; it becomes watched when it is not."""
        self.slug, self.outcome = slug, 0
        self._session.watch(slug, self._ways.beside(slug))
        self._point_all()
        if self._state is None:
            self.say(Freshness(PaneState.CONNECTING, since_s=self._clock.now_s()))

    def say(self, freshness: Freshness) -> None:
        """Have every pane of a market that is not there yet say why."""
        for pane in (self.ladder, self.tape, self.chart):
            pane.say(freshness)

    def _point_all(self) -> None:
        """Point every widget at the shown market's state, or at nothing while there is none."""
        board, account = self._session.board, self._session.account
        state = None if self.slug is None else board.state(self.slug)
        self._state = state
        outcome = self.outcome
        if state is not None and outcome >= len(state.books):
            outcome = self.outcome = 0
        self._bridge.show(self.slug, outcome, self._shown_moved, is_both=self.ladder.wants_both)
        self.header.show(state, outcome, self.slug or "")
        self.banner.show(state)
        self._seat(state)
        self.ladder.show(state, outcome, account.orders, account.queues)
        self.tape.show(state, outcome, account.fills)
        self.chart.show(state, outcome)
        symbol = "" if state is None else state.market.symbol
        for pane in (self.orders, self.fills, self.vault):
            pane.show_market(symbol)

    def _seat(self, state: MarketState | None) -> None:
        """The ladder in its place, or where nobody quotes what is known of a token."""
        has_book = state is None or state.market.quoting.has_book
        self.token.show(None if has_book else state)
        before, pane = self.panes[tiers.LADDER], self.ladder if has_book else self.token
        if pane is not before:
            self.panes[tiers.LADDER] = pane
            if self.is_attached:  # else it is arranged once it is
                self.arrange_panes()
                if self.focused in (before, None):
                    self.set_focus(pane, scroll_visible=False)

    def _name_of(self, widget: Widget | None) -> str:
        """What the plan calls a pane; empty for anything else."""
        return next((name for name, pane in self.panes.items() if pane is widget), "")

    def _shown_moved(self, freshness: Freshness | None) -> None:
        if self.slug is not None and (self._state is None or self._session.board.state(self.slug) is not self._state):
            self.post_message(MarketCame(freshness))

    def on_market_came(self, message: MarketCame) -> None:
        """The shown market's state is there now, or is another one."""
        message.stop()
        self._point_all()
        if self._state is None and message.freshness is not None:
            self.say(message.freshness)

    # arrangement ----------------------------------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        return self._tier_layout

    def plan(self, size: Size) -> tiers.Plan:
        """Where everything goes at this size, now."""
        plan = tiers.arrange(
            size.width,
            size.height,
            header=1 if self.view.is_dense else self.header.rows_for(size.height),
            banner=self.banner.rows_for(size.width, size.height),
            turn=self._turn,
            keys=0 if self.view.is_dense else 1,
            wish=self.ladder.wish,
            is_alone=self._is_alone,
        )
        return plan if self.panes[tiers.LADDER] is self.ladder else tiers.bookless(plan)

    def arrange_panes(self) -> None:
        """Show what the plan has a place for, hide the rest."""
        plan = self.plan(self.app.size)
        for child in self.children:
            if child.id in _PLANNED:
                child.display = child.id in plan.places
        on = self._turn if self._turn in plan.tabs else next(iter(plan.tabs), "")
        self.tabs.show(plan.tabs, on, is_alone=self._is_alone)
        # A child, not the screen: Textual forgets where a widget's children stand when one of them asks for it.
        self.header.refresh(layout=True)

    def on_resize(self, _event: events.Resize) -> None:
        self.arrange_panes()
        focused = self.focused
        if focused is not None and not focused.display:
            self.panes[tiers.LADDER].focus()

    def on_banner_wants(self, message: Banner.Wants) -> None:
        """The banner needs another number of lines."""
        message.stop()
        self.arrange_panes()

    def action_go_pane(self, name: str) -> None:
        """Focus a pane; where panes take turns, it is this one's turn."""
        pane = self.panes[name]
        if name != self._turn and name in self.plan(self.app.size).tabs:
            self._turn = name
            self.arrange_panes()
        self.set_focus(pane, scroll_visible=False)  # now: the next key may be here already
        pane.focus(scroll_visible=False)  # and soon: a pane that hides takes the focus from whoever has it

    def action_alone(self) -> None:
        """The focused pane over the whole screen, with every column it has; and all panes again."""
        name = self._name_of(self.focused) or tiers.LADDER
        self._is_alone = not self._is_alone
        if self._is_alone or name in self.plan(self.app.size).tabs:
            self._turn = name
        self.arrange_panes()
        self.action_go_pane(name)

    def action_step_pane(self, by: int) -> None:
        """Focus the next or the previous pane, those whose turn it is not included."""
        focused, names = self._name_of(self.focused), list(self.panes)
        at = names.index(focused) if focused else -by
        self.action_go_pane(names[(at + by) % len(names)])

    # commands -------------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """The list of markets came or changed: other markets may stand beside the shown one now."""
        self._session.keep_beside(self._ways.beside(self.slug))
        if self._steps_owed and len(self._ways.rotation()) > 1:
            self.action_step_market(self._steps_owed)
            self._steps_owed = 0

    def action_step_market(self, by: int) -> None:
        """Show the next or the previous market; before the list of them has come, once it has."""
        slugs = self._ways.rotation()
        if len(slugs) < 2 and not self._session.is_listed:
            self._steps_owed += by
            return
        if not slugs:
            return
        at = slugs.index(self.slug) + by if self.slug in slugs else 0
        self.show_market(slugs[at % len(slugs)])

    def action_market_list(self) -> None:
        """Find a market and open it."""
        from psdash.dashboard.screens.market_list import MarketListScreen

        def opened(slug: str | None) -> None:
            if slug is not None:
                self.open_market(slug)

        self._session.renew_catalogue()
        self.app.push_screen(
            MarketListScreen(
                self._clock, self._session, self._bridge, self.slug, self._venue_ms, self._sender, view=self.view
            ),
            opened,
        )

    def open_market(self, slug: str, outcome: int | None = None) -> None:
        """Show a market that the person chose; it is among those asked for from now on, when there are several."""
        if slug != self.slug:
            if len(self._session.wanted) > 1 and slug not in self._session.wanted:
                self._session.wanted.append(slug)
            self.show_market(slug)
        if outcome is not None and outcome != self.outcome:
            self.outcome = outcome
            self._point_all()

    def action_favourite(self) -> None:
        """Mark the shown market, or unmark it."""
        if self.slug is not None:
            is_marked = self._session.shelf.toggle_favourite(self.slug)
            self.tell()
            words = "is a favourite now" if is_marked else "is no favourite any more"
            self.app.notify(f"{self.slug} {words}.", timeout=3, markup=False)

    def action_grid(self) -> None:
        """Small ladders of several markets."""
        from psdash.dashboard.screens.grid import GridScreen

        def opened(chosen: Chosen) -> None:
            if chosen is not None:
                self.open_market(*chosen)

        slugs = self._ways.grid(self.slug)
        if not slugs:
            self.app.notify("No market is known yet.", timeout=4, markup=False)
            return
        grid = GridScreen(self._clock, self._session, self._bridge, slugs, self.slug, self._label, view=self.view)
        self.app.push_screen(grid, opened)

    def action_alerts(self) -> None:
        """Price alerts."""
        from psdash.dashboard.screens.alerts import AlertsScreen

        if self.alerts is not None:
            self.app.push_screen(
                AlertsScreen(
                    self._clock, self._session, self._bridge, self.alerts, self.slug, self.outcome, view=self.view
                )
            )

    def action_log(self) -> None:
        """The program's log."""
        from psdash.dashboard.screens.log import LogScreen

        self.app.push_screen(LogScreen(self._clock))

    def action_close_market(self) -> None:
        """Stop watching the shown market; the last one stays."""
        if self.slug is None:
            return
        beside = self._session.stop(self.slug)
        if beside is None:
            self.app.notify("This is the only market open; / opens another.", timeout=4, markup=False)
        else:
            self.show_market(beside)

    def action_flip(self) -> None:
        """See the market from the other outcome."""
        state = self._state
        if state is not None and len(state.books) > 1:
            self.outcome = (self.outcome + 1) % len(state.books)
            self._point_all()

    def action_resync(self) -> None:
        """Ask for a fresh snapshot."""
        if self.slug is not None:
            self._session.resync(self.slug)

    def action_recentre(self) -> None:
        """Centre the ladder on the spread."""
        self.ladder.recentre()

    def action_both(self) -> None:
        """YES and NO as one book, or one of them again."""
        self.ladder.swap_both()
        self._point_all()

    def action_bars(self) -> None:
        """Other bars on the ladder."""
        self.ladder.swap_bars()

    def action_group(self) -> None:
        """Coarser rows on the ladder."""
        self.ladder.next_group()

    def action_columns(self) -> None:
        """More columns on the ladder, or fewer."""
        self.ladder.next_wish()
        self.arrange_panes()

    def action_event(self) -> None:
        """Every outcome of the shown market's event."""
        from psdash.dashboard.screens.event import EventScreen

        state = self._state
        if state is None:
            return

        def opened(slug: str | None) -> None:
            if slug is not None and slug != self.slug:
                self.open_market(slug)

        self.app.push_screen(
            EventScreen(self._clock, self._session, self._bridge, state.market, view=self.view), opened
        )

    def action_timeframe(self, by: int) -> None:
        """Longer or shorter candles; the chart comes on when it was not."""
        if not self.chart.display:
            self.action_go_pane(tiers.CHART)
        self.chart.step_frame(by)

    def action_copy_row(self) -> None:
        """Copy the focused pane's row under the cursor."""
        self._sender.copy(self.focused, is_row=True)

    def action_copy_table(self) -> None:
        """Copy the focused pane's table."""
        self._sender.copy(self.focused, is_row=False)

    def action_export(self) -> None:
        """Write the focused pane's table to a file."""
        self._sender.export(self.focused)

    def action_chart_mode(self) -> None:
        """Candles, depth or heat map; the chart comes on when it was not."""
        if not self.chart.display:
            self.action_go_pane(tiers.CHART)
        else:
            self.chart.step_mode()

    def _record_depths(self) -> None:
        """The heat map's record goes on for every watched market, shown or not."""
        self._session.board.sample_depths(self._venue_ms())
        self._session.sweep_signals(self._wall_ms())
        self.chart.sampled()

    def action_signals(self) -> None:
        """What other sources find worth a look."""
        from psdash.dashboard.screens.signals import SignalsScreen

        def opened(slug: str | None) -> None:
            if slug is not None:
                self.open_market(slug)

        self.app.push_screen(
            SignalsScreen(self._clock, self._session, self._bridge, self._wall_ms, view=self.view), opened
        )

    def action_activity(self) -> None:
        """Wallets and tasks of the person's own."""
        from psdash.dashboard.screens.activity import ActivityScreen

        account, board = self._session.account, self._session.board
        self.app.push_screen(ActivityScreen(self._clock, account, board, self._bridge, self._wall_ms, view=self.view))

    def action_detail(self) -> None:
        """Links and counts."""
        from psdash.dashboard.screens.detail import DetailScreen

        self.app.push_screen(DetailScreen(self._clock, self._session, self._bridge, self.banner.concerns, self.hop))

    def action_help(self) -> None:
        """Every key."""
        from psdash.dashboard.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._clock))

    def action_redraw(self) -> None:
        """Draw everything again, whatever the terminal did to the last frame."""
        if self.hop is not None:
            self.hop.redraw()
        self._bridge.tell_all()
        self.refresh(layout=True)
