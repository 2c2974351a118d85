"""Both gateways against the embedded exchange in virtual time: what they show is what the ledger holds."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from psdash.account.account import AccountPane
from psdash.account.orders import LAG_MS, OrderStatus
from psdash.gateway.notices import BookMoved, GatewayName, LinkState, Spoken
from psdash.gateway.venue import UnknownMarketError, VenueUnreachableError
from psdash.market.board import MarketPane
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Settlement
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.auth import FIXED_CREDENTIALS, NO_SCOPE_KEY
from psdash.simulator.protocol.frames import Push
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import RestError
from psdash.simulator.protocol.rest_private import PrivateReads
from psdash.simulator.protocol.rest_public import PublicReads
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, WALLET, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, refused_commands, room


def play(act: Callable[[Room, SmallWorld], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run one act in a room of its own, watching the main market."""

    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], **options) as made:
            await act(made, world)

    run(main())


async def settled(made: Room) -> None:
    """Wait until everything shown is live."""
    await made.until(lambda: made.is_live(MAIN) and made.is_account_live())


def test_the_first_seconds_of_a_session() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        assert made.matches(MAIN)
        live = [PaneState.CONNECTING, PaneState.SYNCING, PaneState.LIVE]
        assert made.pane_states(MAIN, MarketPane.BOOK, 0) == live
        assert made.pane_states(MAIN, MarketPane.BOOK, 1) == live
        assert made.pane_states(MAIN, MarketPane.TAPE) == live
        assert made.account_states(AccountPane.ORDERS) == live
        await made.until(lambda: made.state(MAIN).freshness[MarketPane.STATUS].is_live)
        await made.until(lambda: made.venue.market.link.round_trip_ms is not None, limit_s=2.0)
        assert made.account.wallet == WALLET
        assert made.account.vault == world.demo.vault

    play(act)


def test_every_change_reaches_both_books() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        for step in range(40):
            world.place(MAKER, "buy" if step % 2 else "sell", f"0.{44 + step % 2 * -3 + step % 5}", "3")
            world.advance(50)
            await made.until(lambda: made.matches(MAIN), limit_s=1.0)
        assert made.venue.market.counts.applied > 80
        assert made.venue.market.counts.duplicate == 0
        told = [n for n in made.notices if isinstance(n, BookMoved) and n.outcome_index == 0]
        moves = [move.seq for move in told if move.seq is not None]
        told_once = sorted(set(moves))
        assert told_once == list(range(moves[0], moves[0] + len(told_once)))  # every sequence, none left out
        assert len(told_once) > 40
        assert moves == sorted(moves)
        assert len(moves) - len(told_once) <= 1  # the answer to the session's first audit tells its sequence again

    play(act)


def test_an_own_order_lives_its_life() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        order_id = world.place(WALLET, "buy", "0.50", "30", client_order_id="mm-1").order_id
        await made.until(lambda: made.account.orders.get(order_id) is not None, limit_s=1.0)
        world.place(MAKER, "sell", "0.50", "12")
        await made.until(lambda: len(made.account.fills) == 1, limit_s=1.0)
        order = made.account.orders.get(order_id)
        assert order is not None
        assert (order.status, order.filled, order.remaining) == (OrderStatus.PARTIAL, Decimal(12), Decimal(18))
        (fill,) = made.account.fills.newest(5)
        assert (fill.size, fill.symbol, fill.settlement) == (Decimal(12), world.row.symbol, Settlement.MATCHED)
        await made.until(lambda: made.state(MAIN).tape.last is not None)
        print_ = made.state(MAIN).tape.get(fill.trade_id)
        assert print_ is not None
        assert print_.is_own
        world.advance(20_000)
        await made.until(lambda: made.account.fills.newest(1)[0].settlement is Settlement.SETTLED, limit_s=5.0)
        await made.until(lambda: made.account.fills.newest(1)[0].fee is not None)
        world.exchange.cancel(WALLET, order_id)
        await made.until(lambda: not made.account.orders.open, limit_s=1.0)
        ended = made.account.orders.get(order_id)
        assert ended is not None
        assert ended.status is OrderStatus.CANCELLED
        await made.until(lambda: _positions(made) == _held(made, world))

    play(act)


def _positions(made: Room) -> dict[int, Decimal]:
    return {position.outcome_index: position.size for position in made.account.positions.held}


