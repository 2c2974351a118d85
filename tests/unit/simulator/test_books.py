"""The two token views of one book: mirrors, counters, hashes, and changes that add up."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.simulator.exchange.happenings import BookChanged
from tests.unit.simulator.exchange_kit import WALLETS, D, Shown, Venue, applied, replay_venue, shown, venue


def _mirrored(book: Shown) -> Shown:
    return {("ask" if side == "bid" else "bid", 1 - price): held for (side, price), held in book.items()}


def _trading(built: Venue, rng: random.Random) -> Callable[[], None]:
    """One random step of a busy market; several levels, prices that cross, cancels."""

    def step() -> None:
        wallet = rng.choice(WALLETS)
        resting = built.exchange.open_orders(wallet)
        if resting and rng.random() < 0.3:
            built.exchange.cancel(wallet, rng.choice(resting).order_id)
            return
        place = built.buy if rng.random() < 0.5 else built.sell
        tif = rng.choice(["gtc", "gtc", "gtc", "ioc", "fok"])
        place(wallet, f"0.{rng.randrange(44, 57)}", f"{rng.randrange(1, 40)}.5", rng.randrange(2), time_in_force=tif)

    return step


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_changes_lead_from_snapshot_to_snapshot(seed: int) -> None:
    """A client that applies every BookChanged to its first snapshot always holds the exchange's own book."""
    built = venue(seed)
    step = _trading(built, random.Random(seed))
    views = {view.token_id: view for view in (built.yes(), built.no())}
    held = {token_id: shown(view) for token_id, view in views.items()}
    seqs = {token_id: view.seq for token_id, view in views.items()}
    for _ in range(60):
        step()
        for happening in built.heard:
            if isinstance(happening, BookChanged):
                assert happening.changes
                assert happening.seq == seqs[happening.token_id] + 1
                seqs[happening.token_id] = happening.seq
                held[happening.token_id] = applied(held[happening.token_id], happening)
        built.heard.clear()
        assert held == {token_id: shown(view) for token_id, view in views.items()}
        assert seqs == {token_id: view.seq for token_id, view in views.items()}
        assert shown(built.no()) == _mirrored(shown(built.yes()))
    built.exchange.check()


def test_one_order_through_three_levels_is_one_change_of_each_book() -> None:
    built = venue()
    for price in ("0.52", "0.53", "0.54"):
        built.sell("0xaa", price, "10")
    built.heard.clear()
    before = built.yes().seq
    built.buy("0xbb", "0.55", "35")
    yes, no = (happening for happening in built.heard if isinstance(happening, BookChanged))
    assert (yes.token_id, no.token_id) == (built.row.yes_token_id, built.row.no_token_id)
    assert yes.seq == built.yes().seq == before + 1
    rows = [(change.side, change.price, change.quantity, change.count) for change in yes.changes]
    assert rows == [
        ("ask", D("0.52"), D(0), 0),
        ("ask", D("0.53"), D(0), 0),
        ("ask", D("0.54"), D(0), 0),
        ("bid", D("0.55"), D(5), 1),
    ]
    assert [(change.side, change.price) for change in no.changes] == [
        ("bid", D("0.48")),
        ("bid", D("0.47")),
        ("bid", D("0.46")),
        ("ask", D("0.45")),
    ]


def test_an_order_that_finds_nothing_changes_no_book() -> None:
    built = venue()
    before = built.yes().seq
    built.buy("0xaa", "0.40", "5", time_in_force="ioc")
    assert built.yes().seq == before
    assert "BookChanged" not in built.names()


def test_depth_and_best() -> None:
    built = venue()
    for price in ("0.40", "0.42", "0.41"):
        built.buy("0xaa", price, "10")
    assert [level.price for level in built.yes().bids(2)] == [D("0.42"), D("0.41")]
    assert [level.price for level in built.no().asks(1)] == [D("0.58")]
    assert (built.yes().best_bid, built.yes().best_ask) == (D("0.42"), None)
    assert (built.no().best_bid, built.no().best_ask) == (None, D("0.58"))


