"""The markets of the embedded exchange: an invented but plausible season, and the recorded hockey final.

Chosen so that a person meets everything the venue can show: a match in play with several lines, a tournament winner
with exclusive outcomes, a market in each status of protocol §7.4 that is ever public, and titles that need care.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.exchange.ids import make_hash, make_token_id, make_uuid
from psdash.simulator.exchange.listing import TICK, Catalogue, EventRow, Liquidity, MarketRow, MarketStatus

__all__ = [
    "MAIN_SLUG",
    "Catalogue",
    "EventRow",
    "Liquidity",
    "MarketRow",
    "MarketStatus",
    "build_catalogue",
    "catalogue_for_replay",
]

MAIN_SLUG = "spain-vs-france-2026-yes"

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


@dataclass(frozen=True)
class _Line:
    """One market of the plan below, before it has ids."""

    slug: str
    title: str
    label: str | None
    fair: str
    status: MarketStatus = MarketStatus.OPEN
    liquidity: Liquidity = Liquidity.NONE
    payout: tuple[str, str] | None = None
    tick: Decimal = TICK


@dataclass(frozen=True)
class _Plan:
    """One event of the plan below; times are offsets from the start of the exchange."""

    slug: str
    title: str
    starts_in_ms: int
    closes_in_ms: int
    criteria: str
    source: str
    lines: tuple[_Line, ...]
    tags: tuple[tuple[str, str], ...]
    neg_risk: bool = False
    fixture: bool = False  # a match with a kick-off
    group: str | None = None
    stage: str | None = None
    team_a: str | None = None
    team_b: str | None = None
    fee_bps: int = 140


_S = MarketStatus
_L = Liquidity

#: A line of a running match can be over before the match is.
_OVER = frozenset({_S.CLOSED, _S.PENDING_RESOLUTION, _S.DELAYED, _S.DISPUTED, _S.RESOLVED, _S.VOIDED})

_PLANS = (
    _Plan(
        slug="spain-vs-france-2026",
        title="Spain vs France",
        starts_in_ms=-52 * _MINUTE_MS,
        closes_in_ms=68 * _MINUTE_MS,
        criteria="Resolves on the score at the end of regulation time, stoppage time included.",
        source="The organiser's official match report",
        tags=(("football", "Football"), ("international-cup", "International Cup")),
        fixture=True,
        stage="semi_finals",
        team_a="ESP",
        team_b="FRA",
        lines=(
            _Line(MAIN_SLUG, "Will Spain beat France?", "Spain", "0.52", liquidity=_L.MAIN),
            _Line(
                "spain-vs-france-2026-draw",
                "Spain vs France level after 90 minutes?",
                "Draw",
                "0.27",
                liquidity=_L.MEDIUM,
            ),
            _Line("spain-vs-france-2026-france", "Will France beat Spain?", "France", "0.22", liquidity=_L.MEDIUM),
            _Line("spain-vs-france-2026-over-2-5", "Over 2.5 goals?", "O/U 2.5", "0.44", liquidity=_L.MEDIUM),
            _Line("spain-vs-france-2026-both-score", "Both teams to score?", "Both score", "0.57", liquidity=_L.THIN),
            _Line("spain-vs-france-2026-red-card", "A red card shown?", "Red card", "0.11", liquidity=_L.STATIC),
            _Line(
                "spain-vs-france-2026-goal-before-15",
                "A goal in the first 15 minutes?",
                "Early goal",
                "0.31",
                status=_S.RESOLVED,
                payout=("0", "1"),
            ),
            _Line(
                "spain-vs-france-2026-half-time-lead",
                "Spain ahead at half-time?",
                "Half-time",
                "0.36",
                status=_S.PENDING_RESOLUTION,
            ),
        ),
    ),
    _Plan(
        slug="international-cup-2026-winner",
        title="International Cup 2026: the winner",
        starts_in_ms=-20 * _DAY_MS,
        closes_in_ms=5 * _DAY_MS,
        criteria="Resolves YES for the team that is awarded the cup and NO for every other team.",
        source="The organiser's official site",
        tags=(("football", "Football"), ("international-cup", "International Cup"), ("outright", "Outright")),
        neg_risk=True,
        fee_bps=240,
        lines=(
            _Line(
                "international-cup-2026-winner-spain", "Will Spain win the cup?", "Spain", "0.31", liquidity=_L.THIN
            ),
            _Line(
                "international-cup-2026-winner-france",
                "Will France win the cup?",
                "France",
                "0.14",
                liquidity=_L.THIN,
            ),
            _Line(
                "international-cup-2026-winner-brazil",
                "Will Brazil win the cup?",
                "Brazil",
                "0.33",
                liquidity=_L.THIN,
            ),
            _Line(
                "international-cup-2026-winner-cote-d-ivoire",
                "Will Côte d'Ivoire win the cup?",
                "Côte d'Ivoire",
                "0.19",
                liquidity=_L.STATIC,
            ),
            _Line(
                "international-cup-2026-winner-turkiye",
                "Will Türkiye win the cup?",
                "Türkiye",
                "0.02",
                status=_S.SUSPENDED,
            ),
        ),
    ),
    _Plan(
        slug="brazil-vs-cote-d-ivoire-2026",
        title="Brazil vs Côte d'Ivoire",
        starts_in_ms=26 * _HOUR_MS,
        closes_in_ms=28 * _HOUR_MS,
        criteria="Resolves on the score at the end of regulation time, stoppage time included.",
        source="The organiser's official match report",
        tags=(("football", "Football"), ("international-cup", "International Cup")),
        fixture=True,
        stage="semi_finals",
        team_a="BRA",
        team_b="CIV",
        lines=(
            _Line(
                "brazil-vs-cote-d-ivoire-2026-brazil",
                "Will Brazil beat Côte d'Ivoire?",
                "Brazil",
                "0.61",
                liquidity=_L.THIN,
            ),
            _Line("brazil-vs-cote-d-ivoire-2026-over-2-5", "Over 2.5 goals?", "O/U 2.5", "0.48", status=_S.PAUSED),
            _Line(
                "brazil-vs-cote-d-ivoire-2026-first-corner",
                "First corner to Brazil?",
                "First corner",
                "0.50",
                status=_S.PRE_MARKET,
            ),
        ),
    ),
    _Plan(
        slug="westmark-governor-2026",
        title="Westmark governor: [R] vs [D]",
        starts_in_ms=40 * _DAY_MS,
        closes_in_ms=40 * _DAY_MS,
        criteria="Resolves to the party of the candidate certified by the state's election board.",
        source="The state's election board",
        tags=(("politics", "Politics"),),
        fee_bps=240,
        lines=(
            _Line("westmark-governor-2026-r-vs-d", "Westmark governor: [R] vs [D]", None, "0.47", liquidity=_L.THIN),
            _Line("westmark-governor-2026-turnout-60", "Turnout above 60 %?", "Turnout", "0.38", liquidity=_L.STATIC),
            _Line("westmark-governor-2026-recount", "A recount ordered?", "Recount", "0.06", status=_S.PRE_MARKET),
        ),
    ),
    _Plan(
        slug="harbour-regatta-2026",
        title="Harbour Regatta 2026",
        starts_in_ms=-30 * _HOUR_MS,
        closes_in_ms=-28 * _HOUR_MS,
        criteria="Resolves on the race committee's published results.",
        source="The race committee",
        tags=(("sailing", "Sailing"),),
        lines=(
            _Line("harbour-regatta-2026-record", "A course record?", "Record", "0.18", status=_S.CLOSED),
            _Line(
                "harbour-regatta-2026-race-3", "Race 3 finished before noon?", "Race 3", "0.64", status=_S.DISPUTED
            ),
            _Line("harbour-regatta-2026-race-4", "Race 4 finished before noon?", "Race 4", "0.55", status=_S.DELAYED),
            _Line(
                "harbour-regatta-2026-race-5",
                "Race 5 finished before noon?",
                "Race 5",
                "0.50",
                status=_S.VOIDED,
                payout=("1", "1"),
            ),
        ),
    ),
)


def build_catalogue(rng: random.Random, start_ms: int) -> Catalogue:
    """The exchange's own season, with every id drawn from `rng` and every time set around `start_ms`."""
    numbers = _symbol_numbers(rng, sum(len(plan.lines) for plan in _PLANS))
    return Catalogue(_list(plan, rng, start_ms, numbers, recorded=False) for plan in _PLANS)