def _held(made: Room, world: SmallWorld) -> dict[int, Decimal]:
    account = world.exchange.account(WALLET)
    return {outcome: account.position(world.row.token_id(outcome)).total for outcome in (0, 1)}


async def _agrees_with_rest(made: Room, world: SmallWorld) -> None:
    """At rest the private panes are the venue's own answers."""
    orders = (await made.private("/api/orders/open"))["orders"]
    assert {order.order_id: order.filled for order in made.account.orders.open} == {
        row["id"]: Decimal(row["filledQty"]) for row in orders
    }
    trades = (await made.private("/api/me/trades"))["trades"]
    failed = {t.trade_id for t in world.exchange.trades(world.row.symbol) if t.status == "settlement_failed"}
    # A match whose settlement failed is hidden by REST (protocol §8.3); here it stays, as never settled.
    fills = [fill for fill in made.account.fills.newest(1_000) if fill.trade_id not in failed]
    assert sorted((fill.trade_id, fill.order_id) for fill in fills) == sorted((t["id"], t["orderId"]) for t in trades)
    positions = (await made.private("/api/me/positions"))["positions"]
    assert {(p.symbol, p.outcome_index): p.size for p in made.account.positions.held} == {
        (row["marketId"], int(row["outcome"])): Decimal(row["quantity"]) for row in positions
    }


@pytest.mark.parametrize("outage_s", [0.0, 40.0])
def test_an_outage_costs_nothing_that_happened_in_it(outage_s: float) -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        kept = world.place(WALLET, "buy", "0.50", "100").order_id
        gone = world.place(WALLET, "buy", "0.30", "10").order_id
        await made.until(lambda: len(made.account.orders.open) == 2)
        made.cut()
        for step in range(30):  # before the client can be back
            world.place(MAKER, "sell", "0.50", "2")
            world.place(MAKER, "buy", f"0.{35 + step % 9}", "1")
            world.advance(100)
        world.exchange.cancel(WALLET, gone)
        await made.until(lambda: not made.is_live(MAIN), limit_s=2.0)
        assert made.pane_states(MAIN, MarketPane.BOOK, 0)[-1] is PaneState.STALE
        await asyncio.sleep(outage_s)
        await settled(made)
        await made.passes(LAG_MS / 1_000)  # a list that lags may lack an order that is younger
        await made.until(lambda: not made.account.orders.in_doubt, limit_s=5.0)
        assert made.matches(MAIN)
        state = made.state(MAIN)
        assert {p.trade_id for p in state.tape.newest(500)} == await made.tape_ids(world.row.symbol)
        assert len(made.account.fills) == 30
        order = made.account.orders.get(kept)
        assert order is not None
        assert order.filled == Decimal(60)
        await _agrees_with_rest(made, world)

    play(act)


@pytest.mark.parametrize("seed", range(3))
def test_many_cuts_and_a_moving_market(seed: int) -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        draw = random.Random(seed)
        await settled(made)
        for _ in range(60):
            for _ in range(draw.randrange(6)):
                wallet = draw.choice([WALLET, MAKER])
                world.place(
                    wallet, draw.choice(["buy", "sell"]), f"0.{draw.randrange(40, 60)}", str(draw.randrange(1, 9))
                )
            world.advance(draw.randrange(400))
            if draw.random() < 0.2:
                made.cut()
            await asyncio.sleep(draw.random() * 2)
        world.advance(60_000)
        await asyncio.sleep(100)
        await settled(made)
        assert made.matches(MAIN)
        newest = {p.trade_id for p in made.state(MAIN).tape.newest(5_000)}
        assert newest >= await made.tape_ids(world.row.symbol)
        await _agrees_with_rest(made, world)
        made.conserved()

    play(act, seed=seed)


