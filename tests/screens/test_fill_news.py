"""A bell and a toast on fill: off unless asked for, once each, and never for history."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill, FillStore
from psdash.account.orders import OrderSide
from psdash.dashboard.fill_news import FillWatch, news_words
from psdash.dashboard.painting.view import View
from psdash.gateway.notices import AccountMoved, AccountPaneMoved
from psdash.market.freshness import OFF
from psdash.settings import Settings
from tests.support import boards
from tests.support.screens import Stage, until, until_shown


def fill(number: int, at_ms: int = boards.NOW_MS, order: str = "o1", size: int = 10, price: int = 52) -> Fill:
    return Fill(
        trade_id=f"new{number}",
        order_id=order,
        side=OrderSide.BUY,
        price=boards.cents(price),
        size=Decimal(size),
        venue_ms=at_ms,
        symbol=boards.FINAL.symbol,
        outcome_index=0,
    )


# which fills are news -----------------------------------------------------------------------------------------------


def test_history_is_no_news_and_everything_after_is_once() -> None:
    account = Account()
    watch = FillWatch(account)
    account.fills.add(fill(1, 1_000))
    assert watch.news() == ()  # read, and not yet live
    account.freshness[AccountPane.FILLS] = boards.live()
    assert list(watch.news()) == []
    account.fills.add(fill(2, 2_000))
    account.fills.add(fill(3, 2_000))
    assert [each.trade_id for each in watch.news()] == ["new2", "new3"]
    account.fills.settle("new2", 3_000)
    account.fills.add(replace(fill(2, 2_000), fee=Decimal(1)))  # told again, with its fee
    assert list(watch.news()) == []
    account.fills.add(fill(4, 900))  # a page of history that is older than what was known at the start
    assert list(watch.news()) == []


def test_what_was_filled_in_an_outage_is_news_when_it_is_told() -> None:
    account = Account()
    watch = FillWatch(account)
    account.freshness[AccountPane.FILLS] = boards.live()
    watch.news()
    account.freshness[AccountPane.FILLS] = OFF
    account.fills.add(fill(1, 5_000))
    assert [each.trade_id for each in watch.news()] == ["new1"]


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 12))
def test_every_fill_taken_is_told_once_however_often_it_is_asked(steps: list[int], capacity: int) -> None:
    store = FillStore(capacity)
    told: list[str] = []
    seen, added = 0, 0
    for step in steps:
        for _ in range(step):
            store.add(fill(added, added))
            added += 1
        told += [each.trade_id for each in store.taken_after(seen)]
        seen = store.taken
        assert list(store.taken_after(seen)) == []
    assert len(set(told)) == len(told)
    if capacity >= 3:  # no more come between two looks than the store holds
        assert told == [f"new{at}" for at in range(added)]


# the words ----------------------------------------------------------------------------------------------------------


def test_the_words_put_an_orders_fills_together() -> None:
    board = boards.filled_board()
    fills = [fill(1, size=100), fill(2, size=20, price=53)]
    assert news_words(fills, board, View()) == "Bought 120 YES at 52-53¢: Spain, Spain vs France"
    sold = replace(fill(3, order="o2"), side=OrderSide.SELL)
    assert news_words([*fills, sold], board, View()).splitlines()[1] == "Sold 10 YES at 52¢: Spain, Spain vs France"
    many = [fill(at, order=f"o{at}") for at in range(9)]
    assert news_words(many, board, View()).splitlines()[-1] == "and 7 more orders; 5 goes to your fills"
    assert "120" not in news_words(fills, board, View(is_private=True))


# in the program -----------------------------------------------------------------------------------------------------


def stage_of(monkeypatch: pytest.MonkeyPatch, *, bell: bool, toast: bool) -> tuple[Stage, list[str]]:
    """The app with these wishes, and what it rang."""
    settings = Settings(demo=True, slugs=(boards.FINAL.slug,), bell_on_fill=bell, toast_on_fill=toast)
    account = boards.filled_account()
    account.freshness[AccountPane.FILLS] = OFF
    stage = Stage(settings=settings, account=account)
    rung: list[str] = []
    monkeypatch.setattr(stage.app, "bell", lambda: rung.append("bell"))
    return stage, rung


def go_live(stage: Stage) -> None:
    """REST has been read; its fills are told, then the pane is live."""
    stage.venue.emit(AccountMoved(AccountPane.FILLS, tuple(stage.account.fills.newest(9))))
    stage.account.freshness[AccountPane.FILLS] = boards.live()
    stage.venue.emit(AccountPaneMoved(AccountPane.FILLS, boards.live()))


def filled(stage: Stage, *fills: Fill) -> None:
    for each in fills:
        stage.account.fills.add(each)
        stage.venue.emit(AccountMoved(AccountPane.FILLS, (each,)))


async def until_said(pilot: Pilot[None], stage: Stage, words: str) -> None:
    """Wait until a toast says this."""
    await until(pilot, lambda: any(words in each.message for each in stage.app._notifications), words)


async def test_a_fill_rings_once_and_is_said_and_history_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, rung = stage_of(monkeypatch, bell=True, toast=True)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        go_live(stage)
        filled(stage, fill(1, size=777))
        await until_said(pilot, stage, "Bought 777 YES at 52")
        assert rung == ["bell"]
        assert [each.title for each in stage.app._notifications] == ["Filled"]
        filled(stage, *(fill(at, size=10) for at in range(2, 9)))  # together: one bell, one toast, all of them in it
        await until_said(pilot, stage, "Bought 70 YES at 52")
        assert rung == ["bell", "bell"]
        filled(stage, fill(1, size=777))  # told again by REST
        filled(stage, fill(20, size=31))
        await until_said(pilot, stage, "Bought 31 YES at 52")
        assert rung == ["bell"] * 3
        assert [each.message.split()[1] for each in stage.app._notifications] == ["777", "70", "31"]


@pytest.mark.parametrize(("bell", "toast"), [(False, False), (True, False), (False, True)])
async def test_each_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch, bell: bool, toast: bool) -> None:
    stage, rung = stage_of(monkeypatch, bell=bell, toast=toast)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        go_live(stage)
        filled(stage, fill(1, size=777))
        news = stage.app.dashboard.fill_news
        await until(pilot, lambda: news.is_quiet and "777" in str(stage.account.fills.newest(1)), "it was told")
        assert bool(rung) == bell
        assert bool(stage.app._notifications) == toast
