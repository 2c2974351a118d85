"""From the match to the chain and to the resolution: nothing is made, nothing is lost, whatever happens."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from psdash.simulator.exchange import settlement
from psdash.simulator.exchange.happenings import PositionChanged, SettlementFailed, TradeSettled
from psdash.simulator.exchange.ledger import USDC, LedgerError
from psdash.simulator.exchange.market import IllegalTransitionError
from tests.unit.simulator.exchange_kit import WALLETS, D, Venue, shown, venue


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that never refuses."""
    monkeypatch.setattr(settlement, "FAILURES_ONE_IN", 10**12)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that always refuses."""
    monkeypatch.setattr(settlement, "FAILURES_ONE_IN", 1)


def _dollars(built: Venue, wallet: str) -> Decimal:
    return built.exchange.account(wallet).balance().total


def _house_fees(built: Venue) -> int:
    return built.exchange.ledger.holding("fees", USDC).total


@pytest.mark.usefixtures("sound")
def test_a_transfer() -> None:
    built = venue()
    built.sell("0xaa", "0.52", "60")
    (record,) = built.buy("0xbb", "0.52", "60").trades
    fee = D("0.014") * D("0.52") * D("0.48") * 60
    buyer, seller = built.exchange.account("0xbb"), built.exchange.account("0xaa")
    assert record.adjustment == "NONE"
    assert buyer.balance().outgoing == D("31.2") + fee
    bought = buyer.position(built.row.yes_token_id)
    assert (bought.incoming, bought.total) == (D(60), D(1000))
    assert (seller.position(built.row.yes_token_id).outgoing, seller.balance().incoming) == (D(60), D("31.2"))
    built.heard.clear()
    built.wait(999)
    assert record.status == "settlement_pending"
    assert built.heard == []
    built.wait(7_001)
    assert record.status == "settled"
    assert record.settled_at_ms is not None
    assert 1_000 <= record.settled_at_ms - record.at_ms <= 8_000
    settled, maker, taker = built.heard
    assert isinstance(settled, TradeSettled)
    assert isinstance(maker, PositionChanged)
    assert isinstance(taker, PositionChanged)
    assert (settled.trade, settled.fee, settled.tx_hash) == (record.trade, fee, record.tx_hash)
    assert (maker.vault, maker.balance_after, taker.vault, taker.balance_after) == (
        "0xaa-vault",
        D(940),
        "0xbb-vault",
        D(1060),
    )
    assert maker.reason == "trade"
    assert maker.tx_hash == taker.tx_hash == settled.tx_hash
    assert maker.block_number == settled.block_number == record.block_number
    assert _dollars(built, "0xbb") == 9000 - D("31.2") - fee
    assert _dollars(built, "0xaa") == 9000 + D("31.2")
    assert _house_fees(built) == fee * 10**9
    assert not buyer.unsettled
    assert not seller.unsettled
    built.exchange.check()


@pytest.mark.usefixtures("sound")
def test_a_mint_and_a_merge() -> None:
    built = venue(pairs="0")
    built.buy("0xaa", "0.52", "10")
    built.buy("0xbb", "0.48", "10", outcome=1)
    built.wait(8_000)
    yes, no = built.row.yes_token_id, built.row.no_token_id
    assert built.exchange.account("0xaa").position(yes).available == 10
    assert built.exchange.account("0xbb").position(no).available == 10
    built.exchange.check()
    built.sell("0xaa", "0.60", "10")
    (record,) = built.sell("0xbb", "0.40", "10", outcome=1).trades
    assert record.adjustment == "MERGE"
    built.wait(8_000)
    assert built.exchange.account("0xaa").positions() == {}
    assert _dollars(built, "0xaa") == 10_000 - D("5.2") + 6
    built.exchange.check()


@pytest.mark.usefixtures("broken")
def test_a_refused_settlement_gives_everything_back() -> None:
    built = venue()
    sold = built.sell("0xaa", "0.52", "60")
    bought = built.buy("0xbb", "0.52", "100")
    built.heard.clear()
    built.wait(8_000)
    (told,) = built.heard
    assert isinstance(told, SettlementFailed)
    assert bought.trades[0].status == "settlement_failed"
    assert bought.trades[0].settled_at_ms is None
    assert _dollars(built, "0xaa") == _dollars(built, "0xbb") == 9_000
    assert built.exchange.account("0xaa").position(built.row.yes_token_id).available == 1000
    assert built.exchange.order(sold.order_id).status == "SETTLEMENT_FAILED"
    assert built.exchange.order(bought.order_id).status == "PARTIAL"  # the rest of it still rests
    built.exchange.check()


def test_an_order_that_settled_in_part_stays_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    built = venue()
    sold = built.sell("0xaa", "0.52", "60")
    for one_in in (1, 10**12):
        monkeypatch.setattr(settlement, "FAILURES_ONE_IN", one_in)
        built.buy("0xbb", "0.52", "30")
    built.wait(8_000)
    assert [record.status for record in built.exchange.order(sold.order_id).trades] == [
        "settlement_failed",
        "settled",
    ]
    assert built.exchange.order(sold.order_id).status == "FILLED"
    assert built.exchange.account("0xaa").position(built.row.yes_token_id).available == 970


def test_a_selling_taker_pays_out_of_the_proceeds() -> None:
    built = venue()
    built.buy("0xbb", "0.52", "60")
    built.sell("0xaa", "0.50", "60")
    fee = D("0.014") * D("0.52") * D("0.48") * 60
    assert built.exchange.account("0xaa").balance().incoming == D("31.2") - fee
    assert built.exchange.account("0xbb").balance().outgoing == D("31.2")


def test_about_one_in_sixty_is_refused() -> None:
    built = venue(dollars="100000", pairs="10000")
    for _ in range(1_200):
        built.sell("0xaa", "0.50", "1")
        built.buy("0xbb", "0.50", "1")
    built.wait(8_000)
    failed = sum(record.status == "settlement_failed" for record in built.exchange.trades(built.symbol))
    assert 5 <= failed <= 50  # 20 expected
    assert built.exchange.trades_of("0xaa")[0] is built.exchange.trades(built.symbol)[-1]
    built.exchange.check()


def test_split_and_merge_are_exact() -> None:
    built = venue(pairs="0")
    built.exchange.split("0xaa", built.symbol, D("3.000001"))
    assert _dollars(built, "0xaa") == D("9996.999999")
    told = [happening for happening in built.heard if isinstance(happening, PositionChanged)]
    assert [(one.outcome_index, one.balance_after, one.reason) for one in told] == [
        (0, D("3.000001"), "split"),
        (1, D("3.000001"), "split"),
    ]
    built.exchange.merge("0xaa", built.symbol, D("3.000001"))
    assert _dollars(built, "0xaa") == 10_000
    with pytest.raises(LedgerError):
        built.exchange.merge("0xaa", built.symbol, D(1))
    with pytest.raises(LedgerError):
        built.exchange.split("0xaa", built.symbol, D(10_001))
    with pytest.raises(ValueError, match="quantity"):
        built.exchange.split("0xaa", built.symbol, D(-1))
    built.exchange.check()


def _walk(built: Venue, *statuses: str) -> None:
    for status in statuses:
        built.exchange.set_market_status(built.symbol, status)


@pytest.mark.usefixtures("sound")
def test_a_resolution_cancels_pays_and_redeems_what_settles_late() -> None:
    built = venue()
    rests = built.buy("0xcc", "0.30", "10")
    built.sell("0xaa", "0.52", "60")
    built.buy("0xbb", "0.52", "60")
    fee = D("0.014") * D("0.52") * D("0.48") * 60
    _walk(built, "CLOSED", "PENDING_RESOLUTION")
    assert built.exchange.order(rests.order_id).is_open
    built.heard.clear()
    built.exchange.set_market_status(built.symbol, "RESOLVED", ("1", "0"))
    assert built.names()[:4] == ["MarketStatusChanged", "OrderCancelled", "BookChanged", "BookChanged"]
    assert set(built.names()[4:]) == {"PositionChanged"}
    assert shown(built.yes()) == {}
    assert built.exchange.order(rests.order_id).status == "CANCELLED_BY_RESOLVE"
    assert _dollars(built, "0xcc") == 10_000
    built.exchange.check()
    built.wait(8_000)
    assert built.names()[-2:] == ["PositionChanged", "PositionChanged"]
    assert all(not built.exchange.account(wallet).positions() for wallet in WALLETS)
    assert _dollars(built, "0xaa") == 9_000 + 940 + D("31.2")
    assert _dollars(built, "0xbb") == 9_000 + 1060 - D("31.2") - fee
    assert built.exchange.price(built.symbol) == 1
    built.exchange.check()


@pytest.mark.usefixtures("broken")
def test_a_trade_refused_after_the_resolution_is_redeemed_by_its_seller() -> None:
    built = venue()
    built.sell("0xaa", "0.52", "60")
    built.buy("0xbb", "0.52", "60")
    _walk(built, "CLOSED", "PENDING_RESOLUTION")
    built.exchange.set_market_status(built.symbol, "RESOLVED", ("1", "0"))
    built.wait(8_000)
    assert [_dollars(built, wallet) for wallet in WALLETS] == [10_000] * 3
    built.exchange.check()


def test_a_void_pays_both_outcomes_alike() -> None:
    built = venue()
    _walk(built, "CLOSED", "PENDING_RESOLUTION", "DISPUTED", "VOIDED")
    assert [_dollars(built, wallet) for wallet in WALLETS] == [10_000] * 3
    state = built.exchange.market_state(built.symbol)
    assert (state.payout_numerators, built.exchange.price(built.symbol)) == (("1", "1"), D("0.5"))
    built.exchange.check()


def test_illegal_transitions_and_payouts_change_nothing() -> None:
    built = venue()
    for status in ("RESOLVED", "OPEN", "PRE_MARKET", "PENDING_RESOLUTION"):
        with pytest.raises(IllegalTransitionError):
            built.exchange.set_market_status(built.symbol, status, ("1", "0") if status == "RESOLVED" else None)
    with pytest.raises(ValueError, match="pays nothing"):
        built.exchange.set_market_status(built.symbol, "PAUSED", ("1", "0"))
    with pytest.raises(ValueError, match="SLEEPING"):
        built.exchange.set_market_status(built.symbol, "SLEEPING")
    _walk(built, "CLOSED", "PENDING_RESOLUTION")
    for payout in (None, ("1",), ("0", "0"), ("-1", "2"), ("1", "2")):
        with pytest.raises(ValueError, match=r"payout|pays"):
            built.exchange.set_market_status(built.symbol, "RESOLVED", payout)
    assert built.exchange.market_status(built.symbol) == "PENDING_RESOLUTION"
    assert built.names() == ["MarketStatusChanged"] * 2


def test_a_pause_is_remembered_while_it_lasts() -> None:
    built = venue()
    built.buy("0xaa", "0.40", "10")
    built.exchange.set_market_status(built.symbol, "PAUSED")
    state = built.exchange.market_state(built.symbol)
    assert state.paused_at_ms == built.exchange.scheduler.now_ms
    assert len(built.yes().bids()) == 1  # the book is preserved
    built.exchange.set_market_status(built.symbol, "OPEN")
    assert state.paused_at_ms is None


class Conservation(RuleBasedStateMachine):
    """Three accounts do anything at all; after each step the books must add up."""

    @initialize(seed=st.integers(0, 2**32), failures=st.sampled_from([2, 60]))
    def opened(self, seed: int, failures: int) -> None:
        self._kept = settlement.FAILURES_ONE_IN
        settlement.FAILURES_ONE_IN = failures
        self.built = venue(seed, dollars="2000", pairs="300")

    def teardown(self) -> None:
        settlement.FAILURES_ONE_IN = self._kept

    @rule(
        wallet=st.sampled_from(WALLETS),
        side=st.sampled_from(["buy", "sell"]),
        outcome=st.integers(0, 1),
        cents=st.integers(40, 60),
        quantity_u=st.integers(1, 60_000_000),
        order_type=st.sampled_from(["limit", "limit", "limit", "market"]),
        tif=st.sampled_from([None, None, "ioc", "fok"]),
        priced=st.booleans(),
    )
    def place(
        self,
        wallet: str,
        side: str,
        outcome: int,
        cents: int,
        quantity_u: int,
        order_type: str,
        tif: str | None,
        priced: bool,
    ) -> None:
        price = D(cents if outcome == 0 else 100 - cents).scaleb(-2)
        before = self.built.exchange.ledger.entry_count
        answer = self.built.exchange.place(
            wallet,
            self.built.symbol,
            side,
            outcome,
            price if priced or order_type == "limit" else None,
            D(quantity_u).scaleb(-6),
            order_type=order_type,
            time_in_force=tif,
        )
        if answer.reject_code is not None:
            assert self.built.exchange.ledger.entry_count == before
        else:
            assert answer.filled + answer.remaining == D(quantity_u).scaleb(-6)
            assert sum((record.trade.quantity for record in answer.trades), D(0)) == answer.filled

    @rule(wallet=st.sampled_from(WALLETS), index=st.integers(0, 50))
    def cancel(self, wallet: str, index: int) -> None:
        resting = self.built.exchange.open_orders(wallet)
        if resting:
            assert self.built.exchange.cancel(wallet, resting[index % len(resting)].order_id)

    @rule(wallet=st.sampled_from(WALLETS), quantity_u=st.integers(1, 400_000_000), merge=st.booleans())
    def convert(self, wallet: str, quantity_u: int, merge: bool) -> None:
        change = self.built.exchange.merge if merge else self.built.exchange.split
        with suppress(LedgerError):  # too poor for it: no entry, which the invariant checks
            change(wallet, self.built.symbol, D(quantity_u).scaleb(-6))

    @rule(ms=st.integers(1, 9_000))
    def wait(self, ms: int) -> None:
        self.built.wait(ms)

    @precondition(lambda self: self.built.exchange.ledger.entry_count > 45)
    @rule(payout=st.sampled_from([("1", "0"), ("0", "1"), ("1", "1"), ("3", "1")]))
    def resolve(self, payout: tuple[str, str]) -> None:
        if self.built.exchange.market_status(self.built.symbol) == "OPEN":
            _walk(self.built, "CLOSED", "PENDING_RESOLUTION")
            self.built.exchange.set_market_status(self.built.symbol, "RESOLVED", payout)

    @invariant()
    def the_books_add_up(self) -> None:
        exchange = self.built.exchange
        exchange.check()
        for wallet in WALLETS:
            account = exchange.account(wallet)
            orders = exchange.open_orders(wallet)
            buys = sum((order.price * order.remaining for order in orders if order.side == "buy"), D(0))
            assert account.balance().locked == buys
            for outcome in (0, 1):
                token_id = self.built.row.token_id(outcome)
                sells = sum(
                    (order.remaining for order in orders if order.side == "sell" and order.outcome == outcome), D(0)
                )
                assert account.position(token_id).locked == sells
        bid, ask = self.built.yes().best_bid, self.built.yes().best_ask
        assert bid is None or ask is None or bid < ask
        wallets = sum((_dollars(self.built, wallet) for wallet in WALLETS), D(0))
        collateral = exchange.ledger.holding(f"collateral:{self.built.symbol}", USDC).total
        assert wallets * 10**9 + collateral + _house_fees(self.built) == 3 * 2000 * 10**9

    @invariant()
    def costs_explain_the_dollars_and_the_shares(self) -> None:
        """Every dollar that is not there is what the shares cost, but for what was gained on the way."""
        for wallet in WALLETS:
            account = self.built.exchange.account(wallet)
            gained_n = sum(cost.realised_n - cost.paid_n for cost in account.costs.values())
            assert account.usdc.total == 2000 * 10**9 + gained_n
            for token_id, holding in account.tokens.items():
                assert account.cost(token_id).quantity_u == holding.total


TestConservation = Conservation.TestCase
TestConservation.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