class LossyLine(Line):
    """Loses, repeats and swaps book frames, but never an answer to a question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turn = 0
        self.held: bytes | None = None

    def push(self, push: Push, sid: int) -> None:
        if push.type not in ("book_delta", "book_update"):
            super().push(push, sid)
            return
        self.turn += 1
        frame = push.frame(sid)
        if self.turn % 7 == 0:
            return
        if self.turn % 5 == 0:
            self.write(frame)
        if self.turn % 11 == 0 and self.held is None:
            self.held = frame
            return
        self.write(frame)
        if self.held is not None:
            self.write(self.held)
            self.held = None


def test_a_lossy_feed_never_lies_and_always_recovers() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        history: dict[tuple[str, int], object] = {}
        for step in range(300):
            world.place(MAKER, "buy" if step % 3 else "sell", f"0.{43 + step % 14}", str(1 + step % 4))
            world.advance(20)
            for token in made.state(MAIN).market.tokens:
                truth = world.exchange.token_book(token)
                history[token, truth.seq] = [
                    (side[0].price, side[0].quantity) if side else None for side in (truth.bids(), truth.asks())
                ]
            await asyncio.sleep(0.05)
            for outcome, book in enumerate(made.state(MAIN).books):
                if made.state(MAIN).book_freshness[outcome].is_live and book.seq is not None:
                    best = [level and (level.price, level.size) for level in (book.best_bid, book.best_ask)]
                    assert history.get((book.token, book.seq), best) == best
        await asyncio.sleep(10)
        await settled(made)
        assert made.matches(MAIN)
        assert PaneState.RESYNC in made.pane_states(MAIN, MarketPane.BOOK, 0)
        assert made.venue.market.counts.duplicate > 0

    play(act, options=ServerOptions(line_factory=LossyLine))


class SilentLine(Line):
    """Goes silent: acknowledgements and pongs go on, data stops."""

    silent = False

    def push(self, push: Push, sid: int) -> None:
        if not SilentLine.silent:
            super().push(push, sid)


def test_a_silent_subscription_is_stale_within_ten_seconds_and_recovered_within_fifteen() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        SilentLine.silent = False
        await settled(made)
        await asyncio.sleep(30)
        SilentLine.silent = True
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        world.place(MAKER, "buy", "0.49", "5")
        await made.until(lambda: not made.is_live(MAIN), limit_s=10.0)
        assert made.state(MAIN).freshness[MarketPane.TAPE].state is PaneState.STALE
        await made.until(lambda: len(made.links(GatewayName.MARKET)) and made.venue.market.connection.sessions > 1)
        SilentLine.silent = False
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=15.0)
        assert loop.time() - started_s <= 15.0

    play(act, options=ServerOptions(line_factory=SilentLine))


def test_a_quiet_market_stays_live() -> None:
    """Real books are silent for minutes before a match: quiet is not stale."""

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        before = len(made.pane_states(MAIN, MarketPane.BOOK, 0))
        await asyncio.sleep(1_800)
        assert len(made.pane_states(MAIN, MarketPane.BOOK, 0)) == before
        freshness = made.state(MAIN).book_freshness[0]
        age_s = freshness.age_s(asyncio.get_running_loop().time())
        assert age_s is not None
        assert age_s <= 6.0
        assert made.venue.market.connection.sessions == 1

    play(act)


class TaillessLine(Line):
    """Loses one delta that nothing follows."""

    lose = False

    def push(self, push: Push, sid: int) -> None:
        if push.type == "book_delta" and TaillessLine.lose:
            return
        super().push(push, sid)


def test_a_lost_last_delta_is_found_by_the_audit() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        TaillessLine.lose = False
        await settled(made)
        TaillessLine.lose = True
        world.place(MAKER, "buy", "0.49", "5")
        await asyncio.sleep(0.1)
        TaillessLine.lose = False
        assert not made.matches(MAIN)
        await made.until(lambda: made.matches(MAIN), limit_s=7.0)
        assert made.is_live(MAIN)

    play(act, options=ServerOptions(line_factory=TaillessLine))


def test_a_snapshot_command_that_the_venue_reads_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protocol §3.5 is a guess: when it is refused, a new subscription brings the snapshot."""
    monkeypatch.setattr("psdash.simulator.protocol.guesses.PARAMS_SNAPSHOT_ID", ("something_else",))
    refusals = refused_commands(monkeypatch)

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        for step in range(60):
            world.place(MAKER, "buy", f"0.{40 + step % 9}", "1")
            await asyncio.sleep(0.3)
        await asyncio.sleep(30)
        await settled(made)
        assert made.matches(MAIN)
        assert made.venue.market.connection.sessions == 1
        assert refusals

    play(act, options=ServerOptions(line_factory=LossyLine))


def test_a_venue_that_gives_no_snapshots_is_read_by_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psdash.simulator.protocol.session.Session._send_snapshots", lambda *_: None)
    monkeypatch.setattr("psdash.simulator.protocol.guesses.PARAMS_SNAPSHOT_ID", ("something_else",))

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: made.board.state(MAIN) is not None and made.state(MAIN).books[0].seq is not None)
        freshness = made.state(MAIN).book_freshness[0]
        assert freshness.state is PaneState.STALE
        assert "read by REST" in freshness.reason
        world.place(MAKER, "buy", "0.49", "5")
        await made.until(lambda: made.matches(MAIN), limit_s=12.0)

    play(act)


