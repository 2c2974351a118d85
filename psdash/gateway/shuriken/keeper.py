"""The requests behind the socket: where it is, what a channel is called, who is let in. One at a time, in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from psdash import __version__
from psdash.gateway.dialling import DialError
from psdash.gateway.refusals import Reaction, Verdict
from psdash.gateway.rest import BadAnswerError, LimitedError, RefusedError, RestError, UnreachableError
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.lines import CALLS, Line
from psdash.gateway.shuriken.pusher import PusherClient
from psdash.gateway.shuriken.session import Door
from psdash.wire.shuriken import Granted, SessionBody
from psdash.wire.shuriken.session import Where

log = logging.getLogger(__name__)

#: Between two requests, so eight a second at most: the service publishes no limit (shuriken §E).
PACE_S: Final = 0.12
#: Between looks for what a tick has made due.
LOOK_S: Final = 1.0
#: The shortest wait after "too many requests".
LIMITED_S: Final = 2.0
#: Lines tried in search of one that the key may read.
MOST_TRIED: Final = 4
_LOOPBACK: Final = ("127.0.0.1", "localhost")


class Keeper:
    """Keeps the client's lines granted and signed.

    `refuse` is told when the key is refused altogether, `answered` of every request that is over.
    """

    def __init__(
        self, door: Door, client: PusherClient, refuse: Callable[[Verdict], None], answered: Callable[[], None]
    ) -> None:
        self.ladder_s: tuple[float, ...] = ()
        #: The socket asked for TLS (close code 4000): from now on it is dialled with it whatever the session says.
        self.wants_tls = False
        self._door = door
        self._client = client
        self._refuse = refuse
        self._where: Where | None = None
        self._changed = asyncio.Event()
        self._answered = answered

    def wake(self) -> None:
        """There may be something to ask for."""
        self._changed.set()

    @property
    def is_tls(self) -> bool:
        """Whether the socket is dialled with TLS. In the clear only on this very machine, whatever is asked for."""
        where = self._where
        return where is not None and (self.wants_tls or where.is_tls or where.host not in _LOOPBACK)

    # where ----------------------------------------------------------------------------------------------------------

    async def locate(self, refused: Verdict | None = None) -> str:
        """The socket's address. Raises DialError; `refused` says why there is nothing to look for any more."""
        if refused is not None:
            raise DialError(refused)
        forbidden, trouble = False, "Shuriken names no socket"
        first = self._client.first
        lines = dict.fromkeys([*([first] if first is not None else []), CALLS, *self._client.lines])
        for line in list(lines)[:MOST_TRIED]:
            try:
                self._take(line, *await self._door.session(line))
            except RefusedError as error:
                if error.status == 401:
                    raise DialError(words.BAD_KEY) from None
                forbidden = True
                continue
            except LimitedError as error:
                verdict = Verdict(Reaction.RETRY, "Shuriken asks for patience: too many requests")
                raise DialError(verdict, max(error.retry_after_s, LIMITED_S)) from None
            except UnreachableError as error:
                if self._where is None:
                    raise DialError(Verdict(Reaction.RETRY, words.rest_words(error))) from None
                log.info("no new session (%s); the last one's address is dialled", error.words)
                break
            except RestError as error:
                trouble = words.rest_words(error)
                continue
            break
        where = self._where
        if where is None:
            raise DialError(words.NOTHING_ALLOWED if forbidden else Verdict(Reaction.RETRY, trouble))
        scheme = "wss" if self.is_tls else "ws"
        query = f"protocol=7&client=psdash&version={__version__}"
        return f"{scheme}://{where.host}:{where.port}/app/{quote(where.app_key, safe='')}?{query}"

    def _take(self, line: Line, body: SessionBody, granted: Granted) -> None:
        """Before a dial: what it says of the socket holds for the session that begins."""
        known, before = self._client.grant_of(line), self._where
        is_other_app = before is not None and before.app_key != body.connection.app_key
        if is_other_app or (known is not None and known.channel != granted.channel):
            self._client.forget_grants()
        self._where = body.connection
        if body.session is not None:
            self.ladder_s = tuple(ms / 1_000 for ms in body.session.ladder_ms)
        self._client.granted(line, granted)

    # who and what ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Grant and sign what is wanted, until cancelled."""
        while True:
            self._changed.clear()
            wait_s = await self._step()
            if wait_s is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._changed.wait()
            else:
                await asyncio.sleep(wait_s)

    async def _step(self) -> float | None:
        """One request; the seconds until the next, None when there is nothing to ask for."""
        if not self._client.socket_id:
            return None
        signing = self._client.next_to_sign()
        line = signing[0] if signing is not None else self._client.next_to_grant()
        if line is None:
            return None
        try:
            if signing is not None:
                await self._sign(*signing)
            else:
                _, granted = await self._door.session(line)  # the socket stays where it is (§B1)
                self._client.granted(line, granted)
        except LimitedError as error:
            return max(error.retry_after_s, LIMITED_S)
        except RefusedError as error:
            if error.status == 401:
                self._refuse(words.BAD_KEY)
                return LOOK_S
            self._client.fail(line, words.rest_words(error), is_final=signing is None)
        except UnreachableError as error:
            self._client.fail(line, words.rest_words(error))
        except BadAnswerError as error:
            self._client.fail(line, error.words, is_final=True)
        except RestError as error:
            self._client.fail(
                line, f"Shuriken does not know {line.stream} ({words.rest_words(error)})", is_final=True
            )
        self._answered()
        return PACE_S

    async def _sign(self, line: Line, socket_id: str, channel: str) -> None:
        assert self._where is not None
        auth = await self._door.authorise(self._where.auth_endpoint, socket_id, channel)
        self._client.signed(line, socket_id, auth)
