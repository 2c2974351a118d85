"""The makers of one market: real orders on the exchange that add up to a believable book.

A market's makers hold a *ladder* of standing quotes, each at its own distance from the touch, and fire *probes* that
live for a fraction of a second or for minutes. Half of all activity moves a standing quote: cancelled, and added
again with the same size one or two ticks away within 45 ms; the other half is probes (realdata §1). Everything comes
in runs.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from psdash.simulator.actors.crowd import Crowd
from psdash.simulator.actors.ladder import Quote, build_ladder
from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import Mood, Shock
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.sizes import maker_size, probe_size
from psdash.simulator.actors.spreads import Spreads
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import FillMade
from psdash.simulator.exchange.listing import MarketRow, MarketStatus
from psdash.simulator.exchange.orders import OrderStatus

#: Prices of the ladder, in cents.
CENTS = tuple(Decimal(ticks).scaleb(-2) for ticks in range(101))
#: How long a cancelled quote stays away before it is added again.
REQUOTE_MS = 45
#: A quote stands at least this long before it moves again of its own accord.
SETTLED_MS = 30
#: A probe lives at least this long (the floor of the recorded cancel / replace cycle); many not much longer.
PROBE_FLOOR_MS, PROBE_MEDIAN_MS, PROBE_SIGMA, PROBE_MAX_MS = 30, 300.0, 2.0, 600_000
#: Runs of activity: the median number of actions (of about two changes each), and how heavy the tail is.
RUN_MEDIAN, RUN_SIGMA, RUN_MAX, RUN_GAP_MS = 1.0, 1.1, 120, 4.0
#: A run that changed nothing still costs the wait of this many changes.
LEAST_OWED = 0.2
#: How often an idle market asks whether it is still idle.
POLL_MS, IDLE_POLL_MS = 250, 2_000
#: How far one market's own mood swings, beside its event's.
OWN_VARIANCE = 0.45
#: How many cents beyond the next tick a belief has to be before the touch follows it.
STUBBORN = 0.35
#: At a goal the makers pull this share of their quotes within so many ticks of the touch, this fast.
PULL_TICKS, PULLED, PULL_MS = 14, 0.95, 700
#: The chance, at each run and with half the usual depth, that a pulled quote comes back is half of this.
COURAGE = 0.02
#: A few quotes are moved again and again: this many, in this share of the moves.
HOT, HOT_SHARE = 4, 0.6
#: How far from the touch probes land: (cumulative share, nearest, furthest) in ticks.
_PROBES = ((0.06, 0, 0), (0.15, 1, 1), (0.24, 2, 2), (0.60, 3, 5), (0.80, 6, 10), (0.92, 11, 25), (1.0, 26, 60))
#: Nothing moves in these; what was planned waits. In any other the book is gone.
_STANDING_STILL = (MarketStatus.OPEN, MarketStatus.PAUSED, MarketStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Probe:
    """A short-lived order."""

    is_bid: bool
    ticks: int
    wallet: str


class MarketFlow:
    """The makers of one market."""

    def __init__(
        self,
        exchange: Exchange,
        pulse: Pulse,
        crowd: Crowd,
        row: MarketRow,
        match: Match,
        index: int,
        seeds: Seeds,
    ) -> None:
        """`index` is the market's place in its match."""
        self.row = row
        self.match = match
        self.index = index
        self._exchange = exchange
        self._pulse = pulse
        self._scheduler = exchange.scheduler
        self._book = exchange.token_book(row.yes_token_id)
        self._makers = crowd.makers
        self._rng: random.Random = seeds.child("makers")
        self._mood = Mood(seeds.child("mood"), OWN_VARIANCE, self._scheduler.now_ms)
        self._spreads = Spreads(seeds.child("spreads"), row.liquidity)
        self._quotes: list[Quote] = []
        self._standing: dict[str, Quote] = {}
        self._probes: dict[str, Probe] = {}
        self._hot: deque[Quote] = deque(maxlen=HOT)
        self._touch = (0, 100)
        self._owed = 0.0  # changes made and not yet paid for with time
        self._paid = 0.0  # what the present wait pays for
        self._ran_ms = 0  # time the last run took, which counts as waiting
        match.on_goal(self._pull)

    @property
    def is_open(self) -> bool:
        """Whether orders are accepted now."""
        return self._pulse.open(self._exchange, self.row.symbol)

    def in_the_way(self, *, is_bid: bool) -> Decimal:
        """Shares of strangers' resting bids (or asks) that keep the makers from showing the touch they want."""
        bid, ask = self._touch
        levels = self._book.bids(10) if is_bid else self._book.asks(10)
        stale = (level for level in levels if (level.price >= CENTS[ask] if is_bid else level.price <= CENTS[bid]))
        return sum((level.quantity for level in stale), Decimal(0))

    def heat(self) -> float:
        """The factor on this market's activity now: the event's and its own."""
        return self.match.heat() * self._mood.factor(self._scheduler.now_ms)

    def rouse(self) -> None:
        """Let the next minute be a busy one."""
        self.match.rouse()
        self._mood.rouse()

    def furnish(self) -> None:
        """Put the whole ladder up at once."""
        self._touch = self._wanted_touch()
        self._quotes = build_ladder(self._rng, self.row.liquidity, self._makers)
        for quote in self._quotes:
            self._show(quote, self._target(quote))

    def start(self) -> None:
        """Begin to move, from now on."""
        self._scheduler.after(self._rng.randrange(1, POLL_MS), self._wait)

    def on_fill(self, fill: FillMade) -> None:
        """Somebody met one of the makers' orders."""
        if fill.order_id not in self._standing and fill.order_id not in self._probes:
            return
        if not self._exchange.order(fill.order_id).is_open:
            self._probes.pop(fill.order_id, None)
            quote = self._standing.pop(fill.order_id, None)
            if quote is not None:
                quote.order_id = None

    # --- when --------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """Wait as long as the changes made so far are worth at the present rate, looking up now and then."""
        if not self._pulse.beating:
            return
        rate = self.match.tempo(self.row.liquidity).changes_per_s * self._pulse.calm * self.heat()
        poll_ms = POLL_MS if rate > 0.5 else IDLE_POLL_MS
        if rate > 0:
            # Waiting times are memoryless, so looking up and drawing again changes nothing but the rate.
            wait_ms = int(self._rng.expovariate(1.0) * max(LEAST_OWED, self._owed) / rate * 1000)
            if wait_ms - self._ran_ms <= poll_ms:
                self._paid = max(LEAST_OWED, self._owed)
                self._scheduler.after(max(0, wait_ms - self._ran_ms), self._run)
                return
        self._ran_ms = 0
        if rate > 0.5 or self._wanted_touch() != self._touch:
            self._guard()
        self._scheduler.after(poll_ms, self._wait)

    def _run(self) -> None:
        """One run of activity, spread over a few milliseconds; then wait again."""
        self._owed = max(0.0, self._owed - self._paid)
        delay_ms = 0.0
        if self.is_open:
            self._guard()
            self._refill()
            for _ in range(min(RUN_MAX, math.ceil(self._rng.lognormvariate(math.log(RUN_MEDIAN), RUN_SIGMA)))):
                self._scheduler.after(int(delay_ms), self._act)
                delay_ms += self._rng.expovariate(1 / RUN_GAP_MS)
        self._ran_ms = int(delay_ms)
        self._scheduler.after(self._ran_ms, self._wait)

    def _act(self) -> None:
        if self.is_open:
            if self._rng.random() < 0.5:
                quote = self._restless()
                if self._scheduler.now_ms - quote.since_ms >= SETTLED_MS:
                    self._requote(quote)
            else:
                self._probe()

    def _restless(self) -> Quote:
        """The next quote to move: more often one that moved just now, or one near the touch."""
        rng = self._rng
        if self._hot and rng.random() < HOT_SHARE:
            return rng.choice(self._hot)
        quote = rng.choice(self._quotes)
        if rng.random() < 0.5:
            other = rng.choice(self._quotes)
            quote = quote if quote.home <= other.home else other
        self._hot.append(quote)
        return quote

    # --- standing quotes --------------------------------------------------------------------------------------

    def _target(self, quote: Quote) -> int:
        """Where a quote wants to stand, in cents; outside 1..99 it does not want to stand at all."""
        if quote.wall:
            return quote.home if quote.is_bid else 100 - quote.home
        bid, ask = self._touch
        return bid - quote.home if quote.is_bid else ask + quote.home

    def _requote(self, quote: Quote) -> None:
        """Cancel a quote, and add it again one or two ticks nearer to where it wants to be."""
        if quote.wall or quote.order_id is None or not self._hide(quote):
            return
        rng = self._rng
        away = self._target(quote) - quote.ticks
        step = 1 if rng.random() < 0.7 else 2
        if abs(away) > 6:
            step = abs(away)  # left behind by a jump: no use in creeping
        ticks = quote.ticks + (step if away > 0 or (away == 0 and rng.random() < 0.5) else -step)
        quote.moving = True

        def again() -> None:
            quote.moving = False
            if quote.shy and rng.random() < self.match.depth() ** 2:
                self._regrow(quote)
            if self.is_open:
                self._show(quote, ticks)

        self._scheduler.after(int(REQUOTE_MS * rng.random() ** 1.5), again)

    def _regrow(self, quote: Quote) -> None:
        """Give a quote a new size."""
        if not quote.wall:
            quote.size = maker_size(self._rng, self.row.liquidity, quote.home)
            quote.shy = False

    def _hide(self, quote: Quote) -> bool:
        assert quote.order_id is not None
        self._standing.pop(quote.order_id, None)
        gone = self._exchange.cancel(quote.wallet, quote.order_id)
        quote.order_id = None
        self._owed += 1
        return gone

    def _show(self, quote: Quote, ticks: int) -> None:
        """Put a quote's order in the book at `ticks`, or as near as the makers' own touch allows."""
        bid, ask = self._touch
        ticks = min(ticks, bid) if quote.is_bid else max(ticks, ask)
        if not 1 <= ticks <= 99:
            return
        order_id = self._place(quote.wallet, quote.is_bid, ticks, quote.size)
        if order_id is not None:
            quote.order_id, quote.ticks, quote.since_ms = order_id, ticks, self._scheduler.now_ms
            self._standing[order_id] = quote

    def _place(self, wallet: str, is_bid: bool, ticks: int, size: Decimal) -> str | None:
        """A maker's order at a YES price; the id while it rests. A bid buys YES or sells NO, an ask the reverse."""
        rest = self._book.best_ask if is_bid else self._book.best_bid
        price = CENTS[ticks]
        if rest is not None and (price >= rest if is_bid else price <= rest):
            return None  # makers do not take
        selling = self._rng.random() < 0.3
        outcome = int(is_bid == selling)
        placed = self._exchange.place(
            wallet,
            self.row.symbol,
            "sell" if selling else "buy",
            outcome,
            CENTS[100 - ticks] if outcome else price,
            size,
        )
        self._owed += 1
        return placed.order_id if placed.status in (OrderStatus.OPEN, OrderStatus.PARTIAL) else None

    # --- the touch --------------------------------------------------------------------------------------------

    def _wanted_touch(self) -> tuple[int, int]:
        fair = self.match.beliefs.price(self.index) * 100
        spread = self._spreads.now(self._scheduler.now_ms, self.match)
        bid = math.floor(fair - (spread - 1) / 2)
        shown, offered = self._touch
        if offered - shown == spread and abs(fair - (shown + offered) / 2) <= 0.5 + STUBBORN:
            return self._touch
        return max(0, min(98, bid)), max(2, min(100, bid + spread))

    def _guard(self) -> None:
        """Let the makers follow what they believe: leave prices that are wrong now, and show the right touch."""
        if not self.is_open:
            return
        touch = self._wanted_touch()
        if touch != self._touch:
            self._touch = touch
            bid, ask = touch
            for quote in self._quotes:
                if quote.order_id is not None and _is_wrong(quote, bid, ask):
                    if quote.wall:
                        self._hide(quote)  # it comes back where it may stand
                    else:
                        self._requote(quote)
            for order_id, probe in list(self._probes.items()):
                if _is_wrong(probe, bid, ask):
                    self._withdraw(order_id)
        for is_bid in (True, False):
            self._keep_touch(is_bid)

    def _keep_touch(self, is_bid: bool) -> None:
        """See to it that somebody stands at the intended best price of one side."""
        ticks = self._touch[0] if is_bid else self._touch[1]
        if not 1 <= ticks <= 99:
            return
        best = self._book.best_bid if is_bid else self._book.best_ask
        if best is not None and (best >= CENTS[ticks] if is_bid else best <= CENTS[ticks]):
            return
        for quote in self._quotes:
            if quote.is_bid is is_bid and quote.home == 0 and not quote.wall and not quote.moving:
                if quote.order_id is not None:
                    self._hide(quote)
                depth = self.match.depth()
                if depth < 1 and not quote.shy:
                    quote.size = max(Decimal(5), quote.size * int(depth * 100) // 100)
                    quote.shy = True
                self._show(quote, ticks)
                return

    def _refill(self) -> None:
        """Bring back a few of the quotes that were filled or pulled; after a goal, only as the nerves allow."""
        depth = self.match.depth()
        courage = 1.0 if depth >= 1 else depth * COURAGE
        shown = 0
        for quote in self._quotes:
            if quote.order_id is None and not quote.moving and shown < 4 and self._rng.random() < courage:
                target = self._target(quote)
                if 1 <= target <= 99:
                    self._regrow(quote)
                    self._show(quote, target)
                    shown += 1

    def _pull(self, _: Shock) -> None:
        """A goal: most of what stands near the touch is cancelled within a second."""
        if not self.is_open:
            return
        for quote in self._quotes:
            near = quote.order_id is not None and not quote.wall and quote.home <= PULL_TICKS
            if near and self._rng.random() < PULLED:
                self._scheduler.after(int(PULL_MS * self._rng.random() ** 2), partial(self._drop, quote))
        self._scheduler.after(1, self._guard)

    def _drop(self, quote: Quote) -> None:
        if quote.order_id is not None and self.is_open:
            self._hide(quote)

    # --- probes -----------------------------------------------------------------------------------------------

    def _probe(self) -> None:
        """A short-lived order somewhere in the book."""
        rng = self._rng
        is_bid = rng.random() < 0.5
        bid, ask = self._touch
        draw = rng.random()
        nearest, furthest = next((near, far) for share, near, far in _PROBES if draw <= share)
        away = rng.randint(nearest, furthest)
        if ask - bid > 2 and rng.random() < 0.03:
            away = -1  # improves the best price
        ticks = bid - away if is_bid else ask + away
        if not 1 <= ticks <= 99:
            return
        wallet = rng.choice(self._makers)
        order_id = self._place(wallet, is_bid, ticks, probe_size(rng, self.row.liquidity))
        if order_id is not None:
            self._probes[order_id] = Probe(is_bid, ticks, wallet)
            life_ms = min(PROBE_MAX_MS, PROBE_FLOOR_MS + rng.lognormvariate(math.log(PROBE_MEDIAN_MS), PROBE_SIGMA))
            self._scheduler.after(int(life_ms), partial(self._expire, order_id))

    def _expire(self, order_id: str) -> None:
        if order_id not in self._probes:
            return
        if self.is_open:
            self._withdraw(order_id)
        elif self._pulse.beating and self._exchange.market_status(self.row.symbol) in _STANDING_STILL:
            self._scheduler.after(self._rng.randrange(1_000, 3_000), partial(self._expire, order_id))

    def _withdraw(self, order_id: str) -> None:
        probe = self._probes.pop(order_id)
        if self._exchange.cancel(probe.wallet, order_id):
            self._owed += 1


def _is_wrong(order: Quote | Probe, bid: int, ask: int) -> bool:
    """Whether an order stands on the far side of its side's best price."""
    return order.ticks > bid if order.is_bid else order.ticks < ask
