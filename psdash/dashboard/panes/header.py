"""The header: which venue, which market, its prices, and whether the gateways are alive.

Two lines, or one on a low terminal. Parts give way in the declared order below; a number is whole or not there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.segment import Segment

from psdash.account.account import Account
from psdash.dashboard.painting import moments, numbers
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.prices import price_words
from psdash.dashboard.painting.view import View
from psdash.dashboard.painting.words import Part, Phrase, Piece, draw_phrase, joined, shrink, spread_out
from psdash.dashboard.panes.links import Links, SeenLink
from psdash.dashboard.panes.private import refused_words
from psdash.gateway.notices import GatewayName, LinkState
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Aggressor
from psdash.text import safe_text

#: Cells of a title and of an event, from all they want to the least that still says something.
_TITLE_CELLS: Final = (80, 64, 48, 40, 36, 32, 30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6)
_EVENT_CELLS: Final = (48, 40, 36, 32, 28, 24, 20, 16, 12)
#: Steps of a title down to 20 cells, to 12, and to 6.
_SHORT: Final = ("title",) * 11
_SHORTER: Final = ("title",) * 4
_SHORTEST: Final = ("title",) * 3

#: Who gives way when the first line is short of room, one step at a time. A part without another form skips its step.
FIRST_LINE_ORDER: Final = ("mid", "slug", *_SHORT, "spread", *_SHORTER, "last", "outcome", "mark", *_SHORTEST)
#: And in the second line.
SECOND_LINE_ORDER: Final = ("offset", *("event",) * 8, "gateways", *("event",) * 3, "gateways", "clock")
#: And where there is only one.
ONLY_LINE_ORDER: Final = (
    *("mid", *_SHORT, "gateways", "spread", *_SHORTER, "gateways", "last"),
    *("clock", "outcome", "mark", *_SHORTEST),
)

_GAP: Final = 2
#: A clock that is off by so much is worth a look: ours, most likely.
_FAR_OFF_MS: Final = 2_000
#: Below this the measurement is mostly the link's own round trip.
_IN_STEP_MS: Final = 100
#: A slow link is worth a word when rows of the screen may be older than this.
_BEHIND_S: Final = 1.5
#: Cells of a venue's mark: "DEMO REPLAY x20".
_MARK_CELLS: Final = 20


#: How a mark begins that is not the real thing, or not surely.
_UNREAL: Final = ("DEMO", "TESTNET", "LOCAL", "CUSTOM")


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One line, as it is to stand there.

    In two halves: CPython 3.11 keeps freed tuples of twenty for later and never takes one again, 2,000 of them.
    """

    left: Phrase
    right: Phrase


