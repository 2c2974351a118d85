"""The event: one line an outcome with bid, ask and last print, and what all of them cost together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.screen import ModalScreen

from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.ladder_words import signed_cents
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, framed
from psdash.dashboard.session import Session
from psdash.market.catalogue import Market
from psdash.market.outcomes import OutcomeQuote, Sums, are_exclusive, quote_of, siblings, sums_of
from psdash.market.ticks import DOLLAR

#: Outcomes of one event that are watched together.
MOST: Final = 60
_PRICE: Final = 8
#: Lines over the first outcome.
_LINES_OVER: Final = 4


class EventSheet(Sheet):
    """Every outcome of the event of one market."""

    def __init__(self, clock: PaintClock, session: Session, market: Market, *, view: View) -> None:
        super().__init__(clock, view=view, classes="sheet")
        self._session = session
        self._market = market
        self._markets: Sequence[Market] = ()
        self._at: str = market.slug
        self.border_title = "Event"  # a title of the venue would be read as markup here

    @property
    def chosen(self) -> str:
        """The slug under the cursor."""
        return self._at

    def step(self, by: int) -> None:
        """Move the cursor by outcomes, and the view with it."""
        slugs = [market.slug for market in self._markets]
        if not slugs:
            return
        at = slugs.index(self._at) if self._at in slugs else 0
        at = max(0, min(len(slugs) - 1, at + by))
        self._at = slugs[at]
        row, height = at + _LINES_OVER, max(1, self.size.height)
        self.top = min(self.top, row) if row < self.top else max(self.top, row - height + 1)
        self.touch()

    def watch_all(self) -> None:
        """Have the books of every outcome live."""
        self._session.keep_together([each.slug for each in self._found()][:MOST])

    def leave(self) -> None:
        """Nobody looks at them any more."""
        self._session.keep_together(())

    def _found(self) -> Sequence[Market]:
        self._markets = siblings(self._session.board.catalogue, self._market)
        return self._markets

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        board = self._session.board
        markets = self._found()
        self.watch_all()  # the list of markets may have come since
        quotes = [quote_of(market, board.state(market.slug)) for market in markets]
        name = max(10, width - 2 - 3 * _PRICE - 18)
        head = (
            Piece("  OUTCOME", Tone.MUTED, width=name + 2),
            *(Piece(word.rjust(_PRICE), Tone.MUTED) for word in ("BID", "ASK", "LAST")),
            Piece("  STATE", Tone.MUTED),
        )
        exclusive = are_exclusive(markets)
        what = "exactly one of these pays a dollar" if exclusive else "separate questions: their prices do not add up"
        title = (Piece(self._market.event or self._market.title, bold=True),)
        lines: list[Line] = [title, (Piece(what, Tone.MUTED),), (Piece(""),), head]
        lines += [self._line(quote, name) for quote in quotes]
        if exclusive:
            lines += [(Piece(""),), *self._sums(sums_of(quotes), name, width)]
        return lines

    def _line(self, quote: OutcomeQuote, name: int) -> Line:
        market, is_at = quote.market, quote.market.slug == self._at
        loud = Tone.TEXT if quote.is_live else Tone.STALE
        label = market.group or market.title
        prices = ((quote.bid, Tone.BID), (quote.ask, Tone.ASK), (quote.last, Tone.TEXT))
        state = str(market.status.value).replace("_", " ").lower()
        return (
            Piece(f"{self.glyphs.cursor if is_at else ' '} ", Tone.ACCENT, bold=True),
            Piece(label, Tone.TEXT, bold=is_at, width=name),
            *(Piece(self._price(ticks), tone if quote.is_live else loud) for ticks, tone in prices),
            Piece(f"  {self.glyphs.full if quote.is_live else self.glyphs.hollow} ", loud),
            Piece(state if quote.is_live else f"{state}, not live", Tone.MUTED if quote.is_live else Tone.STALE),
        )

    def _price(self, ticks: int | None) -> str:
        return (self.glyphs.horizontal if ticks is None else numbers.ticks_in_cents(ticks)).rjust(_PRICE)

    def _sums(self, sums: Sums, name: int, width: int) -> list[Line]:
        tone = Tone.TEXT if sums.is_live else Tone.STALE
        line: Line = (
            Piece("  sum of all", Tone.MUTED, width=name + 2),
            Piece(self._price(sums.bids), tone, bold=True),
            Piece(self._price(sums.asks), tone, bold=True),
            Piece("" if sums.is_live else "          not live", Tone.STALE),
        )
        return [line, *(((Piece(f"  {words}", tone),)) for words, tone in sum_words(sums))]


def sum_words(sums: Sums) -> Sequence[tuple[str, Tone]]:
    """What the sums mean: what all outcomes cost, and bring, against the dollar that one of them pays."""
    words: list[tuple[str, Tone]] = []
    for verb, total, count, whole in (
        ("buying", sums.asks, sums.ask_count, sums.are_asks_whole),
        ("selling", sums.bids, sums.bid_count, sums.are_bids_whole),
    ):
        if not whole:
            an = "an ask" if verb == "buying" else "a bid"
            words.append((f"only {count} of {sums.outcomes} have {an}: no price for all of them", Tone.WARN))
            continue
        gap = total - DOLLAR
        gains = gap < 0 if verb == "buying" else gap > 0
        text = f"{verb} every outcome: {signed_cents(gap, 0)} against the dollar that one of them pays, before fees"
        words.append((text, Tone.WARN if gains else Tone.MUTED))
    return words


class EventScreen(ModalScreen[str | None]):
    """The event over the dashboard. The answer is the market the person opened, or None."""

    BINDINGS = bindings(Place.EVENT)

    def __init__(self, clock: PaintClock, session: Session, bridge: Bridge, market: Market, *, view: View) -> None:
        super().__init__()
        self._bridge = bridge
        self._sheet = EventSheet(clock, session, market, view=view)

    def compose(self) -> ComposeResult:
        yield framed(self._sheet)

    def on_mount(self) -> None:
        self._bridge.listen(self._sheet, Topic.ANY_PRICE, Topic.ANY_MARKET, Topic.CATALOGUE)
        self._sheet.watch_all()

    def on_unmount(self) -> None:
        self._bridge.forget(self._sheet)
        self._sheet.leave()

    def action_close(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)

    def action_open(self) -> None:
        """Show the market under the cursor."""
        self.dismiss(self._sheet.chosen)

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        self._sheet.step(by)
