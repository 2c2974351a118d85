"""The exchange through its front door: orders, refusals, and what is told in which order."""

from __future__ import annotations

import random
from dataclasses import asdict

import pytest

from psdash.simulator.exchange.accounts import KEEP_HISTORY
from psdash.simulator.exchange.catalogue import build_catalogue
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import FillMade, Happening, OrderCancelled, OrderPlaced, TradeMatched
from psdash.simulator.exchange.orders import OrderStatus
from psdash.simulator.scheduler import Scheduler
from tests.unit.simulator.exchange_kit import START_MS, WALLETS, D, replay_venue, shown, venue


def test_a_resting_order() -> None:
    built = venue()
    answer = built.buy("0xaa", "0.52", "100", client_order_id="mm-1")
    assert (answer.status, answer.filled, answer.remaining, answer.reject_code) == (
        OrderStatus.OPEN,
        D(0),
        D(100),
        None,
    )
    order = built.exchange.order(answer.order_id)
    assert (order.wallet, order.vault, order.client_order_id) == ("0xaa", "0xaa-vault", "mm-1")
    assert (order.price, order.quantity, order.is_open) == (D("0.52"), D(100), True)
    assert built.exchange.open_orders("0xaa") == [order]
    assert built.exchange.open_orders("0xaa", "other") == []
    assert shown(built.yes()) == {("bid", D("0.52")): (D(100), 1)}
    balance = built.exchange.account("0xaa").balance()
    assert (balance.available, balance.locked) == (D(9000 - 52), D(52))
    assert built.names() == ["OrderPlaced", "BookChanged", "BookChanged"]


def test_a_sale_locks_shares_and_no_dollars() -> None:
    built = venue()
    built.sell("0xaa", "0.52", "100", outcome=1)
    account = built.exchange.account("0xaa")
    assert (account.balance().available, account.balance().locked) == (D(9000), D(0))
    assert account.position(built.row.no_token_id).locked == 100
    assert shown(built.yes()) == {("bid", D("0.48")): (D(100), 1)}


def test_what_a_match_tells_and_in_which_order() -> None:
    built = venue()
    maker = built.sell("0xaa", "0.52", "60")
    built.heard.clear()
    taker = built.buy("0xbb", "0.55", "100")
    assert built.names() == [
        "OrderPlaced",
        "TradeMatched",
        "FillMade",
        "FillMade",
        "CandleMoved",
        "CandleMoved",
        "BookChanged",
        "BookChanged",
    ]
    assert (taker.status, taker.filled, taker.remaining) == (OrderStatus.PARTIAL, D(60), D(40))
    assert built.exchange.order(maker.order_id).status == "FILLED"
    (record,) = taker.trades
    assert list(built.exchange.trades(built.symbol)) == [record]
    assert (record.maker_wallet, record.taker_wallet) == ("0xaa", "0xbb")
    assert (record.maker_fee, record.taker_fee) == (D(0), D("0.014") * D("0.52") * D("0.48") * 60)
    trade = record.trade
    assert (trade.price, trade.quantity, trade.taker_side, trade.outcome_index) == (D("0.52"), D(60), "buy", 0)
    assert (trade.maker_order_id, trade.taker_order_id) == (maker.order_id, taker.order_id)
    fills = [happening for happening in built.heard if isinstance(happening, FillMade)]
    assert [(fill.account, fill.side, fill.price) for fill in fills] == [
        ("0xaa", "sell", D("0.52")),
        ("0xbb", "buy", D("0.52")),
    ]


