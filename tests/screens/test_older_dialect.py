"""What only the older dialect tells, on a screen: a paused account, a fill the chain refused, untold settlements."""

from __future__ import annotations

from dataclasses import replace

from psdash.account.failures import Failure
from psdash.account.pause import Pause
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.fills import FillsPane
from psdash.market.tape import Settlement
from tests.screens.stand import moved, screen_of, standing, until
from tests.screens.test_banner import Scene, words
from tests.support.boards import NOW_MS


async def test_a_paused_account_says_what_happened_what_it_means_and_what_to_do() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 40)) as (pilot, banner):
        scene.account.pause = Pause(NOW_MS - 125_000, 2_823_617)
        await moved(pilot, banner)
        await until(lambda: banner.size.height > 0)
        assert words(banner) == (
            "ACCOUNT PAUSED The exchange's contract paused your account until block 2823617: your trades may fail "
            "to settle. Place nothing new; if you did not pause it yourself, ask the venue. Watch your 3 resting "
            "orders. Since 19:57:55 UTC (2 min)."
        )
        scene.account.pause = replace(scene.account.pause, is_sure=False)
        await moved(pilot, banner)
        await until(lambda: "Told before the connection was lost: it may be over." in words(banner))
        scene.account.pause = None
        await moved(pilot, banner)
        await until(lambda: banner.size.height == 0)


async def test_a_fill_that_the_chain_refused_says_so() -> None:
    scene = Scene()
    fill = scene.account.fills.newest(1)[0]
    waiting = [each for each in scene.account.fills.newest(100) if each.order_id == fill.order_id]
    assert [each.settlement for each in waiting] != [Settlement.SETTLED]
    scene.account.fills.told_failed(Failure(fill.order_id, "it expired", "0x1"))

    def make(clock: PaintClock) -> FillsPane:
        return FillsPane(scene.board, scene.account, clock, lambda: NOW_MS, view=View())

    async with standing(make, (120, 20)) as (_, pane):
        await until(lambda: any(" failed" in line for line in screen_of(pane)))
