"""The table of signals: what the other sources say is worth a look, newest first, with the chosen one told whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from rich.segment import Segment

from psdash.dashboard.painting import moments, numbers
from psdash.dashboard.painting.columns import (
    Cell,
    Column,
    TableRow,
    WordsRow,
    draw_cells,
    draw_line,
    fit,
    unknown,
    wrapped,
)
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.prices import price_words
from psdash.dashboard.painting.view import View
from psdash.gateway.notices import LinkChanged, LinkState
from psdash.market.board import Board
from psdash.market.quoting import Unit
from psdash.market.signals import Signal, SignalKind, SignalLeg
from psdash.registry import SOURCES
from psdash.text import safe_text

_T = TypeVar("_T")

#: What the filters go through. A signal that does not say passes no filter of that figure.
ROI_STEPS: Final = (None, Decimal(1), Decimal(2), Decimal(5), Decimal(10))
SIZE_STEPS: Final = (None, Decimal(100), Decimal(1_000), Decimal(10_000))
#: Ages and the expired move on at least so often, in seconds.
_PERIOD_S: Final = 1.0
_COLUMNS: Final = (
    Column("", 1),
    Column("came", 8),
    Column("kind", 5),
    Column("what", 24, stretch=True, least=12),
    Column("where", 21, rank=3, stretch=False),
    Column("ROI", 7, right=True),
    Column("left", 6, rank=2, right=True),
    Column("size", 8, rank=1, right=True),
    Column("", 7, rank=1),
)
_TONES: Final = {
    SignalKind.ARB: Tone.UP,
    SignalKind.EV: Tone.ACCENT,
    SignalKind.SMART: Tone.OWN,
    SignalKind.FADE: Tone.DOWN,
    SignalKind.ALPHA: Tone.WARN,
}


class SignalRows(RowsWidget, can_focus=True):
    """Signals of every source. `links` gives each source's link by its name, `wall_ms` this machine's epoch ms."""

    def __init__(
        self,
        clock: PaintClock,
        board: Board,
        links: Callable[[], Mapping[str, LinkChanged]],
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        super().__init__(clock, view=view, id="signal-rows")
        self._board = board
        self._links = links
        self._wall_ms = wall_ms
        #: The cursor holds on to a signal, not to a line; None: to whatever is newest.
        self._key: str | None = None
        self._at = 0
        self._page = 1
        self._kind: SignalKind | None = None
        self._venue: str | None = None
        self._least_roi: Decimal | None = None
        self._least_size: Decimal | None = None

    # what is wanted -------------------------------------------------------------------------------------------------

    def shown(self) -> Sequence[Signal]:
        """The signals that pass the filters, newest first."""
        return self._board.signals.newest(self._passes)

    def _passes(self, signal: Signal) -> bool:
        return (
            (self._kind is None or signal.kind is self._kind)
            and (self._venue is None or self._venue in signal.venues)
            and (
                self._least_roi is None or (signal.roi_percent is not None and signal.roi_percent >= self._least_roi)
            )
            and (self._least_size is None or (signal.size is not None and signal.size >= self._least_size))
        )

    @property
    def chosen(self) -> Signal | None:
        """The signal under the cursor."""
        rows = self.shown()
        return rows[self._place(rows)] if rows else None

    def _place(self, rows: Sequence[Signal]) -> int:
        if self._key is None:
            self._at = 0
        else:
            found = next((at for at, signal in enumerate(rows) if signal.key == self._key), None)
            self._at = min(self._at, len(rows) - 1) if found is None else found
        return max(0, self._at)

    def move(self, by: int) -> None:
        """Move the cursor by rows."""
        rows = self.shown()
        if rows:
            self._at = max(0, min(len(rows) - 1, self._place(rows) + by))
            self._key = rows[self._at].key
        self.touch()

    def turn(self, by: int) -> None:
        """Move the cursor by pages."""
        self.move(by * self._page)

    def to_newest(self) -> None:
        """To the newest, and stay with it."""
        self._key = None
        self.touch()

    def next_kind(self) -> None:
        """Only the next kind, then every kind."""
        self._kind = _next(self._kind, (None, *SignalKind))
        self.touch()

    def next_venue(self) -> None:
        """Only the next venue, then every venue."""
        venues = sorted({venue for signal in self._board.signals.newest() for venue in signal.venues})
        self._venue = _next(self._venue, (None, *venues))
        self.touch()

    def next_roi(self) -> None:
        """Only what promises more."""
        self._least_roi = _next(self._least_roi, ROI_STEPS)
        self.touch()

    def next_size(self) -> None:
        """Only what is larger."""
        self._least_size = _next(self._least_size, SIZE_STEPS)
        self.touch()

    def clear_filters(self) -> None:
        """No filter."""
        self._kind = self._venue = self._least_roi = self._least_size = None
        self.touch()

    # painting -------------------------------------------------------------------------------------------------------

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self.paint_clock.mark_later(self, _PERIOD_S)
        links, now_ms = self._links(), self._wall_ms()
        signals = self.shown()
        over: list[Hashable] = [self._source_words(links, now_ms), WordsRow(self._filter_words(len(signals)))]
        if not signals:
            words = "no signal passes the filters" if len(self._board.signals) else self._nothing(links)
            return [*over, "", WordsRow(words, centred=True)]
        at = self._place(signals)
        detail = self._detail(signals[at], now_ms, width)
        detail = detail[: max(0, height - len(over) - 4)]
        room = self._page = max(1, height - len(over) - 2 - len(detail))
        fitted = fit(_COLUMNS, width)
        first = max(0, min(at - room // 2, len(signals) - room))
        titles = [column.title for column in _COLUMNS]
        titles[1] = moments.zone_words(self.view.zone, now_ms)
        rows: list[Hashable] = [TableRow(tuple(Cell(title, Tone.MUTED) for title in titles), fitted)]
        for place in range(first, min(first + room, len(signals))):
            signal = signals[place]
            is_at = place == at
            cells = self._cells(signal, now_ms, is_at=is_at)
            live = signal.expired_ms is None and _is_live(links, signal.source)
            rows.append(TableRow(cells, fitted, live, Tone.CURSOR if is_at else None))
        rows += [""] * (room + 1 - len(rows))
        return [*over, *rows, WordsRow(self.glyphs.horizontal * width, Tone.FAINT), *detail]

    def _cells(self, signal: Signal, now_ms: int, *, is_at: bool) -> tuple[Cell, ...]:
        glyphs = self.glyphs
        left = signal.left
        return (
            Cell(glyphs.cursor if is_at else "", Tone.ACCENT),
            Cell(moments.clock_or_day(signal.shown_ms, now_ms, self.view.zone), Tone.MUTED),
            Cell(signal.kind.value, _TONES[signal.kind], bold=True),
            Cell(safe_text(signal.title, 200)),
            Cell(_where(signal), Tone.MUTED),
            unknown(glyphs) if signal.roi_percent is None else Cell(f"{signal.roi_percent:.2f}%"),
            unknown(glyphs) if left is None else Cell(_cents(left), Tone.UP if left > 0 else Tone.DOWN),
            unknown(glyphs) if signal.size is None else Cell(numbers.money(signal.size, 8)),
            Cell("expired", Tone.WARN)
            if signal.expired_ms is not None
            else Cell("replay" if signal.is_replay else "", Tone.MUTED),
        )

    def _source_words(self, links: Mapping[str, LinkChanged], now_ms: int) -> WordsRow:
        """What each source may claim now: nothing numbers its words, so its link and its last word are all."""
        said = []
        tone = Tone.MUTED
        for name, link in links.items():
            newest = max((s.received_ms for s in self._board.signals.newest() if s.source == name), default=None)
            words = f"{SOURCES[name].title} {link.state}"
            if link.state is not LinkState.LIVE:
                tone = Tone.WARN
                words += f" ({safe_text(link.reason, 80)})" if link.reason else ""
            elif newest is not None:
                words += f", last signal {numbers.age(max(0, now_ms - newest) / 1000)} ago"
            said.append(words)
        return WordsRow("   ".join(said) or "no source that tells signals is open: --source all opens each", tone)

    def _filter_words(self, count: int) -> str:
        known = len(self._board.signals)
        parts = [
            f"{count:,} of {known:,}" if count != known else f"{known:,}",
            f"kind {self._kind or 'any'}",
            f"venue {safe_text(self._venue or 'any', 30)}",
            "any ROI" if self._least_roi is None else f"ROI {self._least_roi}% or more",
            "any size" if self._least_size is None else f"size ${self._least_size:,} or more",
        ]
        return f" {self.glyphs.separator} ".join(parts)

    def _nothing(self, links: Mapping[str, LinkChanged]) -> str:
        if any(link.state is LinkState.LIVE for link in links.values()):
            return "no signal yet"
        return "no signals: no source that tells any is live"

    def _detail(self, signal: Signal, now_ms: int, width: int) -> list[Hashable]:
        """The chosen one: both legs, what can be executed, the fees, and what is left after them."""
        lines: list[Hashable] = [WordsRow(line, Tone.TEXT) for line in wrapped(safe_text(signal.title, 300), width)]
        told = [safe_text(signal.detail, 300)] if signal.detail else []
        told.append(f"told by {SOURCES[signal.source].title if signal.source in SOURCES else signal.source}")
        if signal.is_replay:
            told.append("a replay of what was told before this connection")
        if signal.expired_ms is not None:
            told.append(f"expired {numbers.age(max(0, now_ms - signal.expired_ms) / 1000)} ago")
        lines += [WordsRow(line) for line in wrapped(", ".join(told), width)]
        lines += [WordsRow(_leg_words(leg, self.glyphs.horizontal), Tone.TEXT) for leg in signal.legs]
        if signal.legs:
            lines.append(WordsRow(_sum_words(signal), Tone.TEXT))
        if signal.url:
            lines.append(WordsRow(safe_text(signal.url, 300), Tone.ACCENT))
        return lines

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        return draw_line(row, width, self.palette, self.glyphs) if isinstance(row, WordsRow) else []


def _leg_words(leg: SignalLeg, nothing: str) -> str:
    is_cents = leg.unit is Unit.PROBABILITY
    price = nothing if leg.price is None else _cents(leg.price) if is_cents else price_words(leg.price, leg.unit)
    fee = "" if leg.fee is None else f"  fee {_cents(leg.fee)}"
    depth = "" if leg.depth is None else f"  {numbers.money(leg.depth)} can be executed"
    name = f"  {safe_text(leg.market, 60)}" if leg.market else ""
    side, venue = safe_text(leg.side, 12) or "?", safe_text(leg.venue, 24) or "a venue"
    return f" {side:<4} on {venue:<12} at {price}{fee}{depth}{name}"


def _sum_words(signal: Signal) -> str:
    """What one contract of every leg comes to."""
    parts = []
    if signal.cost is not None and signal.kind is SignalKind.ARB:  # of a fade both are history, and nothing to buy
        parts.append(f"costs {_cents(signal.cost)}")
    if signal.fees is not None:
        parts.append(f"fees {_cents(signal.fees)}")
    if signal.left is not None and signal.left_percent is not None:
        parts.append(f"left after both {_cents(signal.left)} ({signal.left_percent:.2f}% of what is laid out)")
    if signal.executable is not None:
        parts.append(f"{numbers.money(signal.executable)} executable")
    if signal.roi_percent is not None:
        parts.append(f"its source says {signal.roi_percent:.2f}%")
    return " " + ", ".join(parts) if parts else ""


def _where(signal: Signal) -> str:
    legs = [f"{leg.side} {leg.venue}".strip() for leg in signal.legs]
    return safe_text(" ".join(dict.fromkeys(legs)) if len(legs) < 2 else "+".join(signal.venues), 21)


def _cents(dollars: Decimal) -> str:
    """Cents as long as they are short, else dollars: a token may cost thousands."""
    if abs(dollars) >= 10:
        return numbers.money(dollars)
    return f"{(dollars * 100).normalize():f}"[:8].rstrip(".") + "c"


def _is_live(links: Mapping[str, LinkChanged], source: str) -> bool:
    link = links.get(source)
    return link is not None and link.state is LinkState.LIVE


def _next(now: _T, steps: Sequence[_T]) -> _T:
    return steps[(steps.index(now) + 1) % len(steps)] if now in steps else steps[0]
