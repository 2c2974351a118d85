"""What a row of the ladder holds, and how it looks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.panes.ladder_layout import Columns, Touch, Where, columns_for
from psdash.market.book import Side
from psdash.market.tape import Aggressor
from psdash.market.ticks import DOLLAR


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The names of the columns."""

    decimals: int


@dataclass(frozen=True, slots=True)
class Half:
    """One side of a price row: shares resting, orders in them, own shares, and the bar in half cells."""

    size: Decimal | None = None
    orders: int | None = None
    own: Decimal | None = None
    bar: int = 0
    is_wall: bool = False
    is_best: bool = False


NOTHING: Final = Half()


@dataclass(frozen=True, slots=True)
class LastPrint:
    """The last print, at its price. `is_old` when it was so long ago that it says little of now."""

    aggressor: Aggressor
    size: Decimal
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class WordsRow:
    """Words in the place of prices: why there is no book."""

    words: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price. `last` is the last print when it was here."""

    ticks: int
    decimals: int
    bid: Half
    ask: Half
    last: LastPrint | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """The line between asks and bids: the touch in ticks, and where it is from here."""

    touch: Touch
    decimals: int
    where: Where
    is_live: bool
    is_known: bool


def price_cells(decimals: int) -> int:
    """Cells of the price column: two digits of cents and their decimals."""
    return 3 + decimals if decimals else 2


@dataclass(frozen=True, slots=True)
class RowArtist:
    """Draws rows `width` cells wide (20 or more)."""

    palette: Palette
    glyphs: Glyphs
    width: int

    def draw(self, row: Hashable) -> Sequence[Segment]:
        if isinstance(row, PriceRow):
            return self._price(row)
        if isinstance(row, SpreadRow):
            return self._spread(row)
        if isinstance(row, WordsRow):
            return [Segment(row.words.center(self.width), self.palette.style(Tone.MUTED))]
        assert isinstance(row, HeadRow)
        return self._head(row)

    def _columns(self, decimals: int) -> Columns:
        return columns_for(self.width, price_cells(decimals))

    def _head(self, row: HeadRow) -> Sequence[Segment]:
        columns = self._columns(row.decimals)
        left = f"{'OWN':>{columns.own - 1}} " if columns.own else ""
        right = f" {left[:-1]}" if columns.own else ""
        count = f"{'CNT':>{columns.count}}" if columns.count else ""
        bid = ("BID " if columns.size > columns.number else "BID").rjust(columns.size)
        ask = "ASK".rjust(columns.number).ljust(columns.size)
        gap = " " * columns.gap
        price = f"{self.glyphs.cents:>{columns.price}}"
        text = f"{' ' * columns.margin}{left}{count}{bid}{gap}{price}{gap}{ask}{count}{right}"
        return [Segment(text, self.palette.style(Tone.MUTED))]

    def _price(self, row: PriceRow) -> Sequence[Segment]:
        columns, live = self._columns(row.decimals), row.is_live
        bid, ask = row.bid, row.ask
        left = right = [Segment(" " * columns.gap)]
        bids = [*self._own(bid, columns, live, Side.BID), *self._count(bid, columns, live)]
        bids += self._size(bid, columns, live, Side.BID)
        asks = [*self._size(ask, columns, live, Side.ASK), *self._count(ask, columns, live)]
        asks += self._own(ask, columns, live, Side.ASK)
        if row.last is not None:
            # Where nothing rests there is room for the print, right of the price unless asks rest there.
            if ask == NOTHING:
                asks, right = self._print(row.last, columns, live, after=True), []
            elif bid == NOTHING:
                bids, left = self._print(row.last, columns, live, after=False), []
            else:  # crossed or locked, or an own order that the book lacks: the glyph alone
                glyph, style = self._mark(row.last, live)
                right = [Segment(glyph.ljust(columns.gap), style)]
        return [
            Segment(" " * columns.margin),
            *bids,
            *left,
            self._number(row, columns),
            *right,
            *asks,
        ]

    def _number(self, row: PriceRow, columns: Columns) -> Segment:
        bold = row.bid.is_best or row.ask.is_best
        if row.bid.is_best and row.ask.is_best:
            ink = Tone.WARN
        elif bold:
            ink = Tone.BID if row.bid.is_best else Tone.ASK
        else:
            ink = Tone.TEXT if row.bid.size or row.ask.size else Tone.MUTED
        price = f"{numbers.ticks_in_cents(row.ticks, row.decimals):>{columns.price}}"
        return Segment(price, self.palette.style(ink, bold=bold, live=row.is_live))

    def _mark(self, last: LastPrint, live: bool) -> tuple[str, Style]:
        glyph, tone = {
            Aggressor.BUY: (self.glyphs.up, Tone.UP),
            Aggressor.SELL: (self.glyphs.down, Tone.DOWN),
            Aggressor.UNKNOWN: (self.glyphs.dot, Tone.MUTED),
        }[last.aggressor]
        return glyph, self.palette.style(Tone.MUTED if last.is_old else tone, bold=not last.is_old, live=live)

    def _print(self, last: LastPrint, columns: Columns, live: bool, *, after: bool) -> list[Segment]:
        """The last print over an empty half: a glyph at the price, and a size called so, lest it pass for a level."""
        glyph, style = self._mark(last, live)
        lead = columns.gap - 1
        room = columns.gap + columns.size + columns.count + columns.own - lead
        digits = min(7, room - 7)
        words = f"last {numbers.shares(last.size, digits)}" if digits >= 4 else "last"
        quiet = self.palette.style(Tone.FAINT if last.is_old else Tone.MUTED, live=live)
        if after:
            return [Segment(f"{' ' * lead}{glyph}", style), Segment(f" {words}".ljust(room - 1), quiet)]
        return [Segment(f"{words} ".rjust(room - 1), quiet), Segment(f"{glyph}{' ' * lead}", style)]

    def _own(self, half: Half, columns: Columns, live: bool, side: Side) -> Sequence[Segment]:
        if half.own is None or not columns.own:
            return [Segment(" " * columns.own)]
        text = f"{self.glyphs.own}{numbers.size(half.own, columns.own - 2)}".rjust(columns.own - 1)
        text = f"{text} " if side is Side.BID else f" {text}"  # the cell of air is on the side of the sizes
        return [Segment(text, self.palette.style(Tone.OWN, bold=True, live=live))]

    def _count(self, half: Half, columns: Columns, live: bool) -> Sequence[Segment]:
        if not columns.count:
            return []
        text = "" if half.orders is None else numbers.size(Decimal(half.orders), columns.count)
        return [Segment(f"{text:>{columns.count}}", self.palette.style(Tone.MUTED, live=live))]

    def _size(self, half: Half, columns: Columns, live: bool, side: Side) -> Sequence[Segment]:
        width = columns.size
        if half.size is None:
            return [Segment(" " * width)]
        palette, is_bid = self.palette, side is Side.BID
        tone = Tone.BID if is_bid else Tone.ASK
        ink = tone if half.is_best else Tone.TEXT
        number = f"{numbers.shares(half.size, columns.number):>{columns.number}}"
        # A cell of air between a bid and its price, as an ask has it: where a short bar shows.
        air = " " if width > columns.number else ""
        text = f"{number}{air}".rjust(width) if is_bid else number.ljust(width)
        plain = palette.style(ink, bold=half.is_best, live=live)
        if palette.can_tint:
            wall, bar = (Tone.BID_WALL, Tone.BID_BAR) if is_bid else (Tone.ASK_WALL, Tone.ASK_BAR)
            paper = wall if half.is_wall else bar
            under = palette.style(ink, paper, bold=half.is_best, live=live)
            return self._tinted(text, half.bar, plain, under, palette.style(paper, live=live), is_bid)
        return self._blocks(text, number, half.bar, plain, palette.style(tone, live=live), is_bid)

    def _tinted(
        self, text: str, bar: int, plain: Style, under: Style, edge: Style, is_bid: bool
    ) -> Sequence[Segment]:
        """The bar as ground behind the number, from the price outwards; half cells where no digit stands."""
        cells, odd = divmod(bar, 2)
        if is_bid:
            free, covered = text[: len(text) - cells], text[len(text) - cells :]
            if odd and free.endswith(" "):
                return [Segment(free[:-1], plain), Segment(self.glyphs.right_half, edge), Segment(covered, under)]
            return [Segment(free, plain), Segment(covered, under)]
        covered, free = text[:cells], text[cells:]
        if odd and free.startswith(" "):
            return [Segment(covered, under), Segment(self.glyphs.left_half, edge), Segment(free[1:], plain)]
        return [Segment(covered, under), Segment(free, plain)]

    def _blocks(self, text: str, number: str, bar: int, plain: Style, ink: Style, is_bid: bool) -> Sequence[Segment]:
        """The bar as blocks beside the number, for terminals whose colours cannot be mixed."""
        room = len(text) - len(number) - (2 if is_bid else 1)  # a cell of air on each side of a number
        if room < 2:
            return [Segment(text, plain)]
        blocks = self.glyphs.block * max(1, bar * room // (2 * len(text)))
        if is_bid:
            return [Segment(f"{blocks:>{room}} ", ink), Segment(f"{number} ", plain)]
        return [Segment(number, plain), Segment(f" {blocks:<{room}}", ink)]

    def _spread(self, row: SpreadRow) -> Sequence[Segment]:
        palette, line = self.palette, self.glyphs.horizontal
        words = spread_words(row, self.width - 6)
        inside = row.where is Where.INSIDE
        end = line if inside else self.glyphs.up if row.where is Where.ABOVE else self.glyphs.down
        room = self.width - sum(cell_len(text) for text, _ in words) - 2
        left = room // 2
        rule = palette.style(Tone.FAINT)
        edge = palette.style(Tone.FAINT if inside else Tone.ACCENT)
        return [
            Segment(end, edge),
            Segment(f"{line * (left - 1)} ", rule),
            *(Segment(text, palette.style(tone, live=row.is_live)) for text, tone in words),
            Segment(f" {line * (room - left - 1)}", rule),
            Segment(end, edge),
        ]


#: Words with how loud each is.
Words = tuple[tuple[str, Tone], ...]


def spread_words(row: SpreadRow, width: int) -> Words:
    """What the spread row says, in at most `width` cells."""
    touch, decimals = row.touch, row.decimals

    def price(ticks: int) -> str:
        return numbers.ticks_in_cents(ticks, decimals)

    if not row.is_known:
        return (("no book yet", Tone.MUTED),)
    bid, ask = touch.bid, touch.ask
    if bid is None or ask is None:
        empty = "no bids, no asks" if bid == ask else "no asks" if ask is None else "no bids"
        there = ask if bid is None else bid
        if there is None:
            return ((empty, Tone.WARN),)
        side: Words = ((f"   {'ask' if bid is None else 'bid'} ", Tone.MUTED), (price(there), Tone.TEXT))
        return _fitting(width, ((empty, Tone.WARN), *side), ((empty, Tone.WARN),))
    middle = numbers.cents(Decimal(bid + ask) / (2 * DOLLAR), decimals)
    mid: Words = (("   mid ", Tone.MUTED), (middle, Tone.TEXT))
    if ask <= bid:
        short = "locked" if ask == bid else "crossed"
        what: Words = ((short if ask == bid else f"{short} by {price(bid - ask)}", Tone.WARN),)
        return _fitting(width, (*what, *mid), what, ((short, Tone.WARN),))
    spread: Words = (("spread ", Tone.MUTED), (price(ask - bid), Tone.TEXT))
    best: Words = ((price(bid), Tone.BID), (" / ", Tone.MUTED), (price(ask), Tone.ASK))
    if row.where is Where.INSIDE:
        return _fitting(width, (*spread, *mid), spread)
    return _fitting(width, (*best, ("   ", Tone.MUTED), *spread), best, spread)


def _fitting(width: int, *forms: Words) -> Words:
    return next((form for form in forms if sum(cell_len(text) for text, _ in form) <= width), forms[-1])
