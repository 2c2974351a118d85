"""Finding markets at the sources while a person types: no list has every token, and a search is one question away.

Only the newest words are asked about, once the typing pauses, one question at a time; an answer is kept for a minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psdash.gateway.begun_again import INTERNAL_ERROR
from psdash.sources.session import Searching

log = logging.getLogger(__name__)

#: A pause that ends the typing, and how long an answer stands.
PAUSE_S: Final = 0.3
LASTS_S: Final = 60.0
#: Fewer letters would find everything.
LEAST: Final = 2
_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one search: the markets it named, best first, or why there is none."""

    slugs: tuple[str, ...] = ()
    trouble: str = ""
    at_s: float = 0.0


class Finder:
    """`venue` is the session to ask, None or one that cannot search while there is none that can."""

    def __init__(
        self,
        venue: Callable[[], object],
        run_worker: Callable[[Callable[[], Coroutine[Any, Any, None]], str], object],
        now_s: Callable[[], float],
        moved: Callable[[], object],
    ) -> None:
        """`moved` is told of every answer."""
        self._venue = venue
        self._run_worker = run_worker
        self._now_s = now_s
        self._moved = moved
        self._wanted = ""
        self._is_running = False
        self._found: OrderedDict[str, Found] = OrderedDict()

    def look(self, typed: str) -> None:
        """A person typed this."""
        self._wanted = _words(typed)
        if self._is_due(self._wanted) and not self._is_running:
            self._is_running = True
            self._run_worker(self._work, "search")

    def found(self, typed: str) -> Sequence[str]:
        """The slugs that a search for this named."""
        known = self._found.get(_words(typed))
        return () if known is None else known.slugs

    def state(self, typed: str) -> str:
        """What there is to say of the search: that it goes on, or why it gave nothing; empty when it is answered."""
        words = _words(typed)
        known = self._found.get(words)
        if self._is_running and words == self._wanted and (known is None or self._is_due(words)):
            return "searching"
        return "" if known is None or not known.trouble else f"no search: {known.trouble}"

    def _is_due(self, words: str) -> bool:
        if len(words) < LEAST or not isinstance(self._venue(), Searching):
            return False
        known = self._found.get(words)
        return known is None or self._now_s() - known.at_s > LASTS_S

    async def _work(self) -> None:
        try:
            while self._is_due(self._wanted):
                words = self._wanted
                await asyncio.sleep(PAUSE_S)
                if words == self._wanted:
                    await self._ask(words)
        finally:
            self._is_running = False

    async def _ask(self, words: str) -> None:
        from psdash.gateway.lookup import VenueUnreachableError

        venue = self._venue()
        if not isinstance(venue, Searching):
            return
        try:
            found = Found(tuple(market.slug for market in await venue.search(words)), at_s=self._now_s())
        except VenueUnreachableError as error:
            log.info("no search: %s", error)
            found = Found(trouble=str(error), at_s=self._now_s())
        except Exception:
            log.exception("a search broke")  # a fault of our own costs the search, not the program
            found = Found(trouble=INTERNAL_ERROR, at_s=self._now_s())
        self._found[words] = found
        self._found.move_to_end(words)
        while len(self._found) > _MOST:
            self._found.popitem(last=False)
        self._moved()


def _words(typed: str) -> str:
    return " ".join(typed.split())[:200]
