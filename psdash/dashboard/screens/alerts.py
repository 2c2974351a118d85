"""Price alerts: type one to set it for the shown market, arrows to choose one, Del to remove it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Final

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from psdash.dashboard.alerting import AlertWatch, condition_of, name_of
from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.columns import Cell, Column, TableRow, WordsRow, draw_cells, draw_line, fit, unknown
from psdash.dashboard.painting.moments import clock, zone_words
from psdash.dashboard.painting.numbers import cents
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.view import View
from psdash.dashboard.remap import table_of
from psdash.dashboard.screens.typing import after_typing
from psdash.dashboard.session import Session
from psdash.market.alerts import Alert, Kind, parse

_RULES: Final = "rings on getting there, again after 1c back, once a minute at most"
_HOW: Final = "above 55   below 40   spread 3   print 5000"


class AlertRows(RowsWidget):
    """Every alert: its market, what it waits for, where the market stands, and whether it can ring."""

    COLUMNS = (
        Column("", 1),
        Column("market", 20, stretch=True, least=12),
        Column("rings at", 24),
        Column("now", 5, rank=2, right=True),
        Column("state", 14, rank=1),
    )

    def __init__(self, clock: PaintClock, session: Session, shown: str | None, *, view: View | None) -> None:
        super().__init__(clock, view=view, id="alert-rows")
        self._session = session
        self._shown = shown
        self._at = 0
        #: What the line over the table says, and whether it is a refusal.
        self.said = ("", False)

    @property
    def chosen(self) -> Alert | None:
        """The alert under the cursor."""
        alerts = self._session.shelf.alerts.all()
        self._at = max(0, min(self._at, len(alerts) - 1))
        return alerts[self._at] if alerts else None

    def move(self, by: int) -> None:
        """Move the cursor; it stops at the ends."""
        self._at += by
        self.touch()

    def choose_last(self) -> None:
        """Put the cursor on the newest."""
        self._at = len(self._session.shelf.alerts) - 1
        self.touch()

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        words, is_refused = self.said
        alerts, chosen = self._session.shelf.alerts.all(), self.chosen
        rows: list[Hashable] = [WordsRow(words, Tone.WARN if is_refused else Tone.MUTED), WordsRow(_RULES), ""]
        if not alerts:
            return [*rows, WordsRow("no alert is set", centred=True)]
        fitted = fit(self.COLUMNS, width)
        titles = [column.title for column in self.COLUMNS]
        titles[-1] += f" ({zone_words(self.view.zone, max((each.rung_ms or 0 for each in alerts), default=0))})"
        rows.append(TableRow(tuple(Cell(title, Tone.MUTED) for title in titles), fitted))
        room = max(1, height - len(rows))
        first = max(0, min(self._at - room + 1, len(alerts) - room)) if self._at >= room else 0
        for alert in alerts[first : first + room]:
            is_at = alert is chosen
            rows.append(TableRow(self._cells(alert, is_at=is_at), fitted, on=Tone.CURSOR if is_at else None))
        return rows

    def _cells(self, alert: Alert, *, is_at: bool) -> tuple[Cell, ...]:
        board = self._session.board
        market = board.catalogue.by_slug(alert.slug)
        glyphs = self.glyphs
        return (
            Cell(glyphs.cursor if is_at else glyphs.full if alert.slug == self._shown else "", Tone.ACCENT),
            Cell(name_of(alert, market)),
            Cell(condition_of(alert)),
            self._now(alert),
            self._state(alert),
        )

    def _is_live(self, alert: Alert) -> bool:
        state = self._session.board.state(alert.slug)
        return state is not None and alert.outcome < len(state.books) and state.book_freshness[alert.outcome].is_live

    def _now(self, alert: Alert) -> Cell:
        state = self._session.board.state(alert.slug)
        if state is None or alert.kind is Kind.PRINT or not self._is_live(alert):
            return Cell("") if alert.kind is Kind.PRINT else unknown(self.glyphs)
        book = state.books[alert.outcome]
        best = {Kind.ABOVE: book.best_bid, Kind.BELOW: book.best_ask}.get(alert.kind)
        price = book.spread if alert.kind is Kind.WIDER else None if best is None else best.price
        return unknown(self.glyphs) if price is None else Cell(cents(price))

    def _state(self, alert: Alert) -> Cell:
        """Armed, or why not. One that rang says when, and waits for the market to go back."""
        if not self._is_live(alert):
            return Cell("no live book", Tone.STALE)
        if alert.kind is Kind.PRINT:
            return Cell(
                "armed" if alert.rung_ms is None else f"rang {clock(alert.rung_ms, self.view.zone)}", Tone.MUTED
            )
        if alert.is_armed:
            return Cell("armed", Tone.MUTED)
        if alert.rung_ms is not None:
            return Cell(f"rang {clock(alert.rung_ms, self.view.zone)}", Tone.WARN)
        return Cell("already so", Tone.MUTED)

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        return draw_line(row, width, self.palette, self.glyphs) if isinstance(row, WordsRow) else []


class AlertsScreen(ModalScreen[None]):
    """Lists alerts and sets new ones for one market and outcome."""

    BINDINGS = bindings(Place.ALERTS)

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        bridge: Bridge,
        watch: AlertWatch,
        slug: str | None,
        outcome: int,
        *,
        view: View | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._bridge = bridge
        self._watch = watch
        self._slug = slug
        self._outcome = outcome
        self._rows = AlertRows(clock, session, slug, view=view)

    def compose(self) -> ComposeResult:
        shown = {key.id: key.shown for key in table_of(self.app)}
        with Vertical(id="alerts") as frame:
            frame.border_title = "Alerts"
            frame.border_subtitle = Content(
                f"{shown['alerts.add']} adds  {shown['alerts.remove']} removes  "
                f"{shown['alerts.flip']} other outcome  {shown['alerts.close']} closes"
            )
            yield Input(placeholder=_HOW, id="alert-typed", compact=True, max_length=40)
            yield self._rows

    def on_mount(self) -> None:
        self._bridge.listen(self._rows, Topic.ANY_PRICE, Topic.ANY_MARKET, Topic.CATALOGUE)
        self._explain()

    def on_unmount(self) -> None:
        self._bridge.forget(self._rows)

    def _explain(self) -> None:
        if self._slug is None:
            self._say("open a market first: an alert is set for the market on the screen")
            return
        market = self._session.board.catalogue.by_slug(self._slug)
        alert = Alert(self._slug, self._outcome, Kind.ABOVE, Decimal(0))
        self._say(f"for {name_of(alert, market)}")

    def _say(self, words: str, *, is_refused: bool = False) -> None:
        self._rows.said = (words, is_refused)
        self._rows.touch()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._rows.said[1]:
            self._explain()

    def action_add(self) -> None:
        """Set what is typed."""
        after_typing(self, self.query_one(Input), self._add)

    def _add(self) -> None:
        field = self.query_one(Input)
        if not field.value.strip() or self._slug is None:
            return
        try:
            kind, level = parse(field.value)
            if kind is not Kind.PRINT and not self._is_quoted:
                self._say("nobody quotes this one, so nothing would ring: only print 5000 does", is_refused=True)
                return
            self._session.shelf.alerts.add(Alert(self._slug, self._outcome, kind, level))
        except ValueError as error:
            self._say(str(error), is_refused=True)
            return
        field.value = ""
        self._session.watch_again()
        self._watch.look(self._slug)
        self._session.shelf.alerts_changed()
        self._rows.choose_last()
        self._explain()

    @property
    def _is_quoted(self) -> bool:
        market = None if self._slug is None else self._session.board.catalogue.by_slug(self._slug)
        return market is None or market.quoting.has_book

    def action_remove(self) -> None:
        """Forget the chosen alert; while something is typed, the key is the text's."""
        after_typing(self, self.query_one(Input), self._remove)

    def _remove(self) -> None:
        field = self.query_one(Input)
        if field.value:
            field.action_delete_right()
            return
        chosen = self._rows.chosen
        if chosen is not None:
            self._session.shelf.alerts.remove(chosen)
            self._session.shelf.alerts_changed()
            self._session.watch_again()
            self._rows.touch()

    def action_flip(self) -> None:
        """Set the next one for the other outcome."""
        market = None if self._slug is None else self._session.board.catalogue.by_slug(self._slug)
        if market is not None and len(market.tokens) > 1:
            self._outcome = (self._outcome + 1) % len(market.tokens)
        self._explain()

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self._rows.move(by)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
