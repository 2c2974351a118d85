from __future__ import annotations

import pytest

from psdash.simulator.exchange.ledger import USDC, Bucket, Holding, Ledger, LedgerError, Posting


def _funded(ledger: Ledger, owner: str, amount: int) -> Holding:
    outside = ledger.holding("outside", USDC, may_owe=True)
    holding = ledger.holding(owner, USDC)
    ledger.post(
        0,
        "deposit",
        owner,
        [Posting(outside, Bucket.AVAILABLE, -amount), Posting(holding, Bucket.AVAILABLE, amount)],
    )
    return holding


def test_an_unbalanced_entry_changes_nothing() -> None:
    ledger = Ledger()
    holding = _funded(ledger, "a", 5)
    with pytest.raises(LedgerError, match="balance"):
        ledger.post(0, "settle", "t", [Posting(holding, Bucket.AVAILABLE, -1)])
    assert (holding.available, ledger.entry_count) == (5, 1)
    ledger.check()


def test_an_overdraft_changes_nothing() -> None:
    ledger = Ledger()
    poor, rich = _funded(ledger, "a", 5), _funded(ledger, "b", 50)
    with pytest.raises(LedgerError, match="overdraw"):
        ledger.post(0, "settle", "t", [Posting(poor, Bucket.AVAILABLE, -6), Posting(rich, Bucket.AVAILABLE, 6)])
    with pytest.raises(LedgerError, match="cannot move 6"):
        ledger.move(0, "lock", "o", poor, Bucket.AVAILABLE, Bucket.LOCKED, 6)
    with pytest.raises(LedgerError, match="cannot move -1"):
        ledger.move(0, "lock", "o", poor, Bucket.AVAILABLE, Bucket.LOCKED, -1)
    assert (poor.available, rich.available, poor.locked) == (5, 50, 0)
    ledger.check()


def test_check_finds_a_balance_without_entries() -> None:
    ledger = Ledger()
    holding = _funded(ledger, "a", 5)
    holding.amounts[Bucket.LOCKED] += 1
    with pytest.raises(LedgerError, match="entries say"):
        ledger.check()


def test_check_finds_money_from_nowhere() -> None:
    ledger = Ledger()
    holding = _funded(ledger, "a", 5)
    holding.amounts[Bucket.AVAILABLE] += 1
    holding.opening[Bucket.AVAILABLE] += 1
    with pytest.raises(LedgerError, match="appeared or vanished"):
        ledger.check()


def test_old_entries_are_closed_into_opening_balances() -> None:
    ledger = Ledger(keep_entries=10)
    holding = _funded(ledger, "a", 100)
    for number in range(40):
        source, target = (Bucket.AVAILABLE, Bucket.LOCKED) if number % 2 == 0 else (Bucket.LOCKED, Bucket.AVAILABLE)
        ledger.move(number, "lock", str(number), holding, source, target, 7)
        ledger.check()
    assert [entry.number for entry in ledger.entries()] == list(range(32, 42))
    assert ledger.entry_count == 41
    assert holding.total == 100
