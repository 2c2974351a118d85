"""What is known of a token, as rows: each group with how fresh it is, each figure with what it is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.segment import Segment

from psdash.account.wallets import Holding, Wallet
from psdash.dashboard.painting import moments, numbers
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.prices import price_fitting, price_words
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.market.board import MarketPane, MarketState
from psdash.market.day import Day
from psdash.market.freshness import Freshness, PaneState
from psdash.market.quoting import Unit
from psdash.market.tape import Aggressor
from psdash.market.token_facts import Curve, Fact, TokenFacts, amount, written
from psdash.terminal.cells import cells_in
from psdash.text import safe_text

#: Cells of what a figure is called.
NAME_CELLS: Final = 11
#: Balances and curves that are listed.
MOST_LISTED: Final = 40
_HOUR_MS: Final = 3_600_000
#: What a chain itself pays with, by the chain of a token id.
NATIVE: Final = {
    "solana": "SOL",
    "eth": "ETH",
    "ethereum": "ETH",
    "base": "ETH",
    "blast": "ETH",
    "avax": "AVAX",
    "bsc": "BNB",
    "trx": "TRX",
    "monad": "MON",
    "hype": "HYPE",
}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A heading, and at its right how fresh what stands under it is."""

    name: str
    claim: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure. `brief` is the same said in fewer cells, `least` in the fewest."""

    name: str
    text: str
    brief: str = ""
    least: str = ""
    tone: Tone = Tone.TEXT
    live: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """Everything about a token at one moment."""

    state: MarketState
    facts: TokenFacts
    claims: dict[Fact, Freshness]
    day: Day | None
    curves: Sequence[Curve]
    wallets: Sequence[Wallet]
    own: Sequence[Holding]
    own_claim: Freshness
    #: Why the pane itself is not live: said over it, and not again by every group.
    reason: str
    now_s: float
    now_ms: int

    def words(self, claim: Freshness, glyphs: Glyphs, *, is_lookup: bool = False) -> tuple[str, Tone]:
        """How fresh a group is: LIVE with the age of what it was told last, or else the state's word and why."""
        age_s = claim.age_s(self.now_s)
        if claim.is_live:
            if age_s is None:
                return f"{glyphs.full} {'by lookup' if is_lookup else 'not told yet'}", Tone.MUTED
            return f"{glyphs.full} {numbers.age(age_s)} ago", Tone.MUTED
        glyph = glyphs.dot if claim.state is PaneState.OFF else glyphs.hollow
        dated = f" {numbers.age(age_s)}" if age_s is not None else ""
        why = f": {safe_text(claim.reason, 100)}" if claim.reason and claim.reason != self.reason else ""
        return f"{glyph} {claim.state}{dated}{why}", Tone.MUTED if claim.state is PaneState.OFF else Tone.WARN


Row = GroupRow | FigureRow


def rows_of(known: Known, view: View) -> Iterator[Row]:
    """Every row, what matters most first."""
    yield from _last(known, view)
    yield from _day(known, view)
    if known.wallets or known.own_claim.reason:
        yield from _own(known, view)
    yield from _pool(known, view)
    yield from _holders(known, view)
    yield from _balances(known, view)
    yield from _curves(known, view)


# groups -------------------------------------------------------------------------------------------------------------


def _last(known: Known, view: View) -> Iterator[Row]:
    state = known.state
    last, claim = state.tape.last, state.freshness[MarketPane.TAPE]
    if last is None:
        words, tone = known.words(claim, view.glyphs)
        yield GroupRow("last trade", "none heard yet" if claim.is_live else words, tone)
        if known.facts.price_usd is not None:
            yield FigureRow("price", price_words(known.facts.price_usd, Unit.DOLLARS), live=False)
        return
    age = numbers.age(max(0, known.now_ms - last.venue_ms) / 1000)
    if claim.is_live:
        yield GroupRow("last trade", f"{view.glyphs.full} {age} ago", Tone.MUTED)
    else:
        yield GroupRow("last trade", *known.words(claim, view.glyphs))
    glyph, tone = {
        Aggressor.BUY: (f" {view.glyphs.up}", Tone.UP),
        Aggressor.SELL: (f" {view.glyphs.down}", Tone.DOWN),
        Aggressor.UNKNOWN: ("", Tone.TEXT),
    }[last.aggressor]
    yield FigureRow(
        "price", f"{price_words(last.price, state.market.quoting.unit)}{glyph}", tone=tone, live=claim.is_live
    )
    dollars = numbers.money(last.price * last.size, 10)
    yield FigureRow("size", f"{numbers.size(last.size, 14)}  {dollars}", dollars, live=claim.is_live)