@pytest.mark.parametrize("reason", sorted(set(FIXED_CREDENTIALS) - {"api_key_scope_missing"}))
def test_a_refused_key_is_said_on_every_pane(reason: str) -> None:
    slow = reason in ("api_key_auth_disabled", "api_key_auth_unconfigured")

    async def act(made: Room, world: SmallWorld) -> None:
        ended = LinkState.BACKOFF if slow else LinkState.REFUSED
        await made.until(lambda: made.venue.market.link.state is ended, limit_s=2.0)
        await made.until(lambda: made.venue.user.link.state is ended, limit_s=2.0)
        await asyncio.sleep(300)
        dials = [link for link in made.links(GatewayName.MARKET) if link.state is LinkState.DIALLING]
        assert len(dials) == 1 if not slow else 2 <= len(dials) <= 6
        if not slow:
            state = made.state(MAIN)
            shown = [*state.book_freshness, state.freshness[MarketPane.TAPE], *made.account.freshness.values()]
            assert {freshness.state for freshness in shown} == {PaneState.REFUSED}
            assert all("stopped dialling" in freshness.reason for freshness in shown)
            assert any("stopped dialling" in text for text in made.said(Spoken))
        assert made.state(MAIN).freshness[MarketPane.STATUS].is_live  # public REST goes on

    play(act, key=FIXED_CREDENTIALS[reason])


def test_a_key_without_the_scope_costs_the_private_panes_only() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: made.is_live(MAIN))
        await made.until(lambda: made.account.freshness[AccountPane.ORDERS].state is PaneState.REFUSED)
        assert all("portfolio:read" in each.reason for each in made.account.freshness.values())
        await asyncio.sleep(120)
        assert made.is_live(MAIN)
        assert made.venue.user.connection.sessions == 1

    play(act, key=NO_SCOPE_KEY)


def test_a_key_revoked_in_the_middle_ends_both_gateways() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        made.server.revoke(made.server.keyring.fresh.key_id)
        await made.until(lambda: made.venue.market.link.state is LinkState.REFUSED, limit_s=2.0)
        await made.until(lambda: made.venue.user.link.state is LinkState.REFUSED, limit_s=2.0)
        assert made.state(MAIN).book_freshness[0].state is PaneState.REFUSED
        assert made.state(MAIN).books[0].best_bid is not None  # old and marked, not removed

    play(act)


def test_without_a_key_the_gateways_stay_off_and_say_so() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: made.board.state(MAIN) is not None)
        await asyncio.sleep(5)
        assert made.venue.market.link.state is LinkState.OFF
        assert made.venue.user.link.state is LinkState.OFF
        assert made.state(MAIN).book_freshness[0].state is PaneState.OFF
        assert "PSDASH_API_KEY" in made.state(MAIN).book_freshness[0].reason
        assert "PSDASH_API_KEY" in made.account.freshness[AccountPane.ORDERS].reason
        assert made.state(MAIN).freshness[MarketPane.STATUS].is_live
        assert len(made.server.lines) == 0

    play(act, key=None)


def test_an_unknown_slug_names_the_nearest() -> None:
    async def main() -> None:
        async with room(watch=["spain-vs-france-2026-yess"]) as made:
            await made.until(lambda: made.said(Spoken))
            assert "spain-vs-france-2026-yes" in made.said(Spoken)[0]
            with pytest.raises(UnknownMarketError) as caught:
                await made.venue.resolve("no-such-thing")
            assert caught.value.nearest
            assert (await made.venue.resolve(MAIN)).slug == MAIN

    run(main())


def test_a_venue_that_is_not_there_is_waited_for() -> None:
    async def main() -> None:
        async with room() as made:
            await made.server.close()
            with pytest.raises(VenueUnreachableError):
                await made.venue.load_catalogue()
            made.watch(MAIN)
            await made.until(lambda: made.venue.market.link.state is LinkState.BACKOFF)
            assert made.venue.market.link.reason
            assert made.venue.market.link.retry_in_s is not None

    run(main())


def _both_live(made: Room, slug: str) -> bool:
    return made.is_live(slug) and made.is_live(MAIN)


