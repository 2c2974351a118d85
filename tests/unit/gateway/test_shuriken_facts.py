"""What is kept of tokens and of the person's tasks: exact, bounded, each thing once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.account.activity import ActivityLog
from psdash.market.candles import Candle, Origin
from psdash.market.layered_candles import LayeredCandles
from psdash.market.token_facts import MOST_BALANCES, MOST_CURVES, MOST_TOKENS, Balance, Curve, TokenBook, amount

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@given(st.integers(0, 2**256 - 1), st.integers(0, 80))
def test_base_units_lose_no_digit(units: int, decimals: int) -> None:
    tokens = amount(units, decimals)
    sign, digits, exponent = tokens.as_tuple()
    assert isinstance(exponent, int)
    assert sign == 0
    assert int("".join(map(str, digits))) * 10 ** (exponent + decimals) == units


@pytest.mark.parametrize("decimals", [-1, 81, 10**9])
def test_decimals_that_no_token_has(decimals: int) -> None:
    with pytest.raises(ValueError, match="0 to 80"):
        amount(1, decimals)


def test_facts_and_balances() -> None:
    book = TokenBook()
    assert book.priced("a", Decimal(2), 10)
    assert not book.priced("a", Decimal(3), 9)  # an older word
    assert not book.priced("a", Decimal(2), 10)
    assert book.of("a").price_usd == Decimal(2)
    row = Balance("owner", Decimal(2**64 - 1), Decimal(0), 6, 5)
    assert book.balance("a", row)
    assert not book.balance("a", row)
    for number in range(2 * MOST_BALANCES):
        book.balance("a", replace(row, at_ms=100 + number))
    assert len(book.of("a").balances) == MOST_BALANCES
    assert book.of("a").balances[0].at_ms == 99 + 2 * MOST_BALANCES
    for number in range(2 * MOST_TOKENS):
        book.priced(f"t{number}", Decimal(1), None)
    assert book.of("a").price_usd is None
    assert book.of(f"t{2 * MOST_TOKENS - 1}").price_usd == 1


def test_curves_each_once() -> None:
    book = TokenBook()
    born = Curve("T", "C", "pump", "sig", 5, "maker")
    gone = replace(born, pool="P", pool_dex="raydium")
    book.priced("solana:T", Decimal(1), None)
    assert book.curve("solana:T", born)
    assert not book.curve("solana:T", born)
    assert book.of("solana:T").graduated is None
    assert book.curve("solana:T", gone)
    assert book.of("solana:T").graduated == gone
    assert book.curves == (gone, born)
    for number in range(3 * MOST_CURVES):
        book.curve("x", replace(born, signature=f"s{number}"))
    assert len(book.curves) == MOST_CURVES


def test_a_task_is_one_row_and_what_moved_last_stands_first() -> None:
    log = ActivityLog(most=3)
    assert log.put("swap", "t1", stream="portfolio.notifications", now_ms=1, detail="chain 8453")
    assert log.put("swap", "t2", stream="portfolio.notifications", now_ms=2)
    assert log.put("transfer", "t1", stream="portfolio.notifications", now_ms=3)
    assert not log.put("swap", "t1", stream="automation.updates", now_ms=4)
    first = log.newest(1)[0]
    assert (first.kind, first.task, first.times, first.first_ms, first.last_ms) == ("swap", "t1", 2, 1, 4)
    assert first.detail == "chain 8453"
    assert [row.task for row in log.newest(2, 1)] == ["t1", "t2"]
    assert log.put("claim", "c1", stream="portfolio.notifications", now_ms=5)
    assert len(log) == 3
    assert ("swap", "t2") not in {(row.kind, row.task) for row in log.newest(10)}
    assert log.version == 5


# candles ------------------------------------------------------------------------------------------------------------


def candles(width_ms: int, from_ms: int, to_ms: int) -> list[Candle]:
    return [
        Candle(at, Decimal(at), Decimal(at), Decimal(at), Decimal(at), Decimal(width_ms))
        for at in range(from_ms, to_ms, width_ms)
    ]


def layered(minutes_from_ms: int) -> LayeredCandles:
    series = LayeredCandles()
    series.tell(MINUTE, candles(MINUTE, minutes_from_ms, 10 * DAY), 10 * DAY)
    series.tell(HOUR, candles(HOUR, 8 * DAY, 10 * DAY), 10 * DAY)
    series.tell(DAY, candles(DAY, 0, 10 * DAY), 10 * DAY)
    return series


def test_a_frame_is_made_of_the_finest_and_before_it_of_the_coarser() -> None:
    series = layered(10 * DAY - 3 * HOUR)
    hours = series.frame(HOUR, 1_000)
    assert [candle.start_ms for candle in hours] == [*range(8 * DAY, 10 * DAY, HOUR)]
    assert all(candle.volume == HOUR for candle in hours)
    days = series.frame(DAY, 1_000)
    assert [candle.start_ms for candle in days] == [*range(0, 10 * DAY, DAY)]
    assert {candle.volume for candle in days} == {Decimal(DAY)}
    assert series.first is not None
    assert series.first.start_ms == 0


def test_a_coarse_candle_never_stands_in_a_finer_frame() -> None:
    series = layered(10 * DAY - 3 * HOUR)
    assert {candle.start_ms % MINUTE for candle in series.frame(MINUTE, 1_000)} == {0}
    assert len(series.frame(MINUTE, 1_000)) == 180
    assert len(series.frame(5 * MINUTE, 1_000)) == 36


def test_a_bucket_that_is_half_told_is_the_coarser_ones() -> None:
    series = layered(10 * DAY - 2 * HOUR - 20 * MINUTE)
    hours = series.frame(HOUR, 1_000)
    assert [candle.start_ms for candle in hours] == [*range(8 * DAY, 10 * DAY, HOUR)]
    assert all(candle.volume == HOUR for candle in hours)


@given(st.integers(0, 48 * 60), st.integers(1, 60), st.integers(0, 11 * DAY) | st.none())
def test_no_bucket_comes_twice_and_none_is_out_of_order(minutes: int, limit: int, until_ms: int | None) -> None:
    series = layered(10 * DAY - minutes * MINUTE)
    whole = {candle.start_ms: candle for candle in series.frame(HOUR, 10_000)}
    part = series.frame(HOUR, limit, until_ms)
    starts = [candle.start_ms for candle in part]
    assert starts == sorted(set(starts))
    assert len(part) <= limit
    assert all(whole[candle.start_ms] == candle for candle in part)
    before = [at for at in whole if until_ms is None or at < until_ms + -until_ms % HOUR]
    assert starts == sorted(before)[-limit:]


def test_a_trade_moves_what_was_told_without_it() -> None:
    series = LayeredCandles()
    assert (series.first, series.last, len(series)) == (None, None, 0)
    series.tell(MINUTE, candles(MINUTE, 0, 10 * MINUTE), 9 * MINUTE + 20_000)
    series.traded(9 * MINUTE + 10_000, Decimal(7), Decimal(100))  # the source has told it already
    assert series.frame(MINUTE, 1)[0].volume == MINUTE
    series.traded(9 * MINUTE + 31_000, Decimal(5), Decimal(10))
    series.traded(9 * MINUTE + 33_000, Decimal(8), Decimal(10))
    (minute,) = series.frame(MINUTE, 1)
    figures = [minute.open, minute.low, minute.close, minute.volume]
    assert figures == [Decimal(number) for number in (9 * MINUTE, 5, 8, MINUTE + 20)]
    assert series.last is not None
    assert series.last.start_ms == 9 * MINUTE + 30_000
    fine = series.frame(15_000, 10)
    assert [(each.start_ms - 9 * MINUTE, each.close) for each in fine] == [(0, Decimal(7)), (30_000, Decimal(8))]
    series.traded(10 * MINUTE + 1_000, Decimal(9), Decimal(1))  # a minute that nobody has told yet
    assert [each.start_ms for each in series.frame(MINUTE, 2)] == [9 * MINUTE, 10 * MINUTE]
    series.traded(9 * MINUTE + 34_000, Decimal(1), Decimal(1))  # late
    late = series.frame(5_000, 10, 9 * MINUTE + 35_000)[-1]
    assert [late.low, late.close, late.volume] == [Decimal(1), Decimal(8), Decimal(21)]
    version = series.version
    series.tell(MINUTE, candles(MINUTE, 0, 10 * MINUTE), 10 * MINUTE)
    assert series.version > version


def test_what_began_unheard_is_not_whole() -> None:
    series = LayeredCandles()
    at_ms = 10 * MINUTE
    origins = [
        series.traded(at_ms + late, Decimal(1), Decimal(1), whole_from_ms=at_ms + 2_000).origin
        for late in (1_000, 4_000, 5_000, 9_000)
    ]
    assert origins == [Origin.PRINTS, Origin.PRINTS, Origin.TAPE, Origin.TAPE]
    again = series.traded(at_ms + 9_500, Decimal(1), Decimal(1), whole_from_ms=at_ms + 9_000)  # after a cut
    assert again.origin is Origin.PRINTS
    series.tell(MINUTE, candles(MINUTE, at_ms, at_ms + MINUTE), at_ms + 5_000)
    series.traded(at_ms + 30_000, Decimal(1), Decimal(1), whole_from_ms=at_ms + 20_000)
    assert series.frame(MINUTE, 1)[0].origin is Origin.VENUE


def test_without_trades_there_is_nothing_finer_than_what_was_told() -> None:
    series = layered(9 * DAY)
    assert series.frame(5_000, 100) == []
    assert len(series.frame(MINUTE, 100)) == 100
