"""A token on the screen: what is known of it in the ladder's place, in its own unit, and how one is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from psdash.account.wallets import Holding, Wallet
from psdash.dashboard.finding import LEAST
from psdash.dashboard.screens.market_list import MarketListScreen
from psdash.gateway.lookup import VenueUnreachableError
from psdash.gateway.notices import CatalogueMoved, MarketMoved, TapeMoved
from psdash.market.board import MarketPane
from psdash.market.candles import Candle
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.quoting import Quoting, Unit
from psdash.market.tape import Aggressor, Print, Settlement
from psdash.market.token_facts import Balance, Curve, Fact, TokenFacts
from psdash.settings import Settings
from tests.support import boards
from tests.support.fake_venue import FakeVenue
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

TOKEN = Quoting(Unit.DOLLARS, has_book=False, chart_ms=60_000)
ADDRESS = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263"
HUGE = 2**256 - 1


def token(address: str = ADDRESS, symbol: str = "BONK", name: str = "Bonk") -> Market:
    return Market(f"solana:{address}", f"solana:{address}", f"{name} ({symbol})", MarketStatus.OPEN, (address,),
                  (symbol,), event="solana", group=symbol, quoting=TOKEN)  # fmt: skip


BONK = token()


class SearchableVenue(FakeVenue):
    """Finds tokens that no list has; puts them into the catalogue as a source does."""

    def __init__(self, markets: Sequence[Market], hidden: Sequence[Market]) -> None:
        super().__init__(markets)
        self.hidden = hidden
        self.asked: list[str] = []
        self.trouble = ""

    async def search(self, typed: str) -> Sequence[Market]:
        self.asked.append(typed)
        if self.trouble:
            raise VenueUnreachableError(self.trouble)
        self.markets |= {market.slug: market for market in self.hidden}
        self.board.catalogue.put(self.hidden)
        return self.hidden


def stage_of(venue: FakeVenue | None = None) -> Stage:
    """A token that is watched, with everything that its source tells; the markets of outcomes beside it."""
    stage = Stage(
        settings=Settings(demo=True, source="all", slugs=(BONK.slug,)),
        venue=venue or FakeVenue((BONK, *boards.MARKETS)),
    )
    board, account = stage.board, stage.account
    state = board.watch(BONK)
    live, ms = boards.live(), boards.NOW_MS
    for pane in MarketPane:
        if pane is not MarketPane.BOOK:
            state.freshness[pane] = live
    state.book_freshness[0] = Freshness(PaneState.OFF, "a token has no order book here")
    for back, price in ((8, "0.000021361092"), (5, "0.000021391"), (3, "0.0000213403")):
        state.tape.add(
            Print(f"t{back}", ADDRESS, 0, Decimal(price), Decimal(182_560_000), Aggressor.SELL, ms - back * 1_000,
                  Settlement.SETTLED)
        )  # fmt: skip
    for minutes, price in ((1_500, "0.00002"), (30, "0.000022"), (0, "0.0000213403")):
        each = Decimal(price)
        state.candles[0].upsert(
            Candle((ms - minutes * 60_000) // 60_000 * 60_000, each, each, each, each, Decimal(5_000))
        )
    tokens = board.tokens
    tokens.learn(
        BONK.slug,
        TokenFacts("Bonk", "BONK", 5, Decimal("0.00002135"), ms, Decimal(1_200_000), Decimal(534_000_000), 812_345,
                   "dev", Decimal(2**64 - 1), Decimal(HUGE), Decimal(20), Decimal(10), 4, 3),
    )  # fmt: skip
    tokens.balance(BONK.slug, Balance("8HolderAddressOfSomebodyElse111111111111", Decimal(700_000), Decimal(200_000),
                                      5, ms - 1_000))  # fmt: skip
    tokens.curve("solana:new", Curve("NewTokenAddressOnTheCurve1111111111111111", "c", "pump", "s1", ms - 4_000))
    for fact in Fact:
        tokens.claim(BONK.slug, fact, live)
    tokens.claim(BONK.slug, Fact.HOLDERS, Freshness(PaneState.REFUSED, "the key is not let in", boards.NOW_S))
    account.wallets.are([Wallet("MyWalletAddress11111111111111111111111111", "solana", "main")])
    account.wallets.put(
        Holding(account.wallets.known[0].address, "solana", ADDRESS, Decimal(2**64 - 3), 5, None, ms - 2_000)
    )
    account.wallets.freshness = live
    return stage


def focused(stage: Stage) -> str | None:
    widget = stage.app.dashboard.focused
    return None if widget is None else widget.id


async def test_what_is_known_stands_in_the_ladders_place() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "BONK token")
        text = text_of(stage.app)
        assert "BONK ladder" not in text
        for words in (
            "$0.000021340",  # the last trade, in dollars
            "24 h",
            "+6.70%",
            "liquidity   $1,200,000.00",
            "market cap  $534,000,000",
            "184,467,440,737,095.51613 BONK",  # every digit of 64 bits
            "$20.00 in 4",
            "8Hol…1111",
            "began on pump",
            "BONK chart 1m",
            "0.000022000",  # the chart's axis
            "balances",
        ):
            assert words in text, words
        assert "¢" not in text
        assert "bid" not in text
        refused = next(line for line in lines_of(stage.app) if "holders" in line)
        assert "REFUSED" in refused
        assert "the key is not let in" in refused


async def test_a_channel_that_went_away_leaves_its_figures_dimmed_and_says_so() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "BONK token")
        stage.board.tokens.claim(
            BONK.slug, Fact.POOL, Freshness(PaneState.STALE, "subscribing again", boards.NOW_S, boards.NOW_S)
        )
        stage.venue.emit(MarketMoved(BONK.slug, MarketStatus.OPEN))
        await until_shown(pilot, "STALE")
        assert "$1,200,000.00" in text_of(stage.app)


async def test_a_price_moves_with_its_trade() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "BONK token")
        state = stage.board.state(BONK.slug)
        assert state is not None
        print_ = Print("new", ADDRESS, 0, Decimal("0.000029"), Decimal(5), Aggressor.BUY, boards.NOW_MS)
        state.tape.add(print_)
        stage.venue.emit(TapeMoved(BONK.slug, (print_,)))
        await until_shown(pilot, "$0.000029000 ▲")


async def test_the_ladder_comes_back_with_a_market_that_is_quoted() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "BONK token")
        assert focused(stage) == "facts"
        stage.app.dashboard.show_market(boards.FINAL.slug)
        await until_shown(pilot, "YES ladder")
        await until_shown(pilot, "YES chart 15s")
        await until(pilot, lambda: "BONK token" not in text_of(stage.app), "the token is gone")
        assert focused(stage) == "ladder"
        await pilot.press("t")
        await until_shown(pilot, "YES chart 1m")
        stage.app.dashboard.show_market(BONK.slug)
        await until_shown(pilot, "BONK chart 1m")
        await pilot.press("enter")  # alone on the screen, as any pane
        await until(pilot, lambda: stage.app.dashboard.token.size.width > 100, "it has the whole screen")
        await pilot.press("2", "1")
        await until(pilot, lambda: focused(stage) == "facts", "it has the focus")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_it_fits_every_terminal_and_scrolls(size: tuple[int, int]) -> None:
    stage = stage_of()
    async with stage.app.run_test(size=size) as pilot:
        await until_shown(pilot, "last trade")
        assert all(len(line) <= size[0] for line in lines_of(stage.app))
        await pilot.press("end")
        await until_shown(pilot, "bonding curves")
        await pilot.press("home")
        await until_shown(pilot, "last trade")


async def test_the_persons_own_amounts_are_hidden_when_they_want_that() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "184,467,440,737,095.51613")
        await pilot.press("A")
        await until_shown(pilot, "WALLETS")
        assert "184,467,440,737,095.51613" in text_of(stage.app)
        await pilot.press("escape", "P")
        await until(pilot, lambda: "095.51613" not in text_of(stage.app), "hidden on the dashboard")
        await pilot.press("A")
        await until_shown(pilot, "WALLETS")
        assert "095.51613" not in text_of(stage.app)


async def test_typing_finds_what_no_list_has_and_enter_opens_it() -> None:
    wif = token("EKpQGSJtjMFqKZ9KQanSqYXRcF8fBopzLHYxdM65zcjm", "WIF", "dogwifhat")
    venue = SearchableVenue((BONK,), [wif])
    stage = stage_of(venue)
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(stage.app.screen, MarketListScreen), "the list is open")
        await pilot.press(*"the dog coin")
        await until_shown(pilot, "dogwifhat (WIF)")
        assert "Found by search" in text_of(stage.app)  # none of the words is in its name
        assert venue.asked[-1] == "the dog coin"
        assert all(len(words) >= LEAST for words in venue.asked)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.dashboard.slug == wif.slug, "it is opened")


async def test_a_search_that_fails_says_so_and_the_list_goes_on() -> None:
    venue = SearchableVenue((BONK,), [])
    venue.trouble = "Shuriken is in trouble"
    stage = stage_of(venue)
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("slash", *"zzzz")
        await until_shown(pilot, "no market matches; no search: Shuriken is in trouble")
        asked = len(venue.asked)
        stage.venue.emit(CatalogueMoved(1))
        await pilot.press("z")
        venue.trouble = ""
        await until(pilot, lambda: len(venue.asked) > asked, "other words are asked about")
        for _ in range(5):
            await pilot.press("backspace")
        await until_shown(pilot, "Bonk (BONK)")


async def test_a_list_of_both_kinds_has_both_units() -> None:
    stage = stage_of()
    stage.board.catalogue.quotes.day(BONK.slug, Decimal("0.00002"), boards.NOW_S)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("slash")
        await until_shown(pilot, "Bonk (BONK)  DezX")
        row = next(line for line in lines_of(stage.app) if "Bonk (BONK)  DezX" in line)
        assert "$2.134e-5" in row
        assert "+6.7%" in row
        assert "live" in row
        assert any("Draw" in line and " 52 " in line for line in lines_of(stage.app))


async def test_only_a_print_can_ring_where_nobody_quotes() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "BONK token")
        await pilot.press("a", *"above 55", "enter")
        await until_shown(pilot, "nobody quotes this one")
        assert len(stage.app.session.shelf.alerts) == 0


async def test_the_grid_has_a_tokens_last_trade() -> None:
    stage = stage_of()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "BONK token")
        await pilot.press("g")
        await until_shown(pilot, "last $0.000021340")
        await until_shown(pilot, "market cap $534,000,000.00")


def test_a_token_named_like_another_is_another() -> None:
    assert replace(BONK, title="Bonk (BONK)") == BONK
    assert token("3" * 44).tokens != BONK.tokens
