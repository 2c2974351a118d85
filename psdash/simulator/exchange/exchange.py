"""The exchange as everyone else sees it: accounts, orders, markets, books and tape behind one door.

Everything is synchronous and on one thread. Each call changes the state first and then tells the listeners what
happened, in order. Prices and sizes are Decimals out here and integers inside (units.py); nothing is ever rounded.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from psdash.simulator.exchange import units
from psdash.simulator.exchange.accounts import KEEP_HISTORY, Account
from psdash.simulator.exchange.books import TokenBook
from psdash.simulator.exchange.candles import CandleRecord
from psdash.simulator.exchange.happenings import ChainNews, Listener, PlatformChanged, TradeMatched
from psdash.simulator.exchange.ids import make_address, make_uuid
from psdash.simulator.exchange.ledger import USDC, Bucket, Ledger, Posting
from psdash.simulator.exchange.listing import Catalogue, MarketStatus
from psdash.simulator.exchange.market import FINAL, Market
from psdash.simulator.exchange.orders import Order, Placement
from psdash.simulator.exchange.outbox import Outbox
from psdash.simulator.exchange.recorded import RecordedBook
from psdash.simulator.exchange.settlement import SettlementDesk
from psdash.simulator.exchange.trades import Adjustment, TradeLeg, TradeRecord
from psdash.simulator.exchange.trading import OrderDesk
from psdash.simulator.scheduler import Scheduler

#: How many wallets are behind the prints of a recording, which names none.
RECORDED_WALLETS = 40


class NotRecordedError(ValueError):
    """A recording can only be played into a market whose book is one."""


class Exchange:
    """A whole small exchange. Every id comes from `rng` and every time from `scheduler`: same seed, same day.

    `names` makes the ids of orders and trades instead, for an exchange that must not name them as another run did: a
    venue never gives an id twice, and a client relies on it.
    """

    def __init__(
        self, catalogue: Catalogue, scheduler: Scheduler, rng: random.Random, names: random.Random | None = None
    ) -> None:
        self.catalogue = catalogue
        self.scheduler = scheduler
        self.ledger = Ledger()
        self._rng = rng
        self._names = names or rng
        self._outbox = Outbox()
        self._markets = {row.symbol: Market(row, self.ledger, self._outbox, rng) for row in catalogue.markets}
        self._books = {view.token_id: view for market in self._markets.values() for view in market.token_books}
        self._accounts: dict[str, Account] = {}
        self._settlement = SettlementDesk(scheduler, rng, self.ledger, self._outbox)
        self._desk = OrderDesk(self._markets, scheduler, self._names, self.ledger, self._outbox, self._settlement)
        self._outside = self.ledger.holding("outside", USDC, may_owe=True)
        self._chain_news = 0
        self._recorded_wallets = [make_address(rng) for _ in range(RECORDED_WALLETS)]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything that happens from now on; the answer stops it.

        A listener may place and cancel: what that causes is told to everyone after what happened before it.
        """
        return self._outbox.listen(listener)

    def check(self) -> None:
        """Prove that no money and no token was made or lost. Raises LedgerError."""
        self.ledger.check()
        for market in self._markets.values():
            market.collateral.check()

    # Accounts

    def open_account(self, wallet: str, vault: str, usdc: Decimal, *, keep_history: int = KEEP_HISTORY) -> Account:
        """Open an account with a deposit of `usdc` dollars. Raises ValueError on a known wallet or a bad amount."""
        if wallet in self._accounts:
            raise ValueError(f"{wallet} has an account already")
        amount_n = units.nanos(usdc)
        account = self._accounts[wallet] = Account(wallet, vault, self.ledger, keep_history)
        self._post_deposit(account, amount_n)
        return account

    def _post_deposit(self, account: Account, amount_n: int) -> None:
        lines = [
            Posting(self._outside, Bucket.AVAILABLE, -amount_n),
            Posting(account.usdc, Bucket.AVAILABLE, amount_n),
        ]
        self.ledger.post(self.scheduler.now_ms, "deposit", account.wallet, lines)

    def deposit(self, wallet: str, usdc: Decimal) -> None:
        """Money comes in. Raises KeyError on an unknown wallet, ValueError on a bad amount."""
        account, amount_n = self._accounts[wallet], units.nanos(usdc)
        self._post_deposit(account, amount_n)
        after = units.dollars(account.usdc.available + account.usdc.locked)
        body = {"vaultAddress": account.vault, "token": "USDC", "amount": f"{usdc:f}", "ledgerAfter": f"{after:f}"}
        self._tell_chain(wallet, "vault.deposit_confirmed", body)

    def confirm_vault(self, wallet: str) -> None:
        """The chain says that the wallet's vault exists. Raises KeyError."""
        self._tell_chain(wallet, "vault.deploy_confirmed", {"vaultAddress": self._accounts[wallet].vault}, block=True)

    def pause(self, wallet: str, blocks: int) -> None:
        """The contract pauses a user for so many blocks; it is only told (protocol §11). Raises KeyError."""
        self._accounts[wallet]
        until = self._settlement.block_number + blocks
        self._tell_chain(wallet, "user_paused", {"user": wallet, "untilBlock": until}, block=True)

    def unpause(self, wallet: str) -> None:
        """The pause is over. Raises KeyError."""
        self._accounts[wallet]
        self._tell_chain(wallet, "user_unpaused", {"user": wallet}, block=True)

    def _tell_chain(self, wallet: str, kind: str, body: Mapping[str, object], *, block: bool = False) -> None:
        now_ms = self.scheduler.now_ms
        self._chain_news += 1
        mark = hashlib.sha256(f"{kind} {wallet} {now_ms} {self._chain_news}".encode()).hexdigest()
        told = {**body, "txHash": f"0x{mark}"} | ({"blockNumber": self._settlement.block_number} if block else {})
        self._outbox.put(ChainNews(now_ms, wallet, kind, tuple(told.items())))
        self._outbox.deliver()

    def account(self, wallet: str) -> Account:
        """The account of a wallet. Raises KeyError."""
        return self._accounts[wallet]

    def split(self, wallet: str, symbol: str, quantity: Decimal) -> None:
        """Turn `quantity` dollars into as many YES-NO pairs. Raises KeyError, ValueError, LedgerError (too poor)."""
        self._settlement.split(self._accounts[wallet], self._markets[symbol], _some(quantity))
        self._outbox.deliver()

    def merge(self, wallet: str, symbol: str, quantity: Decimal) -> None:
        """Turn `quantity` YES-NO pairs into as many dollars. Raises KeyError, ValueError, LedgerError (too poor)."""
        self._settlement.merge(self._accounts[wallet], self._markets[symbol], _some(quantity))
        self._outbox.deliver()

    # Trading

    def place(
        self,
        wallet: str,
        symbol: str,
        side: str,
        outcome: int,
        price: Decimal | None,
        quantity: Decimal,
        *,
        order_type: str = "limit",
        time_in_force: str | None = None,
        client_order_id: str | None = None,
    ) -> Placement:
        """Place an order (protocol §8.4); a business refusal is an answer, an unknown wallet raises KeyError.

        `price` may be None for a market order, which then takes any price. Without `time_in_force` a limit order is
        gtc and a market order ioc. A `client_order_id` seen before from this wallet answers with that order. Told
        in this order: OrderPlaced, for each match TradeMatched and both FillMade, CandleMoved, then one BookChanged
        for each token.
        """
        return self._desk.place(
            self._accounts[wallet], symbol, side, outcome, price, quantity, order_type, time_in_force, client_order_id
        )

    def cancel(self, wallet: str, order_id: str) -> bool:
        """Cancel a resting order, whatever the market's status; False when this wallet has no such order."""
        return self._desk.cancel(self._accounts[wallet], order_id)

    def order(self, order_id: str) -> Order:
        """An order that rests or ended lately (2,000 an account are kept). Raises KeyError."""
        return self._desk.order(order_id)

    def open_orders(self, wallet: str, symbol: str | None = None) -> list[Order]:
        """A wallet's resting orders, oldest first. Raises KeyError."""
        orders = self._accounts[wallet].open_orders.values()
        return [order for order in orders if symbol is None or order.symbol == symbol]

    def order_history(self, wallet: str) -> list[Order]:
        """A wallet's orders, resting and ended, newest first. Raises KeyError."""
        account = self._accounts[wallet]
        orders = [*account.finished_orders, *account.open_orders.values()]
        return sorted(orders, key=lambda order: order.number, reverse=True)

    def trades_of(self, wallet: str) -> list[TradeRecord]:
        """A wallet's trades, newest first, failed ones included. Raises KeyError."""
        return list(reversed(self._accounts[wallet].trades))

    def jam_settlement(self, jams: Callable[[TradeRecord], bool] | None) -> None:
        """Let the chain never answer for the fresh matches that `jams` picks; None lets it answer for all again."""
        self._settlement.jams = jams

    # Markets and platform

    @property
    def platform(self) -> PlatformChanged:
        """The venue's own state: frozen, maintenance, message, and since when."""
        return self._desk.platform

    def set_platform(self, *, frozen: bool, maintenance: bool, message: str | None) -> None:
        """Freeze the venue, put it into maintenance, or bring it back. Orders are refused unless both are off."""
        now = PlatformChanged(self.scheduler.now_ms, frozen=frozen, maintenance=maintenance, message=message)
        was = self._desk.platform
        if (now.frozen, now.maintenance, now.message) == (was.frozen, was.maintenance, was.message):
            return
        self._desk.platform = now
        self._outbox.put(now)
        self._outbox.deliver()

    def market_state(self, symbol: str) -> Market:
        """A market's live state: status, times, payout. Raises KeyError."""
        return self._markets[symbol]

    def market_status(self, symbol: str) -> MarketStatus:
        """A market's status now. Raises KeyError."""
        return self._markets[symbol].status

    def price(self, symbol: str) -> Decimal:
        """What a YES share is worth now: the payout, else the mid, else the last print, else the first fair value."""
        return self._markets[symbol].price(0)

    def volume(self, symbol: str, since_ms: int | None = None) -> Decimal:
        """Shares traded since then, to the five-second bucket; without a time, since the exchange began."""
        return self._markets[symbol].volume(since_ms)

    def set_market_status(self, symbol: str, status: str, payout: tuple[str, ...] | None = None) -> None:
        """Move a market along protocol §7.4. Raises KeyError, IllegalTransitionError, or ValueError on the payout.

        RESOLVED needs payout numerators such as ("1", "0"); VOIDED pays equal amounts without. Both cancel what
        rests and redeem every account's tokens at once; trades that settle later are redeemed as they do.
        """
        market = self._markets[symbol]
        market.set_status(self.scheduler.now_ms, MarketStatus(status), payout)
        if market.status in FINAL:
            self._desk.clear(market)
            for account in self._accounts.values():
                self._settlement.redeem(account, market)
        self._outbox.deliver()

    # Reading

    def token_book(self, token_id: str) -> TokenBook:
        """The live view of one token's book. Raises KeyError."""
        return self._books[token_id]

    def trades(self, symbol: str) -> Sequence[TradeRecord]:
        """The last 5,000 trades of a market, oldest first, failed ones included (the public tape hides those)."""
        return self._markets[symbol].trades

    def candles(self, token_id: str, *, before_ms: int | None = None, limit: int | None = None) -> list[CandleRecord]:
        """A token's five-second candles, oldest first; buckets without a print are absent. Raises KeyError."""
        row, outcome = self.catalogue.by_token(token_id)
        return self._markets[row.symbol].candles.read(outcome, before_ms=before_ms, limit=limit)

    def price_points(
        self, symbol: str, outcome: int, *, first_ms: int, step_ms: int, count: int
    ) -> list[tuple[int, Decimal]]:
        """(time in ms, price) every `step_ms`: the mid, else the last print, carried forward (protocol §7.8)."""
        return self._markets[symbol].mids.sample(outcome, first_ms, step_ms, count)

    # Recorded markets

    def replace_level(self, symbol: str, side: str, price: Decimal, quantity: Decimal) -> None:
        """Set the total at one YES price of a recorded market; see `replace_levels`."""
        self.replace_levels(symbol, [(side, price, quantity)])

    def replace_levels(self, symbol: str, levels: Iterable[tuple[str, Decimal, Decimal]]) -> None:
        """Set several (side "bid"|"ask", YES price, new total) of a recorded market as one event of its book.

        Raises KeyError on an unknown market, NotRecordedError on a matched one, ValueError on a bad number.
        """
        market, book = self._recording(symbol)
        checked = [(_is_bid(side), units.mills(price), units.micros(quantity)) for side, price, quantity in levels]
        for is_bid, price_m, quantity_u in checked:
            book.replace(is_bid=is_bid, yes_price_m=price_m, quantity_u=quantity_u)
        market.book_moved(self.scheduler.now_ms)
        self._outbox.deliver()

    def load_book(
        self, symbol: str, bids: Iterable[tuple[Decimal, Decimal]], asks: Iterable[tuple[Decimal, Decimal]]
    ) -> None:
        """Make a recorded market's book exactly these (YES price, total) levels, as one event. Raises as above."""
        market, book = self._recording(symbol)
        book.load(*([(units.mills(price), units.micros(size)) for price, size in side] for side in (bids, asks)))
        market.book_moved(self.scheduler.now_ms)
        self._outbox.deliver()

    def print_trade(self, symbol: str, outcome: int, price: Decimal, quantity: Decimal, taker_side: str) -> None:
        """Put a recorded print on the tape: trade, candle and a settlement later; no book change, no money.

        `price` is the outcome's own. The wallets are invented. Raises as above.
        """
        market, _ = self._recording(symbol)
        price_m, quantity_u = units.mills(price), _some(quantity)
        if outcome not in (0, 1) or taker_side not in ("buy", "sell"):
            raise ValueError(f"no print is a {taker_side} of outcome {outcome}")
        wallets = self._rng.sample(self._recorded_wallets, 2)
        sides = ("sell" if taker_side == "buy" else "buy", taker_side)
        fees = (0, units.taker_fee_n(price_m, quantity_u, market.row.fee_taker_bps))
        token_id = market.row.token_id(outcome)
        maker, taker = (
            TradeLeg(wallet, make_uuid(self._names), token_id, side, outcome, price_m, fee_n)
            for wallet, side, fee_n in zip(wallets, sides, fees, strict=True)
        )
        record = TradeRecord(
            trade=TradeMatched(
                at_ms=self.scheduler.now_ms,
                trade_id=make_uuid(self._names),
                symbol=symbol,
                token_id=token_id,
                condition_id=market.row.condition_id,
                outcome_index=outcome,
                price=taker.price,
                quantity=units.shares(quantity_u),
                taker_side=taker_side,
                maker_order_id=maker.order_id,
                taker_order_id=taker.order_id,
            ),
            maker=maker,
            taker=taker,
            yes_price_m=units.MILLS - price_m if outcome else price_m,
            quantity_u=quantity_u,
            adjustment=Adjustment.NONE,
        )
        self._settlement.open(record, market)
        market.print_trade(record)
        market.tell_candles(record.at_ms)
        self._outbox.deliver()

    def _recording(self, symbol: str) -> tuple[Market, RecordedBook]:
        market = self._markets[symbol]
        if not isinstance(market.book, RecordedBook):
            raise NotRecordedError(f"{symbol} is not a recorded market")
        return market, market.book


def _is_bid(side: str) -> bool:
    if side not in ("bid", "ask"):
        raise ValueError(f"a book has bids and asks, no {side}")
    return side == "bid"


def _some(quantity: Decimal) -> int:
    quantity_u = units.micros(quantity)
    if not quantity_u:
        raise ValueError("quantity must be above 0")
    return quantity_u
