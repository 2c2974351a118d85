"""Background reads: one of a kind, tried again while it may help, and never lost in silence."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import async_solipsism
import pytest

from psdash.gateway.jobs import Jobs
from psdash.gateway.rest import BadAnswerError, LimitedError, RestError, UnreachableError


def in_time(act: Callable[[Jobs], object], *, for_s: float = 100.0) -> None:
    """Run jobs in virtual time."""

    async def main() -> None:
        jobs = Jobs(random.Random(1))
        act(jobs)
        async with asyncio.timeout(for_s + 1), asyncio.TaskGroup() as group:
            jobs.bind(group)
            await asyncio.sleep(for_s)
            for name in [name for name in ("a", "b") if jobs.is_running(name)]:
                jobs.stop(name)

    with asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner:
        runner.run(main())


class Work:
    """A job that fails with these errors first, and notes when it ran."""

    def __init__(self, *errors: Exception, takes_s: float = 0.0) -> None:
        self.errors = list(errors)
        self.takes_s = takes_s
        self.ran_s: list[float] = []
        self.troubles: list[RestError] = []

    async def __call__(self) -> None:
        self.ran_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes_s)
        if self.errors:
            raise self.errors.pop(0)


def test_passing_trouble_is_tried_again_and_told() -> None:
    work = Work(UnreachableError("x"), UnreachableError("x"), UnreachableError("x"))
    in_time(lambda jobs: jobs.start("a", work, work.troubles.append))
    assert len(work.ran_s) == 4
    assert len(work.troubles) == 3
    assert 0.25 <= work.ran_s[1] - work.ran_s[0] <= 0.5


def test_a_limit_is_respected() -> None:
    work = Work(LimitedError("slow", retry_after_s=30.0))
    in_time(lambda jobs: jobs.start("a", work))
    assert len(work.ran_s) == 2
    assert work.ran_s[1] - work.ran_s[0] >= 30.0


def test_lasting_trouble_is_given_up() -> None:
    work = Work(BadAnswerError("unreadable"), BadAnswerError("unreadable"))
    in_time(lambda jobs: jobs.start("a", work, work.troubles.append))
    assert len(work.ran_s) == 1
    assert [error.words for error in work.troubles] == ["unreadable"]


def test_one_of_a_kind_runs_and_the_second_wish_runs_after() -> None:
    work = Work(takes_s=5.0)

    def act(jobs: Jobs) -> None:
        loop = asyncio.get_running_loop()
        jobs.start("a", work)
        for at_s in (1.0, 2.0, 3.0):
            loop.call_later(at_s, jobs.start, "a", work)

    in_time(act)
    assert len(work.ran_s) == 2
    assert work.ran_s[1] - work.ran_s[0] == pytest.approx(5.0)


def test_a_job_that_was_stopped_can_begin_anew_at_once() -> None:
    work = Work(takes_s=5.0)

    def act(jobs: Jobs) -> None:
        def again() -> None:
            jobs.stop("a")
            jobs.start("a", work)

        jobs.start("a", work)
        asyncio.get_running_loop().call_later(1.0, again)

    in_time(act)
    assert [round(at_s) for at_s in work.ran_s] == [0, 1]


def test_a_bug_in_a_job_surfaces() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        in_time(lambda jobs: jobs.start("a", Work(KeyError("bug"))))
    assert caught.group_contains(KeyError)
