"""What the two gateways say of their connections, with the moment they said it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psdash.gateway.notices import LinkChanged, LinkState

_ON_THE_WAY = (LinkState.DIALLING, LinkState.AUTH, LinkState.SUBSCRIBING)


@dataclass(frozen=True, slots=True)
class SeenLink:
    """The latest word of one gateway, and the monotonic second at which it was first seen here.

    `lost_s` is the second since which it is not live (None while it is), `was_live` whether it ever was, and `told`
    the last reason it gave since then: a dial on its way says none, and the trouble is still the same one.
    """

    link: LinkChanged
    at_s: float
    lost_s: float | None = None
    was_live: bool = False
    told: str = ""

    @property
    def name(self) -> str:
        return self.link.gateway

    @property
    def reason(self) -> str:
        """Why it is not live, as last said."""
        return self.link.reason or self.told

    @property
    def is_trying_again(self) -> bool:
        """Lost, or not reached at the first dial, and on its way again."""
        if self.link.state is LinkState.BACKOFF:
            return True
        again = self.was_live or bool(self.told) or self.link.attempts > 1
        return again and self.link.state in _ON_THE_WAY

    @property
    def next_dial(self) -> int:
        """The number of the dial that is on its way or comes next, counted from the loss."""
        return self.link.attempts + (self.link.state is LinkState.BACKOFF)

    def retry_s(self, now_s: float) -> float | None:
        """Seconds until the next try; None when no try is waiting."""
        if self.link.state is not LinkState.BACKOFF or self.link.retry_in_s is None:
            return None
        return max(0.0, self.at_s + self.link.retry_in_s - now_s)


class Links:
    """Reads the gateways' latest words when a widget paints. `LinkChanged.retry_in_s` counts from its first sight."""

    def __init__(self, read: Callable[[], Sequence[LinkChanged]]) -> None:
        """`read` gives each gateway's latest word, market first; nothing before the venue is open."""
        self._read = read
        self._seen: dict[str, SeenLink] = {}

    def now(self, now_s: float) -> Sequence[SeenLink]:
        """Every gateway's latest word."""
        for link in self._read():
            seen = self._seen.get(link.gateway)
            if seen is None or seen.link is not link:
                self._seen[link.gateway] = _after(seen, link, now_s)
        return list(self._seen.values())


def _after(seen: SeenLink | None, link: LinkChanged, now_s: float) -> SeenLink:
    at_s = seen.at_s if seen is not None and _same_wait(seen.link, link) else now_s
    if link.state is LinkState.LIVE:
        return SeenLink(link, at_s, was_live=True)
    if seen is None:
        return SeenLink(link, at_s, lost_s=now_s, told=link.reason)
    lost_s = now_s if seen.lost_s is None else seen.lost_s
    return SeenLink(link, at_s, lost_s, seen.was_live, link.reason or seen.told)


def _same_wait(before: LinkChanged, after: LinkChanged) -> bool:
    return (
        before.state is after.state is LinkState.BACKOFF
        and before.attempts == after.attempts
        and before.retry_in_s == after.retry_in_s
    )