def test_the_hash_is_of_the_documented_text() -> None:
    built = venue()
    built.buy("0xaa", "0.50", "240")
    built.buy("0xaa", "0.49", "0.25")
    built.sell("0xbb", "0.55", "210")
    text = '[[["0.50","240"],["0.49","0.25"]],[["0.55","210"]]]'
    assert built.yes().hash() == hashlib.sha256(text.encode()).hexdigest()[:16]
    mirrored = '[[["0.45","210"]],[["0.50","240"],["0.51","0.25"]]]'
    assert built.no().hash() == hashlib.sha256(mirrored.encode()).hexdigest()[:16]


def test_the_hash_follows_the_state_and_not_its_history() -> None:
    built = venue()
    empty = built.yes().hash()
    order_id = built.buy("0xaa", "0.50", "240").order_id
    full = built.yes().hash()
    assert built.exchange.cancel("0xaa", order_id)
    assert built.yes().hash() == empty != full
    built.buy("0xbb", "0.50", "120")
    built.buy("0xcc", "0.50", "120")  # two orders now; the count is not hashed
    assert built.yes().hash() == full


_totals = st.lists(
    st.tuples(st.sampled_from(["bid", "ask"]), st.integers(1, 999), st.integers(0, 5)), min_size=1, max_size=60
)


@settings(max_examples=60, deadline=None)
@given(_totals)
def test_a_recorded_book_holds_what_the_recording_says(totals: list[tuple[str, int, int]]) -> None:
    built = replay_venue()
    row = built.exchange.catalogue.markets[4]
    book = built.exchange.token_book(row.yes_token_id)
    mirror = built.exchange.token_book(row.no_token_id)
    expected: Shown = {}
    held: Shown = {}
    for side, mills, size in totals:
        built.exchange.replace_level(row.symbol, side, D(mills) / 1000, D(size))
        expected.pop((side, D(mills) / 1000), None)
        if size:
            expected[side, D(mills) / 1000] = (D(size), 1)
        for happening in built.heard:
            if isinstance(happening, BookChanged) and happening.outcome_index == 0:
                held = applied(held, happening)
        built.heard.clear()
        assert shown(book) == expected == held
        assert shown(mirror) == _mirrored(expected)
    start = book.seq
    built.exchange.load_book(row.symbol, [(D("0.3"), D(7))], [(D("0.4"), D(9))])
    assert shown(book) == {("bid", D("0.3")): (D(7), 1), ("ask", D("0.4")): (D(9), 1)}
    assert book.seq in (start, start + 1)


def test_a_total_that_is_there_already_is_no_change() -> None:
    built = replay_venue()
    row = built.exchange.catalogue.markets[2]
    built.exchange.load_book(row.symbol, [(D("0.47"), D("4000.25"))], [])
    built.heard.clear()
    built.exchange.replace_level(row.symbol, "bid", D("0.47"), D("4000.25"))
    built.exchange.replace_level(row.symbol, "ask", D("0.48"), D(0))
    assert built.heard == []


def test_what_a_recorded_book_refuses() -> None:
    built = replay_venue()
    symbol = built.exchange.catalogue.markets[0].symbol
    with pytest.raises(ValueError, match="no middle"):
        built.exchange.replace_level(symbol, "middle", D("0.5"), D(1))
    with pytest.raises(ValueError, match="price"):
        built.exchange.replace_levels(symbol, [("bid", D("0.5"), D(1)), ("bid", D("1.5"), D(1))])
    assert shown(built.exchange.token_book(built.exchange.catalogue.markets[0].yes_token_id)) == {}
    matched = venue()
    with pytest.raises(ValueError, match="not a recorded market"):
        matched.exchange.replace_level(matched.symbol, "bid", D("0.5"), D(1))
