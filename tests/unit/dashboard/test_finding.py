"""Finding at the sources while a person types: the newest words, one question at a time, each answer once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from psdash.dashboard.finding import LASTS_S, Finder
from psdash.gateway.begun_again import INTERNAL_ERROR
from psdash.gateway.lookup import VenueUnreachableError
from psdash.market.catalogue import Market
from tests.support import boards


class Searchable:
    """Answers when a test lets it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble = ""
        self.answers = asyncio.Event()
        self.answers.set()

    async def search(self, typed: str) -> Sequence[Market]:
        self.asked.append(typed)
        await self.answers.wait()
        if self.trouble:
            raise VenueUnreachableError(self.trouble)
        return [boards.FINAL]


class Desk:
    def __init__(self, venue: object) -> None:
        self.now_s = 100.0
        self.moved = 0
        self.tasks: list[asyncio.Task[None]] = []
        self.finder = Finder(lambda: venue, self._run, lambda: self.now_s, self._move)

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]], _name: str) -> None:
        self.tasks.append(asyncio.create_task(work()))

    def _move(self) -> None:
        self.moved += 1

    async def rest(self) -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*self.tasks)


async def test_only_the_words_that_were_stayed_with_are_asked_about() -> None:
    venue = Searchable()
    desk = Desk(venue)
    for words in ("sp", "spa", "  spain   wins "):
        desk.finder.look(words)
    assert desk.finder.state("spain wins") == "searching"
    await desk.rest()
    assert venue.asked == ["spain wins"]
    assert len(desk.tasks) == 1
    assert desk.finder.found("spain wins") == (boards.FINAL.slug,)
    assert desk.finder.state("spain wins") == ""
    assert desk.moved == 1


async def test_what_is_typed_during_a_question_is_asked_about_next() -> None:
    venue = Searchable()
    venue.answers.clear()
    desk = Desk(venue)
    desk.finder.look("spain")
    async with asyncio.timeout(20):
        while not venue.asked:  # noqa: ASYNC110 - it is asked after a pause of its own
            await asyncio.sleep(0.01)
    desk.finder.look("france")
    venue.answers.set()
    await desk.rest()
    assert venue.asked == ["spain", "france"]
    assert desk.moved == 2


async def test_an_answer_stands_for_a_while() -> None:
    venue = Searchable()
    desk = Desk(venue)
    for later_s in (0.0, 1.0, LASTS_S + 1):
        desk.now_s += later_s
        desk.finder.look("spain")
        await desk.rest()
    assert venue.asked == ["spain"] * 2


async def test_a_search_that_fails_says_why_and_the_next_one_may_do() -> None:
    venue = Searchable()
    venue.trouble = "nobody answers"
    desk = Desk(venue)
    desk.finder.look("spain")
    await desk.rest()
    assert desk.finder.state("spain") == "no search: nobody answers"
    assert desk.finder.found("spain") == ()
    venue.trouble = ""
    desk.now_s += LASTS_S + 1
    desk.finder.look("spain")
    await desk.rest()
    assert desk.finder.found("spain") == (boards.FINAL.slug,)


async def test_a_source_that_cannot_search_is_never_asked_nor_is_one_letter_searched_for() -> None:
    desk = Desk(object())
    desk.finder.look("spain")
    assert desk.tasks == []
    assert desk.finder.state("spain") == ""
    venue = Searchable()
    desk = Desk(venue)
    desk.finder.look("s")
    assert desk.tasks == []


async def test_a_fault_of_our_own_costs_the_search_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        async def search(self, typed: str) -> Sequence[Market]:
            raise RuntimeError(f"a fault of ours over {typed}")

    desk = Desk(Broken())
    desk.finder.look("spain")
    await desk.rest()
    assert desk.finder.state("spain") == f"no search: {INTERNAL_ERROR}"
    assert "a fault of ours" in caplog.text
    desk.finder.look("france")
    await desk.rest()
    assert len(desk.tasks) == 2
