"""Detail: what each link is doing, and every frame accounted for (the conservation law of DESIGN §3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.painting.numbers import age, round_trip
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.words import wrap
from psdash.dashboard.panes.concerns import Concern
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen
from psdash.dashboard.session import Session
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import LinkState
from psdash.market.book import UNNUMBERED
from psdash.market.freshness import Freshness
from psdash.sources.session import Gateway
from psdash.terminal import LastHop
from psdash.text import safe_text

_NAME_WIDTH = 16
_PERIOD_S = 1.0
#: An acknowledgement older than this is worth a warning.
_LATE_S = 1.0


class DetailSheet(Sheet):
    """What is wrong, both gateways, and the freshness of every pane. Renewed once a second."""

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        concerns: Callable[[float], Sequence[Concern]] = lambda _: (),
        hop: LastHop | None = None,
    ) -> None:
        """`concerns` gives what the banner has to say, whole, at a monotonic second; `hop` leads to the screen."""
        super().__init__(clock)
        self.border_title = "Detail"
        self._session = session
        self._concerns = concerns
        self._hop = hop

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        self.paint_clock.mark_later(self, _PERIOD_S)
        session = self._session
        lines: list[Line] = []
        for concern in self._concerns(now_s):
            lines.append((Piece(concern.head, concern.tone, bold=True),))
            lines += [(Piece(f" {line}"),) for line in wrap(concern.text, width - 2)]
            lines.append((Piece(""),))
        endpoint = session.endpoint
        if endpoint is not None:
            for each in endpoint.every:
                lines += [_pair("venue", f"{each.label} {each.rest_url}"), _pair("sockets", each.ws_url)]
        if session.account.wallet:
            lines.append(_pair("wallet", session.account.wallet))
        if session.account.vault:
            lines.append(_pair("vault", session.account.vault))
        venue = session.venue
        if venue is None:
            lines.append(_pair("venue", "not open yet"))
        else:
            for gateway in session.gateways():
                lines += self._gateway(f"{str(gateway.link.gateway).capitalize()} gateway", gateway, width)
            lines += [(Piece(""),), _heading("Own account")]
            for pane, freshness in session.account.freshness.items():
                lines += _pairs(str(pane), _state_words(freshness, now_s), width, _tone_of(freshness))
        if self._hop is not None:
            lines += [(Piece(""),), _heading("Terminal"), *_terminal(self._hop, width)]
        lines += [(Piece(""),), _heading("Books")]
        for state in session.board.watched:
            for outcome, freshness in enumerate(state.book_freshness):
                book = state.books[outcome]
                seq = (
                    "no snapshot yet"
                    if book.seq is None
                    else f"#{book.seq}"
                    if book.seq != UNNUMBERED
                    else "unnumbered"
                )
                name = f"{state.market.label(outcome)} {state.market.slug}"
                lines.append(
                    (
                        Piece(f" {name}", width=min(44, width // 2)),
                        Piece(f"{seq}  ", Tone.MUTED),
                        Piece(_state_words(freshness, now_s), _tone_of(freshness)),
                    )
                )
        return lines

    def _gateway(self, title: str, gateway: Gateway, width: int) -> list[Line]:
        link, counts = gateway.link, gateway.counts
        words = str(link.state) + (f": {safe_text(link.reason, 400)}" if link.reason else "")
        if link.retry_in_s is not None and link.state is LinkState.BACKOFF:
            words += f", next try in {link.retry_in_s:.0f} s"
        tone = Tone.UP if link.state is LinkState.LIVE else Tone.WARN
        trip = "not measured" if link.round_trip_ms is None else round_trip(link.round_trip_ms)
        return [
            (Piece(""),),
            _heading(title),
            *_pairs("link", words, width, tone),
            _pair("round trip", trip),
            _pair("dialled again", str(link.attempts)),
            *_counted(counts),
        ]


def _counted(counts: FrameCounts) -> list[Line]:
    law = "every frame accounted for" if counts.is_conserved else "FRAMES ARE MISSING FROM THESE COUNTS"
    parts = (
        ("frames in", counts.frames_in),
        ("applied", counts.applied),
        ("duplicate", counts.duplicate),
        ("stale", counts.stale),
        ("buffered", counts.buffered),
        ("ignored", counts.ignored),
        ("rejected", counts.rejected),
    )
    lines: list[Line] = [
        (Piece(f" {name}", Tone.MUTED, width=_NAME_WIDTH), Piece(f"{number:>12,}", bold=name == "frames in"))
        for name, number in parts
    ]
    lines.append((Piece("", width=_NAME_WIDTH), Piece(law, Tone.MUTED if counts.is_conserved else Tone.ERROR)))
    lines += [
        (Piece(" ", width=_NAME_WIDTH), Piece(f"{number:>12,} {what}"))
        for what, number in sorted(counts.incidents.items())
    ]
    kinds = sorted(counts.ignored_kinds.items(), key=lambda item: -item[1])
    lines += [
        (
            Piece("  of these", Tone.MUTED, width=_NAME_WIDTH),
            Piece(f"{number:>12,} {safe_text(kind, 60)}", Tone.MUTED),
        )
        for kind, number in kinds[:12]
    ]
    return lines


def _terminal(hop: LastHop, width: int) -> list[Line]:
    """The last hop: who draws, how much, and how old the newest thing is that has surely arrived."""
    why = f", because {hop.why_stock}" if hop.why_stock else ""
    if hop.quirks.why:
        why += f"; {hop.quirks.why}"
    lines = _pairs("drawn by", hop.name + why, width, Tone.WARN if why else Tone.TEXT)
    measures = hop.measures()
    if measures is None:
        return lines
    lines.append(_pair("sent", f"{measures.bytes_per_s:,.0f} bytes a second, {measures.bytes_sent:,} in all"))
    if measures.is_answering is False:
        lines += _pairs("round trip", "this terminal does not answer: a slow link shows late", width, Tone.WARN)
    elif measures.round_trip_s is not None:
        lines.append(_pair("round trip", round_trip(measures.round_trip_s * 1000)))
    if measures.acknowledged_age_s is not None:
        is_late = measures.acknowledged_age_s > _LATE_S
        words = f"{age(measures.acknowledged_age_s)} old" if is_late else "up to date"
        lines.append(_pair("last seen", words, Tone.WARN if is_late else Tone.UP))
    if measures.partial_frames:
        lines.append(_pair("in parts", f"{measures.partial_frames:,} of {measures.frames:,} frames", Tone.WARN))
    if measures.faults:
        lines.append(_pair("faults", f"{measures.faults:,}, each followed by a full repaint", Tone.ERROR))
    return lines


def _heading(text: str) -> Line:
    return (Piece(text, Tone.ACCENT, bold=True),)


def _pair(name: str, value: str, tone: Tone = Tone.TEXT) -> Line:
    return (Piece(f" {name}", Tone.MUTED, width=_NAME_WIDTH), Piece(safe_text(value, 300), tone))


def _pairs(name: str, value: str, width: int, tone: Tone = Tone.TEXT) -> list[Line]:
    """A name and its words, over as many lines as they need: a reason is read whole here, or nowhere."""
    lines = wrap(safe_text(value, 500), max(20, width - _NAME_WIDTH - 1)) or [""]
    return [
        (Piece(f" {name}" if at == 0 else "", Tone.MUTED, width=_NAME_WIDTH), Piece(line, tone))
        for at, line in enumerate(lines)
    ]


def _state_words(freshness: Freshness, now_s: float) -> str:
    proved_s = freshness.age_s(now_s)
    words = str(freshness.state)
    if proved_s is not None:
        words += f", proved {age(proved_s)} ago"
    if freshness.reason:
        words += f": {safe_text(freshness.reason, 300)}"
    return words


def _tone_of(freshness: Freshness) -> Tone:
    return Tone.UP if freshness.is_live else Tone.WARN


class DetailScreen(SheetScreen):
    """The detail sheet."""

    def __init__(
        self,
        clock: PaintClock,
        session: Session,
        bridge: Bridge,
        concerns: Callable[[float], Sequence[Concern]] = lambda _: (),
        hop: LastHop | None = None,
    ) -> None:
        super().__init__(clock)
        self._sheet = DetailSheet(clock, session, concerns, hop)
        self._bridge = bridge

    def sheet(self, clock: PaintClock) -> Sheet:
        return self._sheet

    def on_mount(self) -> None:
        self._bridge.listen(self._sheet, Topic.LINKS, Topic.ORDERS, Topic.FILLS, Topic.POSITIONS, Topic.PLATFORM)

    def on_unmount(self) -> None:
        self._bridge.forget(self._sheet)