def test_markets_come_and_go() -> None:
    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            await made.venue.load_catalogue()
            slugs = [market.slug for market in made.board.catalogue if market.tokens][:6]
            await made.until(lambda: made.is_live(MAIN))
            for slug in slugs:
                made.watch(slug, MAIN)
                await made.until(partial(_both_live, made, slug), limit_s=5.0)
            made.watch(slugs[-1])
            assert made.state(MAIN).book_freshness[0].state is PaneState.OFF
            await asyncio.sleep(5)
            made.watch(MAIN, slugs[-1])
            await made.until(lambda: made.is_live(MAIN) and made.is_live(slugs[-1]), limit_s=5.0)
            assert made.matches(MAIN)

    run(main())


def test_status_and_platform_are_told() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        world.exchange.set_market_status(world.row.symbol, "PAUSED")
        await made.until(lambda: made.state(MAIN).market.status is MarketStatus.PAUSED, limit_s=40.0)
        assert made.state(MAIN).freshness[MarketPane.STATUS].state is PaneState.PAUSED
        assert made.state(MAIN).book_freshness[0].is_live  # the book is preserved
        world.exchange.set_platform(frozen=True, maintenance=False, message="checking")
        await made.until(lambda: made.board.platform.frozen, limit_s=1.0)
        assert made.board.platform.since_ms is not None
        assert made.board.platform_freshness.is_live

    play(act)


def test_asking_for_a_resync_by_hand() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        made.venue.market.resync(MAIN)
        assert made.state(MAIN).book_freshness[0].state is PaneState.RESYNC
        await made.until(lambda: made.is_live(MAIN), limit_s=1.0)

    play(act)


def test_candles_come_from_rest_and_live() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        world.place(WALLET, "buy", "0.52", "5")
        world.advance(60_000)
        await settled(made)
        await made.until(lambda: len(made.state(MAIN).candles[0]) == 1)
        world.place(WALLET, "buy", "0.52", "7")
        await made.until(lambda: len(made.state(MAIN).candles[0]) == 2, limit_s=1.0)
        yes, no = (series.last for series in made.state(MAIN).candles)
        assert yes is not None
        assert no is not None
        assert (yes.close, no.close, yes.volume) == (Decimal("0.52"), Decimal("0.48"), Decimal(7))

    play(act)


def _break(monkeypatch: pytest.MonkeyPatch, reads: type[Any], route: str, status: int) -> list[bool]:
    """A REST route of the exchange fails with this status for as long as the switch is on."""
    switch = [True]
    whole: Callable[[Any, Any], object] = getattr(reads, route)

    def handler(self: Any, query: Any) -> object:
        if switch[0]:
            raise RestError(status, "out_of_order", "out of order")
        return whole(self, query)

    monkeypatch.setattr(reads, route, handler)
    return switch


def test_a_read_that_fails_costs_its_own_pane_only(monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, PrivateReads, "trades", 500)

    async def act(made: Room, world: SmallWorld) -> None:
        freshness = made.account.freshness
        await made.until(lambda: freshness[AccountPane.ORDERS].is_live and freshness[AccountPane.POSITIONS].is_live)
        assert freshness[AccountPane.FILLS].state is PaneState.SYNCING
        assert "in trouble" in freshness[AccountPane.FILLS].reason
        world.place(WALLET, "buy", "0.52", "3")
        await made.until(lambda: len(made.account.fills) == 1, limit_s=1.0)  # the socket's own are shown all the same

    play(act)


def test_without_a_portfolio_route_the_vault_tells_the_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, PrivateReads, "positions", 404)

    async def act(made: Room, world: SmallWorld) -> None:
        await made.venue.load_catalogue()
        await made.until(lambda: made.is_account_live() and made.account.positions.held)
        assert _positions(made) == _held(made, world)

    play(act)


def test_a_read_that_hangs_does_not_hold_up_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    switches = [_break(monkeypatch, PublicReads, route, 503) for route in ("trades", "ohlc")]

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: made.board.state(MAIN) is not None and made.state(MAIN).book_freshness[0].is_live)
        world.place(WALLET, "buy", "0.52", "3")
        await made.until(lambda: len(made.state(MAIN).tape) == 1, limit_s=2.0)
        tape = made.state(MAIN).freshness[MarketPane.TAPE]
        assert tape.is_live
        assert "no history" in tape.reason
        for switch in switches:
            switch[0] = False
        await made.until(lambda: made.state(MAIN).freshness[MarketPane.TAPE].reason == "")

    play(act)


