"""Alerts: what a person may type, when each kind rings, and that none rings twice for one crossing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.market.alerts import (
    BACK,
    MOST,
    MOST_MARKETS,
    PRINT_FRESH_MS,
    PRINT_QUIET_MS,
    QUIET_MS,
    Alert,
    AlertBook,
    Kind,
    parse,
)
from psdash.market.book import Book, Level
from psdash.market.tape import Aggressor, Print
from psdash.market.ticks import CENT, to_price

NOW_MS = 1_784_145_600_000
SLUG = "spain-vs-france-2026-yes"


def book(bid: int | None, ask: int | None) -> Book:
    """A book with one level a side, in ticks."""
    made = Book("1")
    bids = [] if bid is None else [Level(bid, Decimal(10))]
    asks = [] if ask is None else [Level(ask, Decimal(10))]
    made.replace(bids, asks, seq=1, venue_ms=NOW_MS, state_hash=None)
    return made


def one(kind: Kind, level: str, outcome: int = 0) -> AlertBook:
    alerts = AlertBook()
    alerts.add(Alert(SLUG, outcome, kind, Decimal(level)))
    return alerts


def rings(
    alerts: AlertBook, *touches: tuple[int | None, int | None], outcome: int = 0, now_ms: int = NOW_MS
) -> list[int]:
    """At which of these touches (in cents) something rang."""
    found = []
    for at, (bid, ask) in enumerate(touches):
        state = book(None if bid is None else bid * CENT, None if ask is None else ask * CENT)
        if alerts.look(SLUG, outcome, state, now_ms + at):
            found.append(at)
    return found


def printed(size: str, at_ms: int, ident: str = "t1") -> Print:
    return Print(ident, "1", 0, Decimal("0.5"), Decimal(size), Aggressor.BUY, at_ms)


@pytest.mark.parametrize(
    ("typed", "kind", "level"),
    [
        ("above 55", Kind.ABOVE, "0.55"),
        ("  Above 55c ", Kind.ABOVE, "0.55"),
        ("> 55.5", Kind.ABOVE, "0.555"),
        (">=55", Kind.ABOVE, "0.55"),
        ("a55", Kind.ABOVE, "0.55"),
        ("below 4", Kind.BELOW, "0.04"),
        ("<4", Kind.BELOW, "0.04"),
        ("spread 3", Kind.WIDER, "0.03"),
        ("spread wider than 3", Kind.WIDER, "0.03"),
        ("print 5,000", Kind.PRINT, "5000"),
        ("p 0.5", Kind.PRINT, "0.5"),
    ],
)
def test_what_a_person_types_is_understood(typed: str, kind: Kind, level: str) -> None:
    assert parse(typed) == (kind, Decimal(level))


@pytest.mark.parametrize(
    "typed", ["", "55", "above", "above 0", "above 100", "above -1", "above 1e3", "under 4", "print 0", "above 5 5"]
)
def test_what_makes_no_sense_is_refused_with_words(typed: str) -> None:
    with pytest.raises(ValueError, match=r"above|price|print|decimals"):
        parse(typed)


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it(typed: str) -> None:
    try:
        kind, level = parse(typed)
    except ValueError:
        return
    assert level > 0
    assert kind is Kind.PRINT or level < 1


def test_above_looks_at_the_bid() -> None:
    assert rings(one(Kind.ABOVE, "0.55"), (50, 60), (54, 55), (55, 56)) == [2]


def test_below_looks_at_the_ask() -> None:
    assert rings(one(Kind.BELOW, "0.45"), (40, 50), (45, 46), (44, 45)) == [2]


def test_the_spread_rings_when_it_is_as_wide() -> None:
    assert rings(one(Kind.WIDER, "0.03"), (50, 52), (50, None), (50, 53)) == [2]


def test_a_price_that_trembles_on_the_level_rings_once_and_again_after_it_went_back() -> None:
    alerts = one(Kind.ABOVE, "0.55")
    assert rings(alerts, (54, 56), (55, 56), (55, 57), (56, 57), (55, 56)) == [1]
    half = 55 * CENT - BACK // 2
    assert not alerts.look(SLUG, 0, book(half, 60 * CENT), NOW_MS)  # not far enough back
    assert not alerts.look(SLUG, 0, book(55 * CENT, 60 * CENT), NOW_MS)
    later_ms = NOW_MS + QUIET_MS + 10
    assert rings(alerts, (54, 56), (55, 56), now_ms=later_ms) == [1]


def test_a_spread_that_flickers_rings_once_a_minute_and_not_all_day() -> None:
    """A tight market's spread is one cent and two by turns, many times a second."""
    alerts = one(Kind.WIDER, "0.02")
    flicker = [(50, 51), (50, 52)] * 300
    assert rings(alerts, *flicker) == [1]
    assert rings(alerts, *flicker, now_ms=NOW_MS + QUIET_MS + 1000) == [1]


def test_a_clock_that_went_back_silences_nothing() -> None:
    alerts = one(Kind.ABOVE, "0.55")
    assert rings(alerts, (54, 56), (55, 56)) == [1]
    assert rings(alerts, (54, 56), (55, 56), now_ms=NOW_MS - 3_600_000) == [1]


def test_what_is_so_already_waits_until_it_was_not() -> None:
    assert rings(one(Kind.ABOVE, "0.55"), (60, 61), (61, 62), (54, 55), (55, 56)) == [3]