def test_each_side_of_a_mint_sees_its_own_outcome() -> None:
    built = venue()
    built.buy("0xaa", "0.52", "10")
    built.heard.clear()
    answer = built.buy("0xbb", "0.50", "10", outcome=1)
    assert answer.status == "FILLED"
    (record,) = answer.trades
    assert record.adjustment == "MINT"
    assert (record.trade.outcome_index, record.trade.price) == (1, D("0.48"))
    fills = [happening for happening in built.heard if isinstance(happening, FillMade)]
    assert [(fill.outcome_index, fill.price, fill.token_id) for fill in fills] == [
        (0, D("0.52"), built.row.yes_token_id),
        (1, D("0.48"), built.row.no_token_id),
    ]
    (candle,) = built.exchange.candles(built.row.no_token_id)
    assert (candle.open, candle.volume) == (D("0.48"), D(10))


def test_an_account_never_trades_with_itself() -> None:
    built = venue()
    own = built.sell("0xaa", "0.52", "10")
    other = built.sell("0xbb", "0.53", "10")
    built.heard.clear()
    answer = built.buy("0xaa", "0.54", "15")
    assert (answer.status, answer.filled) == (OrderStatus.PARTIAL, D(10))
    assert built.exchange.order(own.order_id).status == "CANCELLED"
    assert built.exchange.order(other.order_id).status == "FILLED"
    cancelled = [happening for happening in built.heard if isinstance(happening, OrderCancelled)]
    assert [happening.order_id for happening in cancelled] == [own.order_id]
    assert built.exchange.account("0xaa").position(built.row.yes_token_id).locked == 0
    assert shown(built.yes()) == {("bid", D("0.54")): (D(5), 1)}


def test_market_orders_take_any_price_and_never_rest() -> None:
    built = venue()
    built.sell("0xbb", "0.52", "10")
    built.sell("0xbb", "0.90", "10")
    answer = built.exchange.place("0xaa", built.symbol, "buy", 0, None, D(25), order_type="market")
    assert (answer.status, answer.filled, answer.remaining) == (OrderStatus.CANCELLED, D(20), D(5))
    assert built.exchange.order(answer.order_id).time_in_force == "ioc"
    assert [record.trade.price for record in answer.trades] == [D("0.52"), D("0.90")]
    assert shown(built.yes()) == {}
    assert not built.exchange.open_orders("0xaa")


def test_fill_or_kill() -> None:
    built = venue()
    built.sell("0xbb", "0.52", "10")
    killed = built.buy("0xaa", "0.52", "11", time_in_force="fok")
    assert (killed.status, killed.filled) == (OrderStatus.CANCELLED, D(0))
    assert built.names()[-2:] == ["OrderPlaced", "OrderCancelled"]
    assert shown(built.yes()) == {("ask", D("0.52")): (D(10), 1)}
    filled = built.buy("0xaa", "0.52", "10", time_in_force="fok")
    assert filled.status == "FILLED"


def test_a_fill_or_kill_does_not_count_its_own_orders() -> None:
    built = venue()
    own = built.sell("0xaa", "0.52", "10")
    killed = built.buy("0xaa", "0.52", "10", time_in_force="fok")
    assert killed.status == "CANCELLED"
    assert built.exchange.order(own.order_id).is_open


def test_a_cancel_is_its_owners() -> None:
    built = venue()
    answer = built.buy("0xaa", "0.52", "100")
    assert not built.exchange.cancel("0xbb", answer.order_id)
    assert not built.exchange.cancel("0xaa", "unknown")
    assert built.exchange.cancel("0xaa", answer.order_id)
    assert not built.exchange.cancel("0xaa", answer.order_id)
    assert built.exchange.order(answer.order_id).status == "CANCELLED"
    assert built.exchange.account("0xaa").balance().locked == 0
    assert built.names()[3:] == ["OrderCancelled", "BookChanged", "BookChanged"]