def catalogue_for_replay(rng: random.Random, start_ms: int) -> Catalogue:
    """The six recorded markets of one hockey final, `stanley-cup-final-game-4-m0` to `-m5`, in recording order."""
    titles = (
        ("Puck line, home -1.5?", "Spread", "0.22", _L.MEDIUM, TICK),
        ("Over 5.5 goals?", "O/U 5.5", "0.40", _L.MEDIUM, TICK),
        ("Home team to win game 4?", "Moneyline", "0.47", _L.MAIN, TICK),
        ("Over 6.5 goals?", "O/U 6.5", "0.30", _L.MEDIUM, TICK),
        ("A hat-trick scored?", "Hat-trick", "0.03", _L.THIN, Decimal("0.001")),
        ("Overtime in the series?", "Overtime", "0.50", _L.STATIC, TICK),
    )
    plan = _Plan(
        slug="stanley-cup-final-game-4",
        title="Stanley Cup final, game 4",
        starts_in_ms=-40 * _MINUTE_MS,
        closes_in_ms=2 * _HOUR_MS,
        criteria="Resolves on the league's official box score.",
        source="The league's official box score",
        tags=(("hockey", "Hockey"), ("recorded", "Recorded")),
        fixture=True,
        stage="final",
        lines=tuple(
            _Line(f"stanley-cup-final-game-4-m{index}", title, label, fair, liquidity=liquidity, tick=tick)
            for index, (title, label, fair, liquidity, tick) in enumerate(titles)
        ),
    )
    numbers = _symbol_numbers(rng, len(plan.lines))
    return Catalogue([_list(plan, rng, start_ms, numbers, recorded=True)])


