"""What the rest of the program knows of a source, and of a session with one.

Light on purpose: `psdash --help` lists every source, so nothing of the floors is imported here but for the types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from psdash.account.account import Account
    from psdash.gateway.conservation import FrameCounts
    from psdash.gateway.notices import Emit, LinkChanged
    from psdash.market.board import Board
    from psdash.market.catalogue import Market
    from psdash.settings import Endpoint


class Gateway(Protocol):
    """What the screen knows of a gateway."""

    @property
    def counts(self) -> FrameCounts: ...
    @property
    def link(self) -> LinkChanged: ...
    @property
    def offset_ms(self) -> float | None: ...
    async def run(self) -> None: ...


class MarketFeed(Gateway, Protocol):
    """What the screen asks of the gateway that feeds its markets."""

    def watch(self, slugs: Sequence[str], focus: str) -> None: ...
    def resync(self, slug: str) -> None: ...


class QuoteReader(Protocol):
    """What the screen asks of the reader of quotes."""

    def want(self, slugs: Sequence[str]) -> None: ...
    async def run(self) -> None: ...


class VenueSession(Protocol):
    """A session with a source. It writes `Board` and `Account` first and calls `emit` after.

    `resolve` raises UnknownMarketError(slug, nearest) or VenueUnreachableError, `load_catalogue` the latter.
    """

    @property
    def market(self) -> MarketFeed: ...
    @property
    def user(self) -> Gateway: ...
    @property
    def quotes(self) -> QuoteReader: ...
    async def resolve(self, slug: str) -> Market: ...
    async def load_catalogue(self) -> None: ...
    async def close(self) -> None: ...


OpenVenue: TypeAlias = "Callable[[Endpoint, Board, Account, Emit], VenueSession]"


@dataclass(frozen=True, slots=True)
class Source:
    """One source. `name` is what a person types; `form` what its markets are called.

    `mark` stands in the header, `noun` says what one of its names is. `rest_url` and `ws_url` are the real service's
    bases; `key_form` what a key of it looks like, `key_looks` the same in words. `simulator` is the module that
    stands in for it (`python -P -m`, and `main(argv)` of its `cli` or `__main__`). `open` makes a session and imports
    its gateway itself; `gateway` is the module that it takes, for those who want it imported before.
    """

    name: str
    title: str
    mark: str
    noun: str
    option: str
    form: re.Pattern[str]
    form_words: str
    example: str
    rest_url: str
    ws_url: str
    key_form: re.Pattern[str]
    key_looks: str
    simulator: str
    gateway: str
    open: OpenVenue

    @property
    def key_env(self) -> str:
        """The variable that its key comes in; `_FILE` after it names a file."""
        return f"PSDASH_{self.name.upper()}_KEY"

    @property
    def key_file_env(self) -> str:
        return f"{self.key_env}_FILE"

    @property
    def key_file_key(self) -> str:
        """The key of the configuration file that names the file of its key."""
        return f"{self.name}_key_file"

    @property
    def url_envs(self) -> tuple[str, str]:
        """The variables of another REST base and another WebSocket base."""
        return f"PSDASH_{self.name.upper()}_REST_URL", f"PSDASH_{self.name.upper()}_WS_URL"