def _day(known: Known, view: View) -> Iterator[Row]:
    day = known.day
    if day is None:
        return
    claim = known.state.freshness[MarketPane.CHART]
    span = "24 h" if day.is_whole else f"{max(1, day.span_ms // _HOUR_MS)} h, all that is told"
    words, tone = (f"{view.glyphs.full} by candles", Tone.MUTED) if claim.is_live else known.words(claim, view.glyphs)
    yield GroupRow(span, words, tone)
    percent, live = day.percent, claim.is_live
    if percent is not None:
        up = Tone.UP if percent > 0 else Tone.DOWN if percent < 0 else Tone.TEXT
        before = price_words(day.before, Unit.DOLLARS)
        yield FigureRow("change", f"{percent:+.2f}%  from {before}", f"{percent:+.2f}%", tone=up, live=live)
    low, high = (price_words(price, Unit.DOLLARS) for price in (day.low, day.high))
    least = "-".join(price_fitting(price, 8) for price in (day.low, day.high))
    yield FigureRow("range", f"{low} - {high}", f"{low}-{high[1:]}", least, live=live)
    yield FigureRow("volume", numbers.money(day.volume, 14), "", live=live)


def _own(known: Known, view: View) -> Iterator[Row]:
    claim = known.own_claim
    words = (f"{view.glyphs.full} as it moves", Tone.MUTED) if claim.is_live else known.words(claim, view.glyphs)
    yield GroupRow("yours", *words)
    if not known.own and known.wallets:
        yield FigureRow("", "no balance has moved yet", "not moved yet", tone=Tone.MUTED)
    names = {wallet.address: wallet.label or short(wallet.address, view.glyphs) for wallet in known.wallets}
    for each in known.own:
        symbol = known.state.market.label(0) if each.token else NATIVE.get(each.chain, each.chain)
        at = "" if each.at_ms is None else moments.clock_or_day(each.at_ms, known.now_ms, view.zone)
        name = safe_text(names.get(each.wallet, ""), 24)
        text = masked(tokens_words(each.units, each.decimals, 40), view)
        brief = masked(tokens_words(each.units, each.decimals, 12), view)
        forms = (f"{text} {symbol}  {at}".rstrip(), f"{text} {symbol}", f"{brief} {symbol}")
        yield FigureRow(name, *forms, Tone.OWN, claim.is_live)


def _pool(known: Known, view: View) -> Iterator[Row]:
    facts, claim = known.facts, known.claims[Fact.POOL]
    has_lookup = facts.liquidity_usd is not None or facts.market_cap_usd is not None
    yield GroupRow("pool", *known.words(claim, view.glyphs, is_lookup=has_lookup))
    live = claim.is_live
    if facts.price_usd is not None:
        yield FigureRow("price", price_words(facts.price_usd, Unit.DOLLARS), live=live)
    if facts.liquidity_usd is not None:
        yield FigureRow("liquidity", numbers.money(facts.liquidity_usd, 14), live=live)
    if facts.market_cap_usd is not None:
        yield FigureRow("market cap", numbers.money(facts.market_cap_usd, 14), live=live)
    if facts.graduated is not None:
        dex, at_ms = facts.graduated.pool_dex or "a pool", facts.graduated.at_ms
        yield FigureRow(
            "curve", f"ended in {safe_text(dex, 20)} {moments.clock_or_day(at_ms, known.now_ms, view.zone)}"
        )


def _holders(known: Known, view: View) -> Iterator[Row]:
    facts, claim = known.facts, known.claims[Fact.HOLDERS]
    yield GroupRow("holders", *known.words(claim, view.glyphs))
    live = claim.is_live
    if facts.holders is not None:
        yield FigureRow("wallets", f"{facts.holders:,}", live=live)
    for name, units, count in (
        ("top 10", facts.top10_balances, None),
        ("developer", facts.developer_balance, None),
        *((group.name, group.units, group.count) for group in facts.groups),
    ):
        many = "" if count is None else f"{count:,} with " if units is not None else f"{count:,}"
        if units is None:
            if many:
                yield FigureRow(name, many, live=live)
            continue
        # As it was told: no page says whether these are base units or tokens.
        exact, brief = written(units), numbers.size(units, 10)
        yield FigureRow(name, f"{many}{exact} (unit not told)", f"{many}{exact}", f"{many}{brief}", live=live)
    claim = known.claims[Fact.TRADERS]
    yield GroupRow("holder stats", *known.words(claim, view.glyphs))
    for name, dollars, times in (("bought", facts.bought_usd, facts.buys), ("sold", facts.sold_usd, facts.sells)):
        if dollars is not None:
            words = numbers.money(dollars, 12)
            yield FigureRow(name, words if times is None else f"{words} in {times:,}", words, live=claim.is_live)