def test_a_gateway_of_another_kind_does_not_confuse() -> None:
    """A frame of the user gateway on the market's socket is counted, not applied."""

    class Confused(Line):
        def push(self, push: Push, sid: int) -> None:
            super().push(push, sid)
            if push.type == "trade_matched":
                body = json.loads(push.frame(sid))
                self.write(json.dumps(body | {"sid": 9_999}).encode())
                self.write(b'{"type":"order_placed","sid":1,"channel":"user_orders","data":{"orderId":"x"}}')

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        world.place(WALLET, "buy", "0.52", "5")
        await made.until(lambda: made.venue.market.counts.ignored >= 2, limit_s=1.0)
        assert len(made.state(MAIN).tape) == 1
        made.conserved()

    play(act, options=ServerOptions(line_factory=Confused))


def test_an_outage_that_history_cannot_tell_stands_as_a_gap_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    switch = _break(monkeypatch, PublicReads, "trades", 503)
    switch[0] = False

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        world.place(WALLET, "buy", "0.52", "1")
        await made.passes(5)
        switch[0] = True
        made.cut()
        for _ in range(20):
            world.place(WALLET, "buy", "0.52", "1")
            world.advance(500)
        lost = {trade.trade_id: trade.at_ms for trade in world.exchange.trades(world.row.symbol)}
        tape = made.state(MAIN).tape
        await made.until(lambda: tape.gaps, limit_s=10.0)
        await made.passes(2)
        world.place(WALLET, "buy", "0.52", "1")  # a live print behind the outage must not hide it
        await made.until(lambda: len(tape) >= 2)
        (gap,) = tape.gaps
        known = {p.trade_id for p in tape.newest(100)}
        assert all(i in known or gap.from_ms <= at_ms <= gap.to_ms for i, at_ms in lost.items())
        assert len(known) < len(lost)
        assert made.venue.market.counts.incidents["gaps on the tape"] == 1
        switch[0] = False
        await made.until(lambda: not tape.gaps, limit_s=40.0)
        assert {p.trade_id for p in tape.newest(100)} == await made.tape_ids(world.row.symbol)

    play(act)


class TradelessLine(Line):
    """Loses every print and every settlement, and nothing else."""

    deaf = False

    def push(self, push: Push, sid: int) -> None:
        if not (TradelessLine.deaf and push.type in ("trade_matched", "trade_settled")):
            super().push(push, sid)


def test_a_print_that_the_socket_lost_is_found_by_rereading_the_tape() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        TradelessLine.deaf = False
        await settled(made)
        TradelessLine.deaf = True
        world.place(WALLET, "buy", "0.52", "3")
        await made.passes(35)
        (print_,) = made.state(MAIN).tape.newest(5)
        assert print_.settlement is Settlement.SETTLED
        assert made.state(MAIN).tape.gaps == []
        assert made.venue.market.counts.incidents["prints that only history told"] == 1

    play(act, options=ServerOptions(line_factory=TradelessLine))


def test_a_match_that_never_settles_is_called_unsettled() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        world.exchange.jam_settlement(lambda _: True)
        world.place(WALLET, "buy", "0.52", "3")
        tape = made.state(MAIN).tape
        await made.passes(45)
        assert tape.unsettled_count == 0
        await made.passes(60)
        assert tape.unsettled_count == 1
        (fill,) = made.account.fills.newest(1)
        assert fill.settlement is Settlement.UNSETTLED
        assert made.venue.market.counts.incidents["matches that did not settle"] == 1

    play(act)


class ForgetfulLine(Line):
    """The user gateway forgets to tell of orders and fills."""

    forgets = False

    def push(self, push: Push, sid: int) -> None:
        if not (ForgetfulLine.forgets and push.type in ("order_placed", "user_fill")):
            super().push(push, sid)