class Header(RowsWidget):
    """The two lines over everything."""

    def __init__(
        self,
        clock: PaintClock,
        label: str,
        wall_ms: Callable[[], int],
        links: Links,
        *,
        board: Board | None = None,
        account: Account | None = None,
        offset_ms: Callable[[], float | None] | None = None,
        behind_s: Callable[[], float] | None = None,
        gateway_names: Sequence[str] = tuple(GatewayName),
        view: View | None = None,
        id: str | None = "header",  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        """`label` names the venue (DEMO, TESTNET, MAINNET, LOCAL, ...); `wall_ms` tells epoch milliseconds.

        `board` tells of a platform that is frozen, `account` of panes that the venue refuses, `offset_ms` how far the
        venue's clock is before ours (None: not known), `behind_s` for how long the terminal has not had all of the
        screen (seconds). `gateway_names` are those shown before any has said a word.
        """
        super().__init__(clock, view=view, id=id, classes=classes)
        self._label = safe_text(label, _MARK_CELLS)
        self._wall_ms = wall_ms
        self._board = board
        self._account = account
        self._offset_ms = offset_ms
        self._behind_s = behind_s
        self._gateway_names = tuple(gateway_names)
        self._links = links
        self._state: MarketState | None = None
        self._outcome = 0
        self._words = ""
        #: What the first line's parts were made of, and they.
        self._seen: list[object] = []
        self._parts: Sequence[Part] = ()
        #: Of each line, by its order: the parts and the width that were fitted last, and the row they made.
        self._fitted: dict[Sequence[str], tuple[tuple[Sequence[Part], int], HeaderRow]] = {}

    def show(self, state: MarketState | None, outcome: int = 0, words: str = "") -> None:
        """Show a market; while there is none yet (None), `words` stand where its title will (e.g. its slug)."""
        self._state, self._outcome, self._words = state, outcome, safe_text(words, 200)
        self.touch()

    def mark_venue(self, label: str) -> None:
        """Change the venue's mark."""
        self._label = safe_text(label, _MARK_CELLS)
        self.touch()

    @staticmethod
    def rows_for(height: int) -> int:
        """Lines the header wants on a terminal `height` cells high."""
        return 2 if height >= 20 else 1

    # rows -----------------------------------------------------------------------------------------------------------

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        wall_ms = self._wall_ms()
        self.paint_clock.mark_later(self, (1000 - wall_ms % 1000) / 1000)
        links = {seen.name: seen for seen in self._links.now(now_s)}
        inner = width - 2
        above = self._above()
        below = [
            self._status(links.get(GatewayName.MARKET)),
            self._event(),
            self._gateways(links, now_s),
            self._clock(wall_ms),
        ]
        left, right = ("mark", "title", "outcome", "slug"), ("mid", "last", "touch", "spread")
        if height < 2:
            shown = [*above, *below[2:], self._behind()]
            return [self._line(shown, ONLY_LINE_ORDER, left[:3], (*right, "behind", "gateways", "clock"), inner)]
        return [
            self._line([*above, self._slug()], FIRST_LINE_ORDER, left, right, inner),
            self._line(
                [*below, self._offset(), self._behind()],
                SECOND_LINE_ORDER,
                ("status", "event"),
                ("behind", "offset", "gateways", "clock"),
                inner,
            ),
        ]

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, HeaderRow)
        return [*draw_phrase(row.left, self.palette), *draw_phrase(row.right, self.palette)]

    def _line(
        self, parts: Sequence[Part], order: Sequence[str], left: Sequence[str], right: Sequence[str], width: int
    ) -> HeaderRow:
        """The parts, as long as there is room for; those of the last second are not fitted anew."""
        fitted = self._fitted.get(order)
        if fitted is not None and fitted[0] == (parts, width):
            return fitted[1]
        phrases = shrink(parts, order, width, _GAP)
        ends = [joined([phrases[name] for name in names], _GAP) for names in (left, right)]
        row = HeaderRow((Piece(" "), *spread_out(ends[0], width, ends[1])), (*ends[1], Piece(" ")))
        self._fitted[order] = ((parts, width), row)
        return row

    def _above(self) -> Sequence[Part]:
        """The first line's parts; made anew when something they say is another than in the last second."""
        state, outcome = self._state, self._outcome
        seen: list[object] = [state, outcome, self._words, self._label, self.glyphs]
        if state is not None:
            seen += (state.market, state.tape.last, state.freshness[MarketPane.TAPE].is_live)
            if outcome < len(state.books):
                book = state.books[outcome]
                seen += (book, book.version, state.book_freshness[outcome].is_live)
        if seen != self._seen:
            touch, spread = self._touch_parts()
            self._parts = (
                *(self._mark(), self._title(), self._outcome_part(), self._last()),
                *(touch, spread, self._mid()),
            )
            self._seen = seen
        return self._parts

    # the first line's parts -----------------------------------------------------------------------------------------

    def _mark(self) -> Part:
        tone = Tone.WARN if self._label.split(" ")[0] in _UNREAL else Tone.ACCENT
        loud: Phrase = (Piece(f" {self._label} ", tone, bold=True, reverse=True),)
        short: Phrase = (Piece(f" {self._label[:1]} ", tone, bold=True, reverse=True),)
        return Part("mark", (loud, short))

    def _title(self) -> Part:
        state = self._state
        text = self._words if state is None else safe_text(state.market.title or state.market.slug, 200)
        return _title_part(text, self.glyphs.ellipsis)

    def _outcome_part(self) -> Part:
        state = self._state
        if state is None or not state.market.quoting.has_book:  # a token is its own only outcome
            return Part("outcome", ((),))
        label = safe_text(state.market.label(self._outcome), 40)
        clipped = clip_cells(label, 12, self.glyphs.ellipsis)
        return Part("outcome", ((Piece(clipped, Tone.ACCENT, bold=True),), ()))

    def _slug(self) -> Part:
        """What the market is called on the command line; a title alone may be anybody's."""
        state = self._state
        slug = "" if state is None or not state.market.title else safe_text(state.market.slug, 128)
        return Part("slug", ((Piece(slug, Tone.MUTED),) if slug else (), ()))

    def _mid(self) -> Part:
        """Halfway between bid and ask: nobody's price, so it is named and the first to go."""
        state = self._state
        book = None if state is None or self._outcome >= len(state.books) else state.books[self._outcome]
        if state is None or book is None or book.mid is None or book.is_crossed:
            return Part("mid", ((),))
        live = state.book_freshness[self._outcome].is_live
        price = Piece(numbers.cents(book.mid, numbers.cents_decimals(book.tick)), live=live)
        return Part("mid", ((Piece("mid ", Tone.MUTED), price), ()))

    def _last(self) -> Part:
        state = self._state
        last = None if state is None else state.tape.last
        if state is None or last is None:
            return Part("last", ((),))
        seen = last.seen_from(self._outcome)
        live = state.freshness[MarketPane.TAPE].is_live
        glyph, tone = {
            Aggressor.BUY: (self.glyphs.up, Tone.UP),
            Aggressor.SELL: (self.glyphs.down, Tone.DOWN),
            Aggressor.UNKNOWN: (self.glyphs.dot, Tone.MUTED),
        }[seen.aggressor]
        price = Piece(price_words(seen.price, state.market.quoting.unit), bold=True, live=live)
        return Part("last", ((Piece("last ", Tone.MUTED), price, Piece(f" {glyph}", tone, live=live)), ()))

    def _touch_parts(self) -> tuple[Part, Part]:
        state = self._state
        if state is None or self._outcome >= len(state.books) or not state.market.quoting.has_book:
            return Part("touch", ((),)), Part("spread", ((),))
        book, live = state.books[self._outcome], state.book_freshness[self._outcome].is_live
        bid, ask = book.best_bid, book.best_ask
        decimals = numbers.cents_decimals(book.tick)
        bid_text = self.glyphs.horizontal if bid is None else numbers.ticks_in_cents(bid.ticks, decimals)
        ask_text = self.glyphs.horizontal if ask is None else numbers.ticks_in_cents(ask.ticks, decimals)
        bids, asks = Piece(bid_text, Tone.BID, True, live), Piece(ask_text, Tone.ASK, True, live)
        touch = Part("touch", ((Piece("bid ", Tone.MUTED), bids, Piece("  ask ", Tone.MUTED), asks),))
        if book.spread is None:
            return touch, Part("spread", ((),))
        tone = Tone.WARN if book.is_crossed else Tone.TEXT
        spread = Piece(numbers.cents(book.spread, decimals), tone, live=live)
        return touch, Part("spread", ((Piece("spread ", Tone.MUTED), spread), ()))

    # the second line's parts ----------------------------------------------------------------------------------------

    def _status(self, market_link: SeenLink | None) -> Part:
        """The market's own status; a platform that stopped everything comes before a market that would be open."""
        state = self._state
        if state is None:
            return Part("status", ((),))
        status = state.market.status
        # A status that nobody would correct right now is no surer than the prices beside it.
        linked = market_link is None or market_link.link.state is LinkState.LIVE
        known = linked and state.freshness[MarketPane.STATUS].is_live
        if status is not MarketStatus.OPEN:
            words = status.value.replace("_", " ")
            return Part("status", ((Piece(words, Tone.WARN, bold=True, live=known),),))
        platform = None if self._board is None else self._board.platform
        if platform is None or platform.is_normal:
            return Part("status", ((Piece(status.value, Tone.UP, live=known),),))
        word, tone = ("FROZEN", Tone.ERROR) if platform.frozen else ("MAINTENANCE", Tone.WARN)
        return Part("status", ((Piece(word, tone, bold=True, live=linked),),))

    def _event(self) -> Part:
        state = self._state
        if state is None:
            return Part("event", ((),))
        market = state.market
        event = safe_text(market.event, 120)
        group = f" {self.glyphs.separator} {safe_text(market.group, 60)}" if market.group else ""
        ways = (f"{event}{group}", *(clip_cells(event, width, self.glyphs.ellipsis) for width in _EVENT_CELLS))
        return Part("event", (*((Piece(way, Tone.MUTED),) if event else () for way in ways), ()))

    def _gateways(self, links: Mapping[str, SeenLink], now_s: float) -> Part:
        """All at once, so that they look alike; what is not LIVE keeps its words in every form."""
        names = [name for name, seen in links.items() if _counts(seen)] or self._gateway_names
        each = [self._gateway(name, links.get(name), now_s) for name in names]
        return Part("gateways", tuple(joined(forms, _GAP) for forms in zip(*each, strict=True)) or ((),))

    def _gateway(self, name: str, seen: SeenLink | None, now_s: float) -> tuple[Phrase, Phrase, Phrase]:
        """With its round trip, with its word, and as a dot alone."""
        who = Piece(f"{name} ", Tone.MUTED)
        if seen is None or seen.link.state is LinkState.OFF:
            off: Phrase = (who, Piece(f"{self.glyphs.dot} OFF", Tone.MUTED))
            return off, off, off
        state, trip_ms = seen.link.state, seen.link.round_trip_ms
        if state is LinkState.LIVE and name == GatewayName.USER and self._private_refusal():
            why = "no scope" if "portfolio:read" in self._private_refusal() else "refused"
            mark = Piece(f"{self.glyphs.hollow} ", Tone.WARN, bold=True)
            scant: Phrase = (who, mark, Piece(why, Tone.WARN, bold=True))
            return (who, mark, Piece(f"LIVE, {why}", Tone.WARN, bold=True)), scant, scant
        if state is LinkState.LIVE:
            dot, word = Piece(self.glyphs.full, Tone.UP), Piece(" LIVE")
            trip = () if trip_ms is None else (Piece(f" {numbers.round_trip(trip_ms)}", Tone.MUTED),)
            return (who, dot, word, *trip), (who, dot, word), (who, dot)
        words, retry_s = str(state), seen.retry_s(now_s)
        if retry_s is not None:
            words = f"RETRY in {numbers.age(retry_s + 0.999)}"
        tone = Tone.ERROR if state is LinkState.REFUSED else Tone.WARN
        bad: Phrase = (who, Piece(f"{self.glyphs.hollow} {words}", tone, bold=True))
        return bad, bad, bad

    def _offset(self) -> Part:
        """How far the venue's clock is from ours: by so much every time and age here is the venue's, not ours."""
        offset_ms = None if self._offset_ms is None else self._offset_ms()
        if offset_ms is None:
            return Part("offset", ((),))
        is_far = abs(offset_ms) >= _FAR_OFF_MS
        words = "in step" if abs(offset_ms) < _IN_STEP_MS else f"{offset_ms / 1000:+.1f} s"
        piece = Piece(words, Tone.WARN if is_far else Tone.MUTED, bold=is_far)
        return Part("offset", ((Piece("venue clock ", Tone.MUTED), piece), ()))

    def _behind(self) -> Part:
        """That the link to the terminal is too slow: rows below may be older than this line, which is sent first."""
        behind_s = 0.0 if self._behind_s is None else self._behind_s()
        if behind_s < _BEHIND_S:
            return Part("behind", ((),))
        words = f"screen {numbers.age(behind_s)} behind"
        return Part("behind", ((Piece(words, Tone.WARN, bold=True),),))

    def _private_refusal(self) -> str:
        return "" if self._account is None else refused_words(self._account)

    def _clock(self, wall_ms: int) -> Part:
        zone = self.view.zone
        time, words = moments.clock(wall_ms, zone), moments.zone_words(zone, wall_ms)
        return Part("clock", ((Piece(time), Piece(f" {words}", Tone.MUTED)), ()))


def _counts(seen: SeenLink) -> bool:
    """A link that is not there and says why is no link: this source has none of that kind."""
    return seen.link.state is not LinkState.OFF or not seen.link.reason


@lru_cache(maxsize=8)
def _title_part(text: str, ellipsis: str) -> Part:
    """A title in all its lengths: they are the same as long as the market is."""
    forms = (clip_cells(text, width, ellipsis) for width in _TITLE_CELLS)
    return Part("title", tuple((Piece(form, bold=True),) if form else () for form in forms))
