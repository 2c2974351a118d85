"""Every key of the program, once: bindings, help, footer line and command palette are all made from this table.

A key has an `id`, so that a person can remap it (`remap.py`); what is made of a remapped table still tells the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from textual.binding import Binding, BindingType


class Group(StrEnum):
    """The headings of the help screen, in its order."""

    MARKET = "Markets"
    PANES = "Panes"
    VIEW = "View"
    ROWS = "Inside a pane"
    LIST = "Market list"
    GRID = "Grid"
    ALERTS = "Alerts"
    EVENT = "Event"
    SIGNALS = "Signals"
    PROGRAM = "Program"


class Place(StrEnum):
    """Who binds a key."""

    APP = "app"
    DASHBOARD = "dashboard"
    PANE = "pane"
    LADDER = "ladder"
    TAPE = "tape"
    TABLE = "table"
    CHART = "chart"
    MARKET_LIST = "market-list"
    GRID = "grid"
    ALERTS = "alerts"
    EVENT = "event"
    SIGNALS = "signals"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Key:
    """One command. `keys` are Textual's names, comma separated; `shown` is how a person reads them."""

    id: str
    keys: str
    shown: str
    action: str
    label: str
    means: str
    group: Group
    place: Place
    footer: bool = False
    palette: bool = False
    priority: bool = False

    def binding(self) -> Binding:
        """The Textual binding."""
        return Binding(
            self.keys,
            self.action,
            self.label,
            show=self.footer,
            key_display=self.shown,
            priority=self.priority,
            tooltip=self.means,
            id=self.id,
        )


_M, _P, _V, _R, _L, _X = Group.MARKET, Group.PANES, Group.VIEW, Group.ROWS, Group.LIST, Group.PROGRAM
_D = Place.DASHBOARD

