"""Where things can go wrong between the exchange and its clients: the seams, and the fault-free side of each.

The protocol knows only this class, which lets everything be well. The fault menu (`psdash/simulator/chaos`)
overrides it, and goes in by `ServerOptions.chaos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.protocol import guesses
from psdash.simulator.protocol.auth import Keyring
from psdash.simulator.protocol.fanout import Hub
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import Reply
from psdash.simulator.protocol.session import Caps as Caps
from psdash.simulator.protocol.session import Outlet, Router


class Venue(Protocol):
    """The parts of a server that a fault may need."""

    @property
    def exchange(self) -> Exchange: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def keyring(self) -> Keyring: ...
    @property
    def rest_url(self) -> str: ...
    @property
    def ws_url(self) -> str: ...
    def revoke(self, key_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ways:
    """How one session reaches the world: its way out, and where it subscribes."""

    outlet: Outlet
    router: Router


class Faults:
    """Nothing goes wrong. Each method is one seam; the gateway is "market" or "user"."""

    #: How long a request may take until it is answered, in seconds.
    patience_s: ClassVar[float] = 10.0

    def opened(self, venue: Venue) -> None:
        """The server listens."""

    def closed(self) -> None:
        """The server is about to close: nothing may be planned from now on."""

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        """Called with each request before anything is answered; `gateway` is None for a plain GET.

        A response goes out instead of what the server would do. It may take its time, and may end the connection.
        """
        return None

    def target(self, target: str) -> str:
        """The path and query that the REST side is to answer."""
        return target

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        """The REST side's answer on its way out; None when the connection has been ended instead."""
        return reply

    def connect(self, line: Line, gateway: str, router: Router) -> Ways:
        """A client is in: its session writes to this outlet and subscribes at this router."""
        return Ways(line, router)

    def disconnect(self, line: Line) -> None:
        """The client is gone."""

    def caps(self) -> Caps:
        """How much one connection may subscribe to, now."""
        return Caps(guesses.MAX_SUBSCRIPTIONS, guesses.MAX_IDS)

    def ledger_seq(self, token_id: str, seq: int) -> int:
        """The ledger's number for a `seq` of the wire."""
        return seq