def _balances(known: Known, view: View) -> Iterator[Row]:
    facts, claim = known.facts, known.claims[Fact.BALANCES]
    mine = {wallet.address for wallet in known.wallets}
    yield GroupRow("balances", *known.words(claim, view.glyphs))
    for each in facts.balances[:MOST_LISTED]:
        decimals = each.decimals if each.decimals is not None else facts.decimals
        moved = each.moved
        now, brief = (tokens_words(each.after, decimals, cells) for cells in (40, 10))
        at = "" if each.at_ms is None else f"  {moments.clock_or_day(each.at_ms, known.now_ms, view.zone)}"
        sign = "" if moved is None else f" {view.glyphs.up if moved > 0 else view.glyphs.down}"
        change = "" if moved is None else f"{sign}{tokens_words(moved.copy_abs(), decimals, 10)}"
        tone = Tone.TEXT if moved is None else Tone.UP if moved > 0 else Tone.DOWN
        owner = short(each.owner, view.glyphs)
        if each.owner in mine:
            tone, owner = Tone.OWN, f"{view.glyphs.own}{owner}"
            now, brief, change = masked(now, view), masked(brief, view), masked(change, view) if change else ""
        yield FigureRow(owner, f"{now}{change}{at}", f"{brief}{change}", brief, tone, claim.is_live)


def _curves(known: Known, view: View) -> Iterator[Row]:
    claim = known.claims[Fact.CURVES]
    if claim.state is PaneState.OFF and not known.curves:
        return
    newest = known.curves[0].at_ms if known.curves else None
    if claim.is_live:
        told = "none yet" if newest is None else f"{numbers.age(max(0, known.now_ms - newest) / 1000)} ago, any token"
        yield GroupRow("bonding curves", f"{view.glyphs.full} {told}", Tone.MUTED)
    else:
        yield GroupRow("bonding curves", *known.words(claim, view.glyphs))
    for each in known.curves[:MOST_LISTED]:
        at = moments.clock_or_day(each.at_ms, known.now_ms, view.zone)
        where = safe_text(each.pool_dex if each.is_graduation else each.dex, 16)
        what = f"ended in {where}" if each.is_graduation else f"began on {where}"
        token = short(each.token, view.glyphs)
        tone = Tone.ACCENT if each.is_graduation else Tone.TEXT
        yield FigureRow(token, f"{what}  {at}", what, tone=tone, live=claim.is_live)


# words --------------------------------------------------------------------------------------------------------------


def tokens_words(units: Decimal, decimals: int | None, width: int) -> str:
    """Base units as tokens, every digit while there is room, then coarser; as such where nobody tells decimals."""
    if decimals is None or not 0 <= decimals <= 80:
        return f"{numbers.size(units, width)} units"
    tokens = amount(units, decimals)
    exact = written(tokens)
    return exact if len(exact) <= width else numbers.size(tokens, width)


def short(address: str, glyphs: Glyphs) -> str:
    """An address by its ends, as people compare them."""
    address = safe_text(address, 128)
    return address if len(address) <= NAME_CELLS else f"{address[:4]}{glyphs.ellipsis}{address[-4:]}"


# drawing ------------------------------------------------------------------------------------------------------------


def draw_row(row: Row, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Draw a heading or a figure in `width` cells. No number is cut: it is said in fewer cells, or not at all."""
    if isinstance(row, GroupRow):
        name = f" {row.name}"
        claim = clip_cells(row.claim, max(0, width - cells_in(name) - 2), glyphs.ellipsis)
        fill = max(1, width - cells_in(name) - cells_in(claim) - 1)
        return [
            Segment(name, palette.style(Tone.ACCENT, bold=True)),
            Segment(" " * fill),
            Segment(claim, palette.style(row.tone)),
        ]
    name = clip_cells(row.name, NAME_CELLS, glyphs.ellipsis)
    room = width - NAME_CELLS - 5
    text = next(
        (form for form in (row.text, row.brief, row.least) if form and cells_in(form) <= room), glyphs.ellipsis
    )
    return [
        Segment(f"   {name}{' ' * (NAME_CELLS - cells_in(name))} ", palette.style(Tone.MUTED, live=row.live)),
        Segment(text, palette.style(row.tone, live=row.live)),
    ]