TABLE: Final[tuple[Key, ...]] = (
    Key("market.list", "slash", "/", "market_list", "Markets", "Find and open any market", _M, _D, True, True),
    Key(
        "market.next",
        "right_square_bracket,right",
        "] →",
        "step_market(1)",
        "Next market",
        "The next market of the list",
        _M,
        _D,
        True,
        True,
    ),
    Key(
        "market.previous",
        "left_square_bracket,left",
        "[ ←",
        "step_market(-1)",
        "Previous market",
        "The previous market of the list",
        _M,
        _D,
        False,
        True,
    ),
    Key(
        "market.close",
        "x",
        "x",
        "close_market",
        "Close market",
        "Stop watching this market",
        _M,
        _D,
        False,
        True,
    ),
    Key(
        "market.flip",
        "f",
        "f",
        "flip",
        "Flip",
        "The other outcome: NO for YES",
        _M,
        _D,
        True,
        True,
    ),
    Key(
        "market.resync",
        "r",
        "r",
        "resync",
        "Resync",
        "Ask the venue for a fresh snapshot",
        _M,
        _D,
        False,
        True,
    ),
    Key(
        "market.favourite",
        "asterisk",
        "*",
        "favourite",
        "Favourite",
        "Mark this market, or unmark it",
        _M,
        _D,
        False,
        True,
    ),
    Key("market.grid", "g", "g", "grid", "Grid", "Small ladders of several markets at once", _M, _D, True, True),
    Key("market.alerts", "a", "a", "alerts", "Alerts", "Price alerts: add, list, remove", _M, _D, True, True),
    Key("pane.next", "tab", "Tab", "step_pane(1)", "Next pane", "Focus the next pane", _P, _D, True),
    Key(
        "pane.previous", "shift+tab", "Shift+Tab", "step_pane(-1)", "Previous pane", "Focus the previous pane", _P, _D
    ),
    Key("pane.ladder", "1", "1", "go_pane('ladder')", "Ladder", "Go to the order-book ladder", _P, _D, False, True),
    Key("pane.tape", "2", "2", "go_pane('tape')", "Tape", "Go to the tape of prints", _P, _D, False, True),
    Key("pane.chart", "3", "3", "go_pane('chart')", "Chart", "Go to the candle chart", _P, _D, False, True),
    Key("pane.orders", "4", "4", "go_pane('orders')", "Orders", "Go to your resting orders", _P, _D, False, True),
    Key("pane.fills", "5", "5", "go_pane('fills')", "Fills", "Go to your fills", _P, _D, False, True),
    Key(
        "pane.vault", "6", "6", "go_pane('vault')", "Vault", "Go to your positions and balances", _P, _D, False, True
    ),
    Key(
        "pane.alone",
        "enter",
        "Enter",
        "alone",
        "Whole screen",
        "This pane on the whole screen; and back",
        _P,
        _D,
        True,
        True,
    ),
    Key(
        "view.recentre", "m", "m", "recentre", "Recentre", "Centre the ladder on the spread again", _V, _D, True, True
    ),
    Key(
        "view.frame",
        "t",
        "t",
        "timeframe(1)",
        "Timeframe",
        "Longer candles: 5s 15s 1m 5m 15m 1h (depth: more of the book)",
        _V,
        _D,
        True,
        True,
    ),
    Key(
        "view.frame.back",
        "T",
        "T",
        "timeframe(-1)",
        "Shorter timeframe",
        "Shorter candles (depth: less of the book)",
        _V,
        _D,
        False,
        True,
    ),
    Key(
        "view.detail",
        "d",
        "d",
        "detail",
        "Detail",
        "Links, round trips, frame counts",
        _V,
        _D,
        False,
        True,
    ),
    Key("view.log", "L", "L", "log", "Log", "What the program has logged", _V, _D, False, True),
    Key(
        "view.privacy",
        "P",
        "P",
        "look('privacy')",
        "Privacy",
        "Mask your own amounts, or show them",
        _V,
        Place.APP,
        False,
        True,
    ),
    Key(
        "view.zone",
        "u",
        "u",
        "look('zone')",
        "UTC or local",
        "Times in UTC or in this machine's zone",
        _V,
        Place.APP,
        False,
        True,
    ),
    Key(
        "view.density",
        "D",
        "D",
        "look('density')",
        "Density",
        "More rows, fewer rules; and back",
        _V,
        Place.APP,
        False,
        True,
    ),
    Key("view.redraw", "ctrl+l", "Ctrl+L", "redraw", "Redraw", "Draw the whole screen again", _V, _D, False, True),
    Key("view.help", "question_mark,f1", "?", "help", "Help", "Every key and glyph", _V, _D, True, True),
    Key(
        "program.palette",
        "ctrl+p",
        "Ctrl+P",
        "command_palette",
        "Commands",
        "Type a command, a code (OB TS ORD) or a market",
        _X,
        Place.APP,
        priority=True,
    ),
    Key("program.quit", "q,ctrl+q", "q", "quit", "Quit", "Leave psdash", _X, Place.APP, True, True),
    Key(
        "program.interrupt",
        "ctrl+c",
        "Ctrl+C",
        "interrupt",
        "Interrupt",
        "Leave (or copy what is selected)",
        _X,
        Place.APP,
    ),
    Key("send.row", "y", "y", "copy_row", "Copy row", "Copy the row under the cursor as CSV", _P, _D, False, True),
    Key("send.table", "Y", "Y", "copy_table", "Copy table", "Copy the pane's table as CSV", _P, _D, False, True),
    Key("send.export", "e", "e", "export", "Export", "Write the pane's table to a CSV file", _P, _D, False, True),
    Key("tape.size", "z", "z", "step_filter", "Size filter", "Tape: hide sizes under 100, 1k, 10k", _R, Place.TAPE),
    Key("tape.sweeps", "s", "s", "merge", "Sweeps", "Tape: a sweep as one row, or each print", _R, Place.TAPE),
    Key("table.sort", "s", "s", "sort", "Sort", "Table: sort by the next column", _R, Place.TABLE),
    Key("table.reverse", "S", "S", "reverse", "Reverse", "Table: turn the order around", _R, Place.TABLE),
    Key("table.filter", "F", "F", "filter", "Filter", "Table: type words that a row must have", _R, Place.TABLE),
    Key("table.clear", "escape", "Esc", "clear", "Clear", "Table: end the filter", _R, Place.TABLE),
    Key("rows.up", "up,k", "↑ k", "scroll_up", "Up", "Up a row", _R, Place.PANE),
    Key("rows.down", "down,j", "↓ j", "scroll_down", "Down", "Down a row", _R, Place.PANE),
    Key("rows.page-up", "pageup", "PgUp", "page_up", "Page up", "Up a page", _R, Place.PANE),
    Key("rows.page-down", "pagedown", "PgDn", "page_down", "Page down", "Down a page", _R, Place.PANE),
    Key("rows.home", "home", "Home", "scroll_home", "Top", "To the top", _R, Place.PANE),
    Key("rows.end", "end", "End", "scroll_end", "Bottom", "To the bottom", _R, Place.PANE),
    Key("ladder.up", "up,k", "↑ k", "scroll_rows(1)", "Higher", "Up a row", _R, Place.LADDER),
    Key("ladder.down", "down,j", "↓ j", "scroll_rows(-1)", "Lower", "Down a row", _R, Place.LADDER),
    Key("ladder.page-up", "pageup", "PgUp", "scroll_pages(1)", "Page up", "Up a page", _R, Place.LADDER),
    Key(
        "ladder.page-down",
        "pagedown",
        "PgDn",
        "scroll_pages(-1)",
        "Page down",
        "Down a page",
        _R,
        Place.LADDER,
    ),
    Key(
        "ladder.cursor",
        "c,space",
        "c Space",
        "cursor",
        "Cursor",
        "Ladder cursor: size, cost, average up to it",
        _R,
        Place.LADDER,
    ),
    Key(
        "ladder.cursor-off", "escape", "Esc", "cursor_off", "No cursor", "In the ladder: no cursor", _R, Place.LADDER
    ),
    Key("ladder.home", "home", "Home", "to_highest", "Highest", "To the top", _R, Place.LADDER),
    Key("ladder.end", "end", "End", "to_lowest", "Lowest", "To the bottom", _R, Place.LADDER),
    Key("list.up", "up", "↑", "cursor(-1)", "Up", "Previous market", _L, Place.MARKET_LIST, priority=True),
    Key("list.down", "down", "↓", "cursor(1)", "Down", "Next market", _L, Place.MARKET_LIST, priority=True),
    Key("list.page-up", "pageup", "PgUp", "page(-1)", "Page up", "One page up", _L, Place.MARKET_LIST, priority=True),
    Key(
        "list.page-down",
        "pagedown",
        "PgDn",
        "page(1)",
        "Page down",
        "One page down",
        _L,
        Place.MARKET_LIST,
        priority=True,
    ),
    Key("list.open", "enter", "Enter", "open", "Open", "Open this market", _L, Place.MARKET_LIST, priority=True),
    Key(
        "list.close", "escape", "Esc", "close", "Close", "Back to the dashboard", _L, Place.MARKET_LIST, priority=True
    ),
    Key(
        "list.left",
        "left",
        "←",
        "left",
        "Close",
        "Back, when nothing is typed",
        _L,
        Place.MARKET_LIST,
        priority=True,
    ),
    Key(
        "view.chart",
        "h",
        "h",
        "chart_mode",
        "Chart mode",
        "The chart as candles, depth, or heat map of resting size",
        _V,
        _D,
        True,
        True,
    ),
    Key("chart.left", "left", "←", "cursor(-1)", "Earlier", "In the chart: read the candle before", _R, Place.CHART),
    Key("chart.right", "right", "→", "cursor(1)", "Later", "In the chart: read the candle after", _R, Place.CHART),
    Key("chart.up", "up,k", "↑ k", "cursor_price(1)", "Higher", "Up a row", _R, Place.CHART),
    Key("chart.down", "down,j", "↓ j", "cursor_price(-1)", "Lower", "Down a row", _R, Place.CHART),
    Key("chart.page-up", "pageup", "PgUp", "cursor_page(-1)", "Page back", "Up a page", _R, Place.CHART),
    Key("chart.page-down", "pagedown", "PgDn", "cursor_page(1)", "Page on", "Down a page", _R, Place.CHART),
    Key("chart.first", "home", "Home", "cursor_first", "Oldest", "To the top", _R, Place.CHART),
    Key("chart.last", "end", "End", "cursor_last", "Newest", "To the bottom", _R, Place.CHART),
    Key(
        "chart.end", "escape", "Esc", "cursor_end", "Follow", "In the chart: follow the newest again", _R, Place.CHART
    ),
    Key(
        "list.favourite",
        "asterisk",
        "*",
        "favourite",
        "Favourite",
        "Mark it, or unmark it",
        _L,
        Place.MARKET_LIST,
        priority=True,
    ),
    Key(
        "list.copy",
        "ctrl+y",
        "Ctrl+Y",
        "copy_row",
        "Copy",
        "Copy this market's row as CSV",
        _L,
        Place.MARKET_LIST,
        priority=True,
    ),
    Key(
        "list.export",
        "ctrl+e",
        "Ctrl+E",
        "export",
        "Export",
        "Write the markets found to a CSV file",
        _L,
        Place.MARKET_LIST,
        priority=True,
    ),
    Key("grid.up", "up,k", "↑ k", "move(0, -1)", "Up", "The ladder above", Group.GRID, Place.GRID),
    Key("grid.down", "down,j", "↓ j", "move(0, 1)", "Down", "The ladder below", Group.GRID, Place.GRID),
    Key("grid.left", "left,h", "← h", "move(-1, 0)", "Left", "The ladder on the left", Group.GRID, Place.GRID),
    Key("grid.right", "right,l", "→ l", "move(1, 0)", "Right", "The ladder on the right", Group.GRID, Place.GRID),
    Key(
        "grid.next",
        "tab,right_square_bracket,pagedown",
        "Tab ]",
        "page(1)",
        "More",
        "The next markets",
        Group.GRID,
        Place.GRID,
    ),
    Key(
        "grid.previous",
        "shift+tab,left_square_bracket,pageup",
        "S-Tab [",
        "page(-1)",
        "Back",
        "The markets before",
        Group.GRID,
        Place.GRID,
    ),
    Key("grid.size", "g", "g", "size", "Size", "Four ladders or six", Group.GRID, Place.GRID),
    Key("grid.flip", "f", "f", "flip", "Flip", "The other outcome of this ladder", Group.GRID, Place.GRID),
    Key(
        "grid.favourite",
        "asterisk",
        "*",
        "favourite",
        "Favourite",
        "Mark this market, or unmark it",
        Group.GRID,
        Place.GRID,
    ),
    Key("grid.open", "enter", "Enter", "open", "Open", "Open this market on the dashboard", Group.GRID, Place.GRID),
    Key("grid.close", "escape,q", "Esc q", "close", "Close", "Back to the dashboard", Group.GRID, Place.GRID),
    Key("alerts.up", "up", "↑", "cursor(-1)", "Up", "Previous alert", Group.ALERTS, Place.ALERTS, priority=True),
    Key("alerts.down", "down", "↓", "cursor(1)", "Down", "Next alert", Group.ALERTS, Place.ALERTS, priority=True),
    Key(
        "alerts.add",
        "enter",
        "Enter",
        "add",
        "Add",
        "Set what is typed: above 55, spread 3, print 5000",
        Group.ALERTS,
        Place.ALERTS,
        priority=True,
    ),
    Key(
        "alerts.remove",
        "delete,ctrl+d",
        "Del Ctrl+D",
        "remove",
        "Remove",
        "Remove the chosen one",
        Group.ALERTS,
        Place.ALERTS,
        priority=True,
    ),
    Key(
        "alerts.flip",
        "tab",
        "Tab",
        "flip",
        "Outcome",
        "Set it for the other outcome",
        Group.ALERTS,
        Place.ALERTS,
        priority=True,
    ),
    Key(
        "alerts.close",
        "escape",
        "Esc",
        "close",
        "Close",
        "Back to the dashboard",
        Group.ALERTS,
        Place.ALERTS,
        priority=True,
    ),
    Key(
        "market.event",
        "E",
        "E",
        "event",
        "Event",
        "All outcomes of the event, and their sums",
        _M,
        _D,
        False,
        True,
    ),
    Key("view.both", "B", "B", "both", "Both", "YES and NO as one book, with the parity gap", _V, _D, False, True),
    Key(
        "view.columns",
        "w",
        "w",
        "columns",
        "Columns",
        "Ladder: more columns (traded, pulled), fewer",
        _V,
        _D,
        False,
        True,
    ),
    Key("view.bars", "v", "v", "bars", "Bars", "Ladder bars: size at the price, or up to it", _V, _D, False, True),
    Key("view.group", "i", "i", "group", "Group ticks", "Ladder rows of 1c, 2c, 5c", _V, _D, False, True),
    Key("view.signals", "o", "o", "signals", "Signals", "What other sources find worth a look", _V, _D, False, True),
    Key(
        "view.activity",
        "A",
        "A",
        "activity",
        "Activity",
        "Tasks of yours that a source tells of",
        _V,
        _D,
        False,
        True,
    ),
    Key("signals.up", "up,k", "↑ k", "cursor(-1)", "Up", "The signal above", Group.SIGNALS, Place.SIGNALS),
    Key("signals.down", "down,j", "↓ j", "cursor(1)", "Down", "The signal below", Group.SIGNALS, Place.SIGNALS),
    Key("signals.page-up", "pageup", "PgUp", "page(-1)", "Page up", "A page up", Group.SIGNALS, Place.SIGNALS),
    Key("signals.page-down", "pagedown", "PgDn", "page(1)", "Page down", "A page down", Group.SIGNALS, Place.SIGNALS),
    Key("signals.home", "home", "Home", "newest", "Newest", "The newest, as they come", Group.SIGNALS, Place.SIGNALS),
    Key("signals.kind", "t", "t", "kind", "Kind", "Only arb, +EV, smart, fade, alpha", Group.SIGNALS, Place.SIGNALS),
    Key("signals.venue", "v", "v", "venue", "Venue", "Only signals of one venue", Group.SIGNALS, Place.SIGNALS),
    Key("signals.roi", "r", "r", "roi", "ROI", "Only 1%, 2%, 5%, 10% and more", Group.SIGNALS, Place.SIGNALS),
    Key("signals.size", "z", "z", "size", "Size", "Only $100, $1k, $10k and more", Group.SIGNALS, Place.SIGNALS),
    Key("signals.clear", "c", "c", "clear", "Clear", "End the filters", Group.SIGNALS, Place.SIGNALS),
    Key("signals.copy", "y", "y", "copy", "Copy link", "Copy its link", Group.SIGNALS, Place.SIGNALS),
    Key("signals.open", "enter", "Enter", "open", "Open", "Show its market", Group.SIGNALS, Place.SIGNALS),
    Key("signals.close", "escape,q,o", "Esc", "close", "Close", "Back", Group.SIGNALS, Place.SIGNALS),
    Key("event.up", "up,k", "↑ k", "step(-1)", "Up", "The outcome above", Group.EVENT, Place.EVENT, priority=True),
    Key(
        "event.down", "down,j", "↓ j", "step(1)", "Down", "The outcome below", Group.EVENT, Place.EVENT, priority=True
    ),
    Key("event.open", "enter", "Enter", "open", "Open", "Show this market", Group.EVENT, Place.EVENT, priority=True),
    Key("event.close", "escape,q,E", "Esc", "close", "Close", "Back to the dashboard", Group.EVENT, Place.EVENT),
    Key(
        "sheet.close",
        "escape,q,left,question_mark,d,L",
        "Esc",
        "close",
        "Close",
        "Close help or detail",
        _X,
        Place.SHEET,
    ),
)


def bindings(place: Place) -> list[BindingType]:
    """What a class of this place puts in its BINDINGS."""
    return [key.binding() for key in TABLE if key.place is place]


def by_group(table: Sequence[Key] = TABLE) -> Mapping[Group, Sequence[Key]]:
    """The table under the headings of the help screen; what two places bind to the same end stands there once."""
    groups: dict[Group, dict[tuple[str, str], Key]] = {group: {} for group in Group}
    for key in table:
        groups[key.group].setdefault((key.shown, key.means), key)
    return {group: list(keys.values()) for group, keys in groups.items()}


def footer(table: Sequence[Key] = TABLE) -> Sequence[Key]:
    """The keys of the one quiet line, most needed first, the two ways out of not knowing last."""
    ends = ("view.help", "program.quit")
    keys = [key for key in table if key.footer and key.id not in ends]
    return [*keys, *(key for ident in ends for key in table if key.id == ident)]


def palette(table: Sequence[Key] = TABLE) -> Sequence[Key]:
    """The commands of the palette."""
    return [key for key in table if key.palette]
