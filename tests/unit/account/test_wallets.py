"""What the person's wallets hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from psdash.account.wallets import MOST_HOLDINGS, MOST_WALLETS, Holding, Wallet, Wallets

ONE = Holding("W", "solana", "T", Decimal(2**64 - 1), 6, Decimal(5), 1_000)


def test_a_holding_is_told_once_and_an_older_word_changes_nothing() -> None:
    wallets = Wallets()
    assert wallets.put(ONE)
    assert not wallets.put(ONE)
    assert not wallets.put(replace(ONE, units=Decimal(1), at_ms=999))
    assert wallets.put(replace(ONE, units=Decimal(7), at_ms=1_000))
    assert wallets.put(replace(ONE, units=Decimal(8), at_ms=None))
    assert [each.units for each in wallets.holdings] == [8]


def test_what_moved_last_stands_first_and_a_token_comes_with_what_its_chain_pays_with() -> None:
    wallets = Wallets()
    native, other = replace(ONE, token=""), replace(ONE, chain="base")
    for each in (native, ONE, other):
        wallets.put(each)
    assert wallets.holdings == (other, ONE, native)
    assert wallets.of("solana", "T") == [ONE, native]


def test_a_wallet_that_is_the_persons_no_more_takes_its_holdings_along() -> None:
    wallets = Wallets()
    wallets.are([Wallet("W"), Wallet("V")])
    wallets.put(ONE)
    wallets.put(replace(ONE, wallet="V"))
    version = wallets.version
    wallets.are([Wallet("W"), Wallet("V")])
    assert wallets.version == version
    wallets.are([Wallet("V")])
    assert [each.wallet for each in wallets.holdings] == ["V"]
    wallets.are([Wallet(str(at)) for at in range(100)])
    assert len(wallets.known) == MOST_WALLETS


def test_it_is_bounded_and_what_moved_longest_ago_leaves() -> None:
    wallets = Wallets()
    for at in range(MOST_HOLDINGS + 5):
        wallets.put(replace(ONE, token=f"T{at}"))
    tokens = [each.token for each in wallets.holdings]
    assert len(tokens) == MOST_HOLDINGS
    assert (tokens[0], tokens[-1]) == (f"T{MOST_HOLDINGS + 4}", "T5")
