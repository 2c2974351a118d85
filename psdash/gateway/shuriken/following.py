"""Which tokens are followed, how a name becomes one, and which lines that makes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

from psdash.gateway.jobs import Jobs
from psdash.gateway.lookup import UnknownMarketError
from psdash.gateway.notices import Emit, Severity, Spoken
from psdash.gateway.panes import MarketPanes
from psdash.gateway.rest import RestError
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.lines import CALLS, CURVES, FEEDS, OWN, Line
from psdash.gateway.shuriken.lookup import TokenLookup
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.market.board import Board
from psdash.market.freshness import PaneState


class Following:
    """The followed tokens. `changed` is told when there are others, with those that were let go; `own` says what to
    subscribe to for the person's wallets.
    """

    def __init__(
        self,
        board: Board,
        lookup: TokenLookup,
        panes: MarketPanes,
        emit: Emit,
        rng: random.Random,
        changed: Callable[[Sequence[TokenWatch]], None],
        own: Callable[[], Sequence[Line]],
    ) -> None:
        self.tokens: dict[str, TokenWatch] = {}
        self.jobs = Jobs(rng)
        self._board = board
        self._lookup = lookup
        self._panes = panes
        self._emit = emit
        self._changed = changed
        self._own = own
        self._let_go: dict[str, TokenWatch] = {}
        self._wanted: tuple[str, ...] = ()
        self._focus = ""
        self._halted = ""

    def halt(self, reason: str) -> None:
        """Nothing can be looked up, now or later."""
        self._halted = reason
        self.watch(self._wanted, self._focus)

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        """Follow these from now on, `focus` most closely. Unknown ones are looked up by `jobs`."""
        self._wanted = tuple(dict.fromkeys([focus, *slugs] if focus else slugs))
        self._focus = focus
        for slug in self._wanted:
            known = self._board.catalogue.by_slug(slug)
            if known is not None:
                self._board.watch(known)
            elif self._halted:
                self._panes.unknown(slug, PaneState.OFF, self._halted)
            elif not self.jobs.is_running(f"find {slug}"):
                self._panes.unknown(slug, PaneState.CONNECTING, "looking the token up")
                self.jobs.start(f"find {slug}", partial(self._find, slug), partial(self._not_found_yet, slug))
        self._follow()
        self._board.keep(self._wanted)

    def lines(self) -> list[Line]:
        """What to subscribe to, the most urgent first."""
        focused = [token for token in self.tokens.values() if token.is_focused]
        others = [token for token in self.tokens.values() if not token.is_focused]
        mine = [line for token in focused for line in token.lines]
        more = [line for token in focused for line in token.more]
        rest = [line for token in others for line in token.lines]
        return [*mine, CALLS, *OWN, *more, *self._own(), *rest, *FEEDS, *CURVES]

    async def _find(self, slug: str) -> None:
        try:
            market = await self._lookup.read(slug)
        except UnknownMarketError as error:
            nearest = f" The nearest are: {', '.join(error.nearest)}." if error.nearest else ""
            self._panes.unknown(slug, PaneState.REFUSED, "Shuriken has no such token")
            self._emit(Spoken(Severity.ERROR, f"Shuriken has no token {slug}.{nearest}", "shuriken"))
            return
        if slug in self._wanted:
            self._board.watch(market)
            self._follow()

    def _not_found_yet(self, slug: str, error: RestError) -> None:
        self._panes.unknown(slug, PaneState.CONNECTING, f"looking the token up: {words.rest_words(error)}")

    def _follow(self) -> None:
        kept: dict[str, TokenWatch] = {}
        for slug in self._wanted:
            state = self._board.state(slug)
            if state is None:
                continue
            token = self.tokens.get(slug) or self._let_go.pop(slug, None)
            if token is None or token.state is not state:
                token = TokenWatch.of(state)
            token.is_focused = slug == self._focus
            kept[slug] = token
        gone = [token for slug, token in self.tokens.items() if kept.get(slug) is not token]
        self._let_go |= {token.slug: token for token in gone if token.slug not in kept}
        self._let_go = {slug: each for slug, each in self._let_go.items() if self._board.state(slug) is each.state}
        self.tokens.clear()
        self.tokens.update(kept)
        self._changed(gone)
