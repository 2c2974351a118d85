"""The credential that both gateways and every read share, and how it changes while they run (protocol §1, §2.2).

A session token is renewed before it ends, at four fifths of its life or a minute before its end, by the venue's clock
(reliability §1.2 rule 11). The venue checks a credential at the handshake only (protocol §1), so a socket that lives
is left alone: the new token serves the reads at once and the next dial, and no pane goes stale for it.

A refused token is renewed once; a refused key is read again when its file changes. What is refused after that is not
dialled with again until it is another one.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pydantic import SecretStr

from psdash.gateway.clock import Clock, VenueTime
from psdash.gateway.dialling import Credential, SecretHeaders
from psdash.renewal import RenewalError
from psdash.settings import Endpoint

log = logging.getLogger(__name__)

#: Part of a token's life after which it is renewed, and the seconds before its end at the latest.
SPENT = 0.8
BEFORE_END_S = 60.0
#: Between looks at a key file while the key is refused, and between tries of a command that failed.
LOOK_S = 5.0
RETRY_S = 60.0


class Keychain:
    """One venue's credential. `current` is what the next dial or read sends; `repr` shows nothing of it."""

    def __init__(
        self,
        credential: Credential,
        *,
        clock: Clock | None = None,
        renew: Callable[[], Awaitable[SecretStr]] | None = None,
        reread: Callable[[], SecretStr | None] | None = None,
    ) -> None:
        self.current = credential
        self._clock = clock
        self._renew = renew
        self._reread = reread
        self._times: list[VenueTime] = []
        self._used: deque[Credential] = deque([credential], maxlen=4)
        self._heads = credential.heads
        self._turn = asyncio.Lock()
        self._held_since_s: float | None = None  # when the current token was first looked at
        self._not_before_s = 0.0  # no command runs again at once, whatever it printed
        self._unproved: Credential | None = None  # renewed because of a refusal, and not accepted by anyone yet
        self._retry_s: float | None = None  # when a command that failed is run again
        self._scheduled = False

    @classmethod
    def of(cls, endpoint: Endpoint, clock: Clock) -> Keychain:
        """The keychain of a venue."""
        credential = Credential(endpoint.api_key, endpoint.jwt, endpoint.user_wallet)
        renew = endpoint.renew_jwt if endpoint.api_key is None else None
        return cls(credential, clock=clock, renew=renew, reread=endpoint.reread_key)

    @property
    def is_set(self) -> bool:
        """Whether there is a credential, or a way to one."""
        return self.current.is_set or self._renew is not None

    @property
    def can_change(self) -> bool:
        """Whether waiting can bring another credential."""
        return self._renew is not None or self._reread is not None

    @property
    def hope(self) -> str:
        """What to add to the words of a refusal: how to mend it without a restart."""
        if self._renew is not None:
            return " jwt_command had no better token."
        return " Or put it into the key file: it is read again when it changes." if self._reread is not None else ""

    def headers(self) -> SecretHeaders:
        """The headers of the current credential. Build them in the call that sends them, and keep them nowhere."""
        return self.current.headers()

    def hidden_in(self, raw: bytes) -> bytes:
        """`raw` without any credential of this run that the venue may send back."""
        for head in self._heads:  # every frame passes here
            if head in raw:
                for credential in self._used:
                    raw = credential.hidden_in(raw)
                break
        return raw

    def learn_time(self, venue_time: VenueTime) -> None:
        """A measure of the venue's clock."""
        self._times.append(venue_time)

    # changing --------------------------------------------------------------------------------------------------

    async def ready(self) -> None:
        """Have a credential that is worth a dial. Raises RenewalError when there is none at all."""
        if self._reread is not None:
            self._take_key()
        if self._renew is None or (self.current.jwt is not None and not self._is_due()):
            return
        async with self._turn:
            if self.current.jwt is not None and not self._is_due():
                return  # the other gateway was faster
            try:
                await self._fetch()
            except RenewalError as error:
                log.warning("%s", error)
                if self.current.jwt is None:
                    raise
                self._not_before_s = self._now_s() + RETRY_S  # the token may still be good until its end

    async def renewed(self, refused: Credential) -> bool:
        """The venue refused this one: whether there is another by now. A token is renewed for it, once."""
        async with self._turn:
            if self.current != refused:
                return True
            if self._reread is not None and self._take_key():
                return True
            if self._renew is None or refused == self._unproved:
                return False
            try:
                await self._fetch()
            except RenewalError as error:
                log.warning("%s", error)
                self._retry_s = self._now_s() + RETRY_S
                self._unproved = refused
                return False
            self._unproved = self.current
            return self.current != refused

    def proved(self, credential: Credential) -> None:
        """The venue accepted this one."""
        if credential == self._unproved:
            self._unproved = None

    async def changed(self, refused: Credential) -> None:
        """Wait until the credential is another one; for ever when nothing can change it."""
        while self.current == refused:
            await asyncio.sleep(LOOK_S)
            if self._reread is not None:
                self._take_key()
            if self._retry_s is not None and self._now_s() >= self._retry_s:
                self._unproved = self._retry_s = None
                await self.renewed(refused)

    async def keep(self) -> None:
        """Renew the token before it ends, for as long as this runs. One of the gateways does it for both."""
        if self._renew is None or self._scheduled:
            return
        self._scheduled = True
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                if self._is_due() and self.current != self._unproved:
                    await self.ready()
        finally:
            self._scheduled = False

    # inside ----------------------------------------------------------------------------------------------------

    def _take_key(self) -> bool:
        key = None if self._reread is None else self._reread()
        if key is None or key == self.current.api_key:
            return False
        self._set(replace(self.current, api_key=key))
        return True

    async def _fetch(self) -> None:
        assert self._renew is not None
        token = await self._renew()
        self._retry_s = None
        if token != self.current.jwt:
            log.info("the session token was renewed")
            self._set(replace(self.current, jwt=token))
            self._held_since_s = None
        self._not_before_s = self._now_s() + LOOK_S

    def _set(self, credential: Credential) -> None:
        self.current = credential
        self._used.append(credential)
        self._heads = tuple(head for each in self._used for head in each.heads)

    def _is_due(self) -> bool:
        """Whether the token should be renewed by now; not before the venue's clock is known."""
        now_s, venue_s, token = self._now_s(), self._venue_s(), self.current.jwt
        if self._held_since_s is None:
            self._held_since_s = now_s
        if token is None or venue_s is None or now_s < self._not_before_s:
            return False
        issued_s, ends_s = times_of(token)
        if ends_s is None:
            return False
        begins_s = issued_s if issued_s is not None and issued_s < ends_s else venue_s - (now_s - self._held_since_s)
        half_s = begins_s + (ends_s - begins_s) / 2
        return venue_s >= max(half_s, min(begins_s + SPENT * (ends_s - begins_s), ends_s - BEFORE_END_S))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock.monotonic_s()

    def _venue_s(self) -> float | None:
        """The venue's clock now, in epoch seconds; None before it was measured."""
        offset_ms = next((each.offset_ms for each in self._times if each.offset_ms is not None), None)
        return None if self._clock is None or offset_ms is None else (self._clock.wall_ms() + offset_ms) / 1000


def times_of(token: SecretStr) -> tuple[float | None, float | None]:
    """When a JWT was issued and when it ends, in epoch seconds, as it says itself; None for what it does not say."""
    parts = token.get_secret_value().split(".")
    if len(parts) != 3:
        return None, None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None, None
    if not isinstance(claims, dict):
        return None, None
    return _epoch_s(claims.get("iat")), _epoch_s(claims.get("exp"))


def _epoch_s(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        return None
    return float(value)