def test_a_client_order_id_is_placed_once() -> None:
    built = venue()
    first = built.buy("0xaa", "0.52", "100", client_order_id="x")
    again = built.buy("0xaa", "0.30", "5", client_order_id="x")
    assert again == first
    assert built.buy("0xbb", "0.52", "100", client_order_id="x").order_id != first.order_id
    assert len(built.exchange.open_orders("0xaa")) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NOPE"}, "market_not_found"),
        ({"outcome": 2}, "invalid_outcome"),
        ({"price": D("0.525")}, "invalid_amounts"),
        ({"price": D("0.5255")}, "invalid_amounts"),
        ({"price": D("1")}, "invalid_amounts"),
        ({"price": D("0")}, "invalid_amounts"),
        ({"price": None}, "invalid_amounts"),
        ({"quantity": D("0")}, "invalid_amounts"),
        ({"quantity": D("-1")}, "invalid_amounts"),
        ({"quantity": D("0.0000001")}, "invalid_amounts"),
        ({"quantity": D("NaN")}, "invalid_amounts"),
        ({"side": "hold"}, "validation_failed"),
        ({"order_type": "stop"}, "validation_failed"),
        ({"order_type": "market", "time_in_force": "gtc"}, "invalid_tif"),
        ({"time_in_force": "gtd"}, "invalid_tif"),
        ({"quantity": D("1000000")}, "insufficient_funds"),
        ({"side": "sell", "quantity": D("1000.000001")}, "insufficient_funds"),
    ],
)
def test_refusals_are_answers(changes: dict[str, object], code: str) -> None:
    built = venue()
    asked: dict[str, object] = {
        "symbol": built.symbol,
        "side": "buy",
        "outcome": 0,
        "price": D("0.5"),
        "quantity": D(1),
    }
    answer = built.exchange.place("0xaa", **(asked | changes))  # type: ignore[arg-type]
    assert (answer.status, answer.order_id, answer.reject_code) == ("REJECTED", "", code)
    assert answer.reject_message
    assert built.heard == []
    assert built.exchange.order_history("0xaa") == []


def test_a_buyer_needs_the_fee_as_well() -> None:
    built = venue(dollars="52", pairs="0")
    assert built.buy("0xaa", "0.52", "100").reject_code == "insufficient_funds"
    built.exchange.open_account("0xdd", "v", D("52.349440"))  # 0.014 * 0.52 * 0.48 * 100 on top
    assert built.buy("0xdd", "0.52", "100").reject_code is None


def test_the_fee_can_round_up_at_a_better_price() -> None:
    """Cut to six decimals, the fee at 0.57 is dearer than the one at the limit by more than the price is cheaper."""
    built = venue(fee_bps=1_000)
    built.exchange.open_account("0xdd", "v", D("0.000024"))
    built.sell("0xaa", "0.57", "1")
    assert built.buy("0xdd", "0.58", "0.000041").reject_code == "insufficient_funds"
    built.exchange.open_account("0xee", "v", D("0.000025"))
    assert built.buy("0xee", "0.58", "0.000041").status == "FILLED"
    built.exchange.check()


def test_a_market_buy_needs_what_it_will_really_cost() -> None:
    built = venue()
    built.exchange.open_account("0xdd", "v", D(100))
    built.exchange.split("0xdd", built.symbol, D(100))
    built.sell("0xdd", "0.50", "30")
    poor = built.exchange.open_account("0xee", "v", D("15.10"))
    bought = built.exchange.place(poor.wallet, built.symbol, "buy", 0, None, D(30), order_type="market")
    assert bought.reject_code == "insufficient_funds"  # 15 and a fee of 0.105
    bought = built.exchange.place(poor.wallet, built.symbol, "buy", 0, None, D("29.9"), order_type="market")
    assert bought.status == "FILLED"


def test_only_an_open_market_trades() -> None:
    built = venue()
    rests = built.buy("0xaa", "0.40", "10")
    for status in ("PAUSED", "OPEN", "SUSPENDED"):
        built.exchange.set_market_status(built.symbol, status)
        answer = built.buy("0xbb", "0.40", "10")
        assert (answer.reject_code == "market_not_open") == (status != "OPEN")
    assert built.exchange.cancel("0xaa", rests.order_id)  # a person can always get out