def test_a_side_that_goes_empty_is_far_from_any_level() -> None:
    assert rings(one(Kind.ABOVE, "0.55"), (55, 56), (None, 56), (55, 56)) == [2]


def test_a_crossed_book_says_nothing() -> None:
    assert rings(one(Kind.ABOVE, "0.55"), (50, 51), (60, 58), (50, 51)) == []


def test_the_other_outcome_is_another_book() -> None:
    assert rings(one(Kind.ABOVE, "0.55", outcome=1), (50, 51), (60, 61)) == []
    assert rings(one(Kind.ABOVE, "0.55", outcome=1), (50, 51), (60, 61), outcome=1) == [1]


def test_a_print_rings_by_its_size_and_then_is_quiet_for_a_while() -> None:
    alerts = one(Kind.PRINT, "1000")
    now = NOW_MS
    assert not alerts.printed(SLUG, [printed("999", now)], now)
    assert [ring.at for ring in alerts.printed(SLUG, [printed("1000", now, "a")], now)] == [Decimal(1000)]
    assert not alerts.printed(SLUG, [printed("5000", now + PRINT_QUIET_MS - 1, "b")], now + PRINT_QUIET_MS)
    later = now + PRINT_QUIET_MS
    assert alerts.printed(SLUG, [printed("5000", later, "c")], later)
    assert not alerts.printed("another", [printed("5000", later + PRINT_QUIET_MS, "d")], later)


def test_a_print_that_only_history_told_does_not_ring() -> None:
    alerts = one(Kind.PRINT, "1000")
    assert not alerts.printed(SLUG, [printed("5000", NOW_MS - PRINT_FRESH_MS - 1)], NOW_MS)


@given(
    st.sampled_from([Kind.ABOVE, Kind.BELOW]),
    st.integers(2, 98),
    st.lists(st.tuples(st.integers(1, 98), st.integers(1, 20)), min_size=1, max_size=60),
)
def test_a_price_alert_rings_exactly_when_a_model_of_one_line_says_so(
    kind: Kind, level: int, path: list[tuple[int, int]]
) -> None:
    """Armed by a price a cent behind the level, rung by one at it. Each look is a minute after the one before."""
    alerts = one(kind, str(to_price(level * CENT)))
    armed: bool | None = None
    for at, (bid, width) in enumerate(path):
        ask = min(99, bid + width)
        if ask <= bid:
            continue
        past = bid - level if kind is Kind.ABOVE else level - ask
        expected = past >= 0 and armed is True
        rang = bool(alerts.look(SLUG, 0, book(bid * CENT, ask * CENT), NOW_MS + at * QUIET_MS))
        assert rang == expected
        armed = past < 0


def test_alerts_come_back_from_a_file_as_they_were() -> None:
    alerts = one(Kind.ABOVE, "0.55")
    alerts.add(Alert(SLUG, 1, Kind.PRINT, Decimal("2500.5")))
    rings(alerts, (54, 56), (55, 56))
    again = AlertBook()
    assert again.take_rows(json.loads(json.dumps(alerts.as_rows()))) == 0
    assert again.all() == alerts.all()
    assert rings(again, (55, 56)) == []


def test_one_that_was_armed_when_the_program_ended_rings_for_what_happened_meanwhile() -> None:
    alerts = one(Kind.ABOVE, "0.55")
    rings(alerts, (50, 51))
    again = AlertBook()
    again.take_rows(alerts.as_rows())
    assert rings(again, (60, 61)) == [0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
odd_rows = st.fixed_dictionaries(
    {},
    optional={
        "slug": st.just(SLUG) | json_values,
        "outcome": st.just(0) | json_values,
        "kind": st.sampled_from([kind.value for kind in Kind]) | json_values,
        "level": st.sampled_from(["0.5", "NaN", "Infinity", "-1", "0.0000001"]) | json_values,
        "armed": json_values,
        "rung_ms": json_values,
    },
)


@given(st.lists(odd_rows | json_values, max_size=6))
def test_whatever_a_file_holds_only_alerts_are_taken(rows: list[object]) -> None:
    alerts = AlertBook()
    left_out = alerts.take_rows(rows)
    assert left_out + len(alerts) == len(rows)
    alerts.look(SLUG, 0, book(50 * CENT, 51 * CENT), NOW_MS)
    alerts.printed(SLUG, [printed("10", NOW_MS)], NOW_MS)


def test_there_are_bounds_and_no_twins() -> None:
    alerts = one(Kind.ABOVE, "0.55")
    with pytest.raises(ValueError, match="such an alert"):
        alerts.add(Alert(SLUG, 0, Kind.ABOVE, Decimal("0.550")))
    many = AlertBook()
    for at in range(MOST_MARKETS):
        many.add(Alert(f"m{at}", 0, Kind.ABOVE, Decimal("0.5")))
    with pytest.raises(ValueError, match="markets at most"):
        many.add(Alert("one-more", 0, Kind.ABOVE, Decimal("0.5")))
    for at in range(MOST - MOST_MARKETS):
        many.add(Alert("m0", 0, Kind.PRINT, Decimal(at + 1)))
    with pytest.raises(ValueError, match="alerts at most"):
        many.add(Alert("m0", 0, Kind.BELOW, Decimal("0.2")))
    many.remove(many.all()[1])
    assert not many.concerns("m1")
    assert many.concerns("m0")