def test_what_only_rest_tells_is_shown_as_a_difference_until_two_readings_agree() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        ForgetfulLine.forgets = False
        await settled(made)
        await made.passes(5)
        ForgetfulLine.forgets = True
        world.place(WALLET, "buy", "0.30", "7")
        world.place(WALLET, "buy", "0.52", "3")
        await made.passes(2)
        ForgetfulLine.forgets = False
        orders = made.account.freshness
        await made.passes(33)
        assert len(made.account.orders.open) == 1  # REST is shown at once
        await made.passes(20)
        assert orders[AccountPane.ORDERS].reason == "the socket differed from REST: 1 order"
        assert orders[AccountPane.FILLS].reason == "the socket differed from REST: 1 fill"
        assert made.is_account_live()
        await made.passes(70)
        assert orders[AccountPane.ORDERS].reason == ""
        assert made.venue.user.counts.incidents["differences from REST"] >= 2
        await _agrees_with_rest(made, world)

    play(act, options=ServerOptions(line_factory=ForgetfulLine))


def test_the_panes_of_an_honest_socket_never_differ() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        draw = random.Random(3)
        await settled(made)
        for _ in range(150):
            wallet = draw.choice([WALLET, MAKER])
            side, price = draw.choice(["buy", "sell"]), f"0.{draw.randrange(40, 60)}"
            placed = world.place(wallet, side, price, str(draw.randrange(1, 9)))
            await made.passes(1)
            if draw.random() < 0.3 and wallet == WALLET:
                world.exchange.cancel(WALLET, placed.order_id)
        assert "differences from REST" not in made.venue.user.counts.incidents

    play(act)


def test_rest_that_tells_another_book_leads_to_a_resync_and_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    bent = [False]
    whole: Callable[[Any, Any], Any] = PublicReads.orderbook

    def orderbook(self: Any, query: Any) -> Any:
        body = whole(self, query)
        return body | {"hash": "0123456789abcdef"} if bent[0] else body

    monkeypatch.setattr(PublicReads, "orderbook", orderbook)

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        await made.passes(20)  # they agree once, so their hashes mean the same
        incidents = made.venue.market.counts.incidents
        assert "books that REST told otherwise" not in incidents
        bent[0] = True
        freshness = made.state(MAIN).book_freshness
        await made.until(lambda: freshness[0].state is PaneState.STALE, limit_s=90.0)
        assert PaneState.RESYNC in made.pane_states(MAIN, MarketPane.BOOK, 0)
        assert freshness[0].reason == "socket and REST tell different books"
        assert incidents["books that REST told otherwise"] == 2  # once a book
        bent[0] = False
        await made.until(lambda: made.is_live(MAIN), limit_s=130.0)
        assert made.venue.market.connection.sessions == 1

    play(act)


def test_many_gaps_at_once_are_healed_together_and_the_focus_first() -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=ServerOptions(line_factory=TaillessLine)) as made:
            TaillessLine.lose = False
            await made.venue.load_catalogue()
            slugs = [m.slug for m in made.board.catalogue if m.tokens and m.slug != MAIN][:12]
            made.watch(MAIN, *slugs)
            await made.until(lambda: all(made.is_live(slug) for slug in [MAIN, *slugs]))
            symbols = [made.state(slug).market.symbol for slug in [*slugs, MAIN]]
            for lose in (True, False):  # a change that is lost, and one that tells of it
                TaillessLine.lose = lose
                for symbol in symbols:
                    world.exchange.place(MAKER, symbol, "buy", 0, Decimal("0.02" if lose else "0.03"), Decimal(5))
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.25)
            assert PaneState.RESYNC in made.pane_states(MAIN, MarketPane.BOOK, 0)
            assert made.is_live(MAIN)
            assert made.matches(MAIN)
            await made.until(lambda: all(made.is_live(slug) and made.matches(slug) for slug in slugs), limit_s=3.0)
            assert made.venue.market.counts.incidents["snapshots asked for together"] == 1
            await asyncio.sleep(70)
            assert all(made.is_live(slug) and made.matches(slug) for slug in slugs)
            assert made.venue.market.connection.sessions == 1

    run(main())


@pytest.mark.parametrize("silent_s", [12.0, 60.0, 200.0])
def test_a_silence_that_outlasts_the_session_is_recovered_from_within_fifteen_seconds(silent_s: float) -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        SilentLine.silent = False
        await settled(made)
        await asyncio.sleep(30)
        SilentLine.silent = True
        world.place(MAKER, "buy", "0.49", "5")
        await made.until(lambda: not made.state(MAIN).book_freshness[0].is_live, limit_s=10.0)
        await asyncio.sleep(silent_s)
        assert not made.state(MAIN).book_freshness[0].is_live
        SilentLine.silent = False
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=15.0)

    play(act, options=ServerOptions(line_factory=SilentLine))