def _symbol_numbers(rng: random.Random, count: int) -> Iterator[int]:
    return iter(rng.sample(range(10**7, 10**8), count))


def _list(plan: _Plan, rng: random.Random, start_ms: int, numbers: Iterator[int], *, recorded: bool) -> EventRow:
    event_id = make_uuid(rng)
    event_start_ms = start_ms + plan.starts_in_ms
    created_ms = min(start_ms, event_start_ms) - 14 * _DAY_MS
    match_id = f"M{rng.randrange(10**6, 10**7)}" if plan.fixture else None
    rows = tuple(
        MarketRow(
            symbol=f"PS26-{'NEG' if plan.neg_risk else 'BIN'}-{next(numbers)}",
            slug=line.slug,
            id=make_uuid(rng),
            event_id=event_id,
            title=line.title,
            group_item_title=line.label,
            condition_id=make_hash(rng),
            question_id=make_hash(rng),
            yes_token_id=make_token_id(rng),
            no_token_id=make_token_id(rng),
            status=line.status,
            neg_risk=plan.neg_risk,
            fee_taker_bps=plan.fee_bps,
            created_at_ms=created_ms,
            opens_at_ms=start_ms + _HOUR_MS if line.status is _S.PRE_MARKET else created_ms + _DAY_MS,
            closes_at_ms=start_ms
            + (min(-15 * _MINUTE_MS, plan.closes_in_ms) if line.status in _OVER else plan.closes_in_ms),
            kickoff_ms=event_start_ms if plan.fixture else None,
            fair_value=Decimal(line.fair),
            liquidity=line.liquidity,
            resolution_criteria=plan.criteria,
            official_data_source=plan.source,
            source_match_id=match_id,
            tick=line.tick,
            paused_at_ms=start_ms - 9 * _MINUTE_MS if line.status is _S.PAUSED else None,
            resolved_at_ms=start_ms - 12 * _MINUTE_MS if line.payout else None,
            payout_numerators=line.payout,
            recorded=recorded,
        )
        for line in plan.lines
    )
    return EventRow(
        id=event_id,
        slug=plan.slug,
        title=plan.title,
        markets=rows,
        start_ms=event_start_ms,
        created_at_ms=created_ms,
        group=plan.group,
        stage=plan.stage,
        team_a=plan.team_a,
        team_b=plan.team_b,
        tags=plan.tags,
    )
