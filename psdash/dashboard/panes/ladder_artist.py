"""How the rows of the ladder look."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.segment import Segment
from rich.style import Style

from psdash.account.queue import Ahead
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.panes.ladder_columns import Columns
from psdash.dashboard.panes.ladder_layout import Where
from psdash.dashboard.panes.ladder_rows import (
    BETWEEN,
    Half,
    HeadRow,
    LastPrint,
    PriceRow,
    ReadRow,
    SpreadRow,
    TotalsRow,
    WordsRow,
)
from psdash.dashboard.panes.ladder_words import LEAN_LEVELS, Words, cells_of, spread_words
from psdash.market.book import Side
from psdash.market.tape import Aggressor
from psdash.market.ticks import complement
from psdash.terminal.cells import cells_in

#: Cells of what stands in place of an own amount that is hidden (`painting/privacy.py`).
_MASK_CELLS: Final = 3


@dataclass(frozen=True, slots=True)
class RowArtist:
    """Draws rows `width` cells wide (20 or more). `is_private` hides own amounts."""

    palette: Palette
    glyphs: Glyphs
    width: int
    is_private: bool = False

    def draw(self, row: Hashable) -> Sequence[Segment]:
        if isinstance(row, PriceRow):
            return self._price(row)
        if isinstance(row, SpreadRow):
            return self._spread(row)
        if isinstance(row, TotalsRow):
            return self._totals(row)
        if isinstance(row, ReadRow):
            return [Segment(" "), *self._words(row.words, row.is_live)]
        if isinstance(row, WordsRow):
            return [Segment(row.words.center(self.width), self.palette.style(Tone.MUTED))]
        assert isinstance(row, HeadRow)
        return self._head(row)

    def _words(self, words: Words, live: bool) -> list[Segment]:
        return [Segment(text, self.palette.style(tone, live=live)) for text, tone in words]

    # heads ----------------------------------------------------------------------------------------------------------

    def _head(self, row: HeadRow) -> Sequence[Segment]:
        columns = row.columns
        own = "OWN ~AHEAD" if columns.ahead else "OWN"
        left = f"{own:>{columns.own - 1}} " if columns.own else ""
        right = f" {own:>{columns.own - 1}}" if columns.own else ""
        count = f"{'CNT':>{columns.orders}}" if columns.orders else ""
        net = f"{'+/-':>{columns.net - 1}} " if columns.net else ""
        bid = ("BID " if columns.size > columns.number else "BID").rjust(columns.size)
        ask = "ASK".rjust(columns.number).ljust(columns.size)
        gap = " " * columns.gap
        traded = whole = ""
        if columns.traded:
            traded = f"{row.window_min}m{'?' if row.has_gap else ' '}B".rjust(5) + "|S".ljust(columns.traded - 5)
        if columns.whole:
            whole = f"{'TRADED':>{columns.whole}}"
        text = f"{' ' * columns.margin}{left}{net}{count}{bid}{gap}{self._price_head(row)}{gap}{ask}{count}"
        right_net = f" {'+/-':>{columns.net - 1}}" if columns.net else ""
        return [Segment(f"{text}{right_net}{right}{traded}{whole}", self.palette.style(Tone.MUTED))]

    def _price_head(self, row: HeadRow) -> str:
        cells = row.columns.price
        if row.outcomes is None:
            return f"{self.glyphs.cents:>{cells}}"
        room = (cells - 1) // 2
        one, other = (clip_cells(label, room, self.glyphs.ellipsis) for label in row.outcomes)
        return " " * (room - cells_in(one)) + f"{one} {other}" + " " * (cells - 1 - room - cells_in(other))

    # prices ---------------------------------------------------------------------------------------------------------

    def _price(self, row: PriceRow) -> Sequence[Segment]:
        columns, live = row.columns, row.is_live
        bid, ask = row.bid, row.ask
        bids, asks = self._bids(bid, columns, live), self._asks(ask, columns, live)
        left = right = [Segment(" " * columns.gap)]
        if row.is_cursor:
            cursor = Segment(self.glyphs.cursor.rjust(columns.gap), self.palette.style(Tone.ACCENT, bold=True))
            left = [cursor]
        if row.last is not None:
            # Where nothing rests there is room for the print, right of the price unless asks rest there.
            if ask.is_empty:
                asks, right = self._print(row.last, ask, columns, live, Side.ASK), []
            elif bid.is_empty:
                bids, left = self._print(row.last, bid, columns, live, Side.BID), []
            else:  # crossed or locked, or an own order that the book lacks: the glyph alone
                glyph, style = self._mark(row.last, live)
                right = [Segment(glyph.ljust(columns.gap), style)]
        return [
            Segment(" " * columns.margin),
            *bids,
            *left,
            *self._number(row, columns),
            *right,
            *asks,
            *self._traded(row, columns),
        ]

    def _bids(self, half: Half, columns: Columns, live: bool) -> list[Segment]:
        return [
            *self._own(half, columns, live, Side.BID),
            *self._net(half, columns, live, Side.BID),
            *self._count(half, columns, live),
            *self._size(half, columns, live, Side.BID),
        ]

    def _asks(self, half: Half, columns: Columns, live: bool) -> list[Segment]:
        return [
            *self._size(half, columns, live, Side.ASK),
            *self._count(half, columns, live),
            *self._net(half, columns, live, Side.ASK),
            *self._own(half, columns, live, Side.ASK),
        ]

    def _number(self, row: PriceRow, columns: Columns) -> list[Segment]:
        bold = row.bid.is_best or row.ask.is_best
        if row.bid.is_best and row.ask.is_best:
            ink = Tone.WARN
        elif bold:
            ink = Tone.BID if row.bid.is_best else Tone.ASK
        else:
            ink = Tone.TEXT if row.bid.size or row.ask.size else Tone.MUTED
        cells = (columns.price - BETWEEN) // 2 if row.is_both else columns.price
        style = self.palette.style(ink, bold=bold, live=row.is_live, reverse=row.is_cursor)
        price = Segment(f"{numbers.ticks_in_cents(row.ticks, row.decimals):>{cells}}", style)
        if not row.is_both:
            return [price]
        other = f"{numbers.ticks_in_cents(complement(row.ticks), row.decimals):<{cells}}"
        quiet = self.palette.style(Tone.MUTED, live=row.is_live)
        return [price, Segment(f" {self.glyphs.separator} {other}", quiet)]

    def _mark(self, last: LastPrint, live: bool) -> tuple[str, Style]:
        glyph, tone = {
            Aggressor.BUY: (self.glyphs.up, Tone.UP),
            Aggressor.SELL: (self.glyphs.down, Tone.DOWN),
            Aggressor.UNKNOWN: (self.glyphs.dot, Tone.MUTED),
        }[last.aggressor]
        return glyph, self.palette.style(Tone.MUTED if last.is_old else tone, bold=not last.is_old, live=live)

    def _print(self, last: LastPrint, half: Half, columns: Columns, live: bool, side: Side) -> list[Segment]:
        """The last print over an empty half: a glyph at the price, and a size called so, lest it pass for a level."""
        glyph, style = self._mark(last, live)
        beside: list[Segment] = []
        room = columns.half
        if half.net and columns.net:
            room = columns.gap + columns.size
            quiet_half = Half(net=half.net)
            drawn = (
                self._bids(quiet_half, columns, live) if side is Side.BID else self._asks(quiet_half, columns, live)
            )
            beside = drawn[:-1] if side is Side.BID else drawn[1:]
        lead = columns.gap - 1
        digits = min(7, room - lead - 7)
        words = f"last {numbers.shares(last.size, digits)}" if digits >= 4 else "last"
        quiet = self.palette.style(Tone.FAINT if last.is_old else Tone.MUTED, live=live)
        if side is Side.ASK:
            text = f" {words}".ljust(room - lead - 1)
            return [Segment(f"{' ' * lead}{glyph}", style), Segment(text, quiet), *beside]
        return [*beside, Segment(f"{words} ".rjust(room - lead - 1), quiet), Segment(f"{glyph}{' ' * lead}", style)]

    def _own(self, half: Half, columns: Columns, live: bool, side: Side) -> Sequence[Segment]:
        own = half.own
        if own is None or not columns.own:
            return [Segment(" " * columns.own)]
        ahead = self._ahead(own.ahead) if columns.ahead and own.is_queued else ""
        room = columns.own - 2 - (len(ahead) + 1 if ahead else 0)
        amount = self.glyphs.mask * _MASK_CELLS if self.is_private else numbers.size(own.size, room)
        pad = " " * (columns.own - 2 - len(amount) - (len(ahead) + 1 if ahead else 0))
        ink = Segment(f"{self.glyphs.own}{amount}", self.palette.style(Tone.OWN, bold=True, live=live))
        queue = [Segment(f" {ahead}", self.palette.style(Tone.OWN, live=live))] if ahead else []
        # The cell of air is on the side of the sizes.
        if side is Side.BID:
            return [Segment(pad), ink, *queue, Segment(" ")]
        return [Segment(f" {pad}"), ink, *queue]

    def _ahead(self, ahead: Ahead | None) -> str:
        """The size ahead: always said to be an estimate, or a bound, or not known."""
        if ahead is None:
            return "?"
        return f"{self.glyphs.at_most if ahead.is_bound else '~'}{numbers.shares(ahead.shares, 4)}"

    def _net(self, half: Half, columns: Columns, live: bool, side: Side) -> Sequence[Segment]:
        if not columns.net:
            return []
        text = ""
        if half.net:
            text = f"{'+' if half.net > 0 else '-'}{numbers.shares(abs(half.net), columns.net - 2)}"
        text = f"{text:>{columns.net - 1}}"
        text = f"{text} " if side is Side.BID else f" {text}"
        return [Segment(text, self.palette.style(Tone.MUTED, live=live))]

    def _count(self, half: Half, columns: Columns, live: bool) -> Sequence[Segment]:
        if not columns.orders:
            return []
        text = "" if half.orders is None else numbers.size(Decimal(half.orders), columns.orders)
        return [Segment(f"{text:>{columns.orders}}", self.palette.style(Tone.MUTED, live=live))]

    def _traded(self, row: PriceRow, columns: Columns) -> Sequence[Segment]:
        palette, live, drawn = self.palette, row.is_live, []
        quiet = palette.style(Tone.MUTED, live=live)
        if columns.traded:
            traded = row.traded
            if traded is None or not traded.total:
                drawn.append(Segment(" " * columns.traded))
            elif not traded.buys and not traded.sells:
                text = f"{'':5}{self.glyphs.dot}{numbers.shares(traded.unknown, 4):<{columns.traded - 6}}"
                drawn.append(Segment(text, quiet))
            else:
                # A dot before it: and more, of which nobody said who crossed the spread.
                drawn += [
                    Segment(self.glyphs.dot if traded.unknown else " ", quiet),
                    Segment(f"{numbers.shares(traded.buys, 4):>4}", palette.style(Tone.UP, live=live)),
                    Segment("|", quiet),
                    Segment(f"{numbers.shares(traded.sells, 4):<4}", palette.style(Tone.DOWN, live=live)),
                ]
        if columns.whole:
            text = numbers.shares(row.whole, columns.whole - 1) if row.whole else ""
            drawn.append(Segment(f"{text:>{columns.whole}}", quiet))
        return drawn

    # sizes and bars -------------------------------------------------------------------------------------------------

    def _size(self, half: Half, columns: Columns, live: bool, side: Side) -> Sequence[Segment]:
        width, palette = columns.size, self.palette
        if half.size is None:
            gone = palette.style(Tone.TEXT, Tone.RAISED, live=live) if half.is_fresh else None
            return [Segment(" " * width, gone)]
        is_bid = side is Side.BID
        tone = Tone.BID if is_bid else Tone.ASK
        ink = tone if half.is_best else Tone.TEXT
        # A bid has its cell of air inside, so its number reaches the edge earlier: the mark then has a cell of it.
        is_tight = half.is_large and width <= columns.number + is_bid
        # A level has a size; one of none is a price that somebody told without it.
        told = numbers.shares(half.size, columns.number - is_tight) if half.size else self.glyphs.horizontal
        number = f"{told:>{columns.number}}"
        # A cell of air between a bid and its price, as an ask has it: where a short bar shows.
        air = " " if width > columns.number else ""
        text = f"{number}{air}".rjust(width) if is_bid else (number.lstrip() if is_tight else number).ljust(width)
        mark = self.glyphs.big
        if half.is_large:
            text = f"{mark}{text[1:]}" if is_bid else f"{text[:-1]}{mark}"
        plain = palette.style(ink, Tone.RAISED if half.is_fresh else None, bold=half.is_best, live=live)
        wall, bar = (Tone.BID_WALL, Tone.BID_BAR) if is_bid else (Tone.ASK_WALL, Tone.ASK_BAR)
        paper = wall if half.is_large else bar
        if palette.can_tint:
            under = palette.style(ink, paper, bold=half.is_best, live=live)
            edge = palette.style(paper, Tone.RAISED if half.is_fresh else None, live=live)
        else:  # digits in reverse, and the half cell before them in the same ink
            under = palette.style(tone, paper, bold=half.is_best, live=live)
            edge = palette.style(tone, live=live)
        return self._barred(text, half.bar, plain, under, edge, is_bid)

    def _barred(
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

    # lines ----------------------------------------------------------------------------------------------------------

    def _spread(self, row: SpreadRow) -> Sequence[Segment]:
        palette, line = self.palette, self.glyphs.horizontal
        inside = row.where is Where.INSIDE
        words = spread_words(
            row.touch,
            row.decimals,
            self.width - 6,
            is_known=row.is_known,
            names_touch=row.is_grouped or not inside,
            parity=row.parity,
        )
        end = line if inside else self.glyphs.up if row.where is Where.ABOVE else self.glyphs.down
        room = self.width - cells_of(words) - 2
        left = room // 2
        rule = palette.style(Tone.FAINT)
        edge = palette.style(Tone.FAINT if inside else Tone.ACCENT)
        return [
            Segment(end, edge),
            Segment(f"{line * (left - 1)} ", rule),
            *self._words(words, row.is_live),
            Segment(f" {line * (room - left - 1)}", rule),
            Segment(end, edge),
        ]

    def _totals(self, row: TotalsRow) -> Sequence[Segment]:
        """The totals under their columns, and at the right edge which side has more."""
        columns = row.columns
        air = 1 if columns.size > columns.number else 0
        left = columns.margin + columns.half - columns.gap - air
        right = self.width - left - air - columns.gap - columns.price - columns.gap
        quiet = self.palette.style(Tone.MUTED, live=row.is_live)
        text = self.palette.style(Tone.TEXT, live=row.is_live)
        bids = numbers.shares(row.bids, max(4, columns.number))
        named = f"bids {bids}" if left >= len(bids) + 5 else bids
        asks, side = self._ask_total(row, right)
        return [
            Segment(f"{named:>{left}}", quiet),
            Segment(" " * (air + columns.gap + columns.price + columns.gap)),
            Segment(f"{asks:<{right - len(side)}}", quiet),
            Segment(side, text),
        ]

    @staticmethod
    def _ask_total(row: TotalsRow, room: int) -> tuple[str, str]:
        """The total of the asks and the lean of the best levels, in the fullest form that fits."""
        lean = row.lean and f"best{LEAN_LEVELS} {row.lean}"
        number = row.columns.number
        for asks, side in (
            (f"{numbers.shares(row.asks, max(4, number)):>{number}} asks  ", lean),
            (f"{numbers.shares(row.asks, max(4, number)):>{number}} ", lean),
            (f"{numbers.shares(row.asks, 4)} ", lean),
        ):
            if len(asks) + len(side) <= room:
                return asks, side
        return numbers.shares(row.asks, max(4, min(7, room))), ""