def test_a_frozen_platform_takes_no_orders() -> None:
    built = venue()
    rests = built.buy("0xaa", "0.40", "10")
    built.heard.clear()
    built.exchange.set_platform(frozen=True, maintenance=False, message="halted")
    assert built.buy("0xaa", "0.40", "10").reject_code == "platform_frozen"
    assert built.exchange.cancel("0xaa", rests.order_id)
    built.exchange.set_platform(frozen=False, maintenance=True, message=None)
    assert built.buy("0xaa", "0.40", "10").reject_code == "platform_maintenance"
    built.exchange.set_platform(frozen=False, maintenance=False, message=None)
    built.exchange.set_platform(frozen=False, maintenance=False, message=None)
    assert built.buy("0xaa", "0.40", "10").reject_code is None
    assert built.names().count("PlatformChanged") == 3
    assert not built.exchange.platform.frozen


def test_accounts_are_opened_once() -> None:
    built = venue()
    with pytest.raises(ValueError, match="already"):
        built.exchange.open_account("0xaa", "v", D(1))
    with pytest.raises(KeyError):
        built.exchange.account("0xzz")
    with pytest.raises(KeyError):
        built.buy("0xzz", "0.5", "1")


def test_history_is_newest_first_and_bounded() -> None:
    built = venue()
    for _ in range(KEEP_HISTORY + 5):
        built.exchange.cancel("0xaa", built.buy("0xaa", "0.10", "1").order_id)
    rests = built.buy("0xaa", "0.10", "1")
    history = built.exchange.order_history("0xaa")
    assert len(history) == KEEP_HISTORY + 1
    assert history[0].order_id == rests.order_id
    assert [order.number for order in history] == sorted((order.number for order in history), reverse=True)


def test_a_forgotten_order_frees_its_client_order_id() -> None:
    built = venue()
    first = built.buy("0xaa", "0.10", "1", client_order_id="once")
    built.exchange.cancel("0xaa", first.order_id)
    for _ in range(KEEP_HISTORY):
        built.exchange.cancel("0xaa", built.buy("0xaa", "0.10", "1").order_id)
    with pytest.raises(KeyError):
        built.exchange.order(first.order_id)
    assert built.buy("0xaa", "0.10", "1", client_order_id="once").order_id != first.order_id


def test_a_listener_may_trade() -> None:
    """What a reaction causes is told after what it reacted to, to every listener alike."""
    built = venue()
    late: list[Happening] = []

    def react(happening: Happening) -> None:
        if isinstance(happening, TradeMatched) and happening.quantity == 10:
            built.sell("0xaa", "0.60", "3")

    built.exchange.listen(react)
    built.exchange.listen(late.append)
    built.sell("0xaa", "0.52", "10")
    built.buy("0xbb", "0.52", "10")
    assert late == built.heard
    assert built.names()[3:] == [
        "OrderPlaced",
        "TradeMatched",
        "FillMade",
        "FillMade",
        "CandleMoved",
        "CandleMoved",
        "BookChanged",
        "BookChanged",
        "OrderPlaced",
        "BookChanged",
        "BookChanged",
    ]
    seqs = [happening.seq for happening in late if hasattr(happening, "seq")]
    assert seqs[::2] == list(range(seqs[0], seqs[0] + 3))


def test_a_listener_that_raises_loses_nothing_for_the_others() -> None:
    built = venue()

    def burst(happening: Happening) -> None:
        _ = 1 / (0 if isinstance(happening, OrderPlaced) else 1)

    built.exchange.listen(burst)
    with pytest.raises(ZeroDivisionError):
        built.buy("0xaa", "0.52", "10")
    built.exchange.cancel("0xaa", built.exchange.open_orders("0xaa")[0].order_id)
    assert built.names() == [
        "OrderPlaced",
        "BookChanged",
        "BookChanged",
        "OrderCancelled",
        "BookChanged",
        "BookChanged",
    ]


def test_one_registration_can_be_stopped() -> None:
    built = venue()
    heard: list[Happening] = []
    stop_first = built.exchange.listen(heard.append)
    built.exchange.listen(heard.append)
    stop_first()
    stop_first()
    built.buy("0xaa", "0.52", "10")
    assert heard == built.heard


def _day(seed: int) -> tuple[list[dict[str, object]], list[str]]:
    rng = random.Random(seed)
    exchange = Exchange(build_catalogue(rng, START_MS), Scheduler(START_MS), rng)
    heard: list[dict[str, object]] = []
    exchange.listen(lambda happening: heard.append({"type": type(happening).__name__} | asdict(happening)))
    symbol = exchange.catalogue.markets[0].symbol
    for wallet in WALLETS:
        exchange.open_account(wallet, f"{wallet}-vault", D(10_000))
        exchange.split(wallet, symbol, D(500))
    moves = random.Random(99)
    for number in range(400):
        wallet = moves.choice(WALLETS)
        price, size = D(moves.randrange(45, 56)).scaleb(-2), D(moves.randrange(1, 30))
        exchange.place(wallet, symbol, moves.choice(["buy", "sell"]), moves.randrange(2), price, size)
        exchange.scheduler.run_until(START_MS + number * 137)
    exchange.check()
    return heard, [exchange.token_book(row.yes_token_id).hash() for row in exchange.catalogue.markets]


def test_the_same_seed_gives_the_same_day() -> None:
    one, two, other = _day(11), _day(11), _day(12)
    assert one == two
    assert len(one[0]) > 2_000
    assert one[0] != other[0]


def test_a_recorded_print() -> None:
    built = replay_venue()
    row = built.exchange.catalogue.markets[2]
    built.exchange.print_trade(row.symbol, 1, D("0.3"), D("21.5"), "buy")
    assert built.names() == ["TradeMatched", "CandleMoved", "CandleMoved"]
    (record,) = built.exchange.trades(row.symbol)
    assert (str(record.trade.price), record.trade.token_id) == ("0.30", row.no_token_id)
    assert record.maker_wallet != record.taker_wallet
    assert record.maker.order_id == record.trade.maker_order_id
    (yes,), (no,) = (built.exchange.candles(row.token_id(outcome)) for outcome in (0, 1))
    assert (yes.close, no.close, yes.volume) == (D("0.70"), D("0.30"), D("21.5"))
    assert built.exchange.price(row.symbol) == D("0.70")
    assert built.exchange.volume(row.symbol) == D("21.5")
    built.wait(10_000)
    assert record.status in ("settled", "settlement_failed")
    assert "PositionChanged" not in built.names()
    with pytest.raises(ValueError, match="no print"):
        built.exchange.print_trade(row.symbol, 0, D("0.3"), D(1), "hold")
    with pytest.raises(ValueError, match="quantity"):
        built.exchange.print_trade(row.symbol, 0, D("0.3"), D(0), "buy")
    built.exchange.check()


def test_a_recorded_market_takes_no_orders() -> None:
    built = replay_venue()
    built.exchange.open_account("0xaa", "v", D(100))
    answer = built.exchange.place("0xaa", built.exchange.catalogue.markets[0].symbol, "buy", 0, D("0.5"), D(1))
    assert (answer.status, answer.reject_code) == (OrderStatus.REJECTED, "market_not_open")


def test_the_price_of_a_market() -> None:
    built = venue()
    assert built.exchange.price(built.symbol) == built.row.fair_value
    built.sell("0xaa", "0.57", "5")
    built.buy("0xbb", "0.57", "5")
    assert built.exchange.price(built.symbol) == D("0.57")  # an empty book: the last print
    built.sell("0xaa", "0.55", "5")
    built.buy("0xbb", "0.52", "5")
    assert built.exchange.price(built.symbol) == D("0.535")
    points = built.exchange.price_points(built.symbol, 1, first_ms=START_MS, step_ms=1000, count=1)
    assert points == [(START_MS, D("0.465"))]
