"""What the two gateways say of their connections, with the moment they said it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psdash.gateway.notices import GatewayName, LinkChanged, LinkState


@dataclass(frozen=True, slots=True)
class SeenLink:
    """The latest word of one gateway, and the monotonic second at which it was first seen here."""

    link: LinkChanged
    at_s: float

    @property
    def name(self) -> GatewayName:
        return self.link.gateway

    @property
    def is_trying_again(self) -> bool:
        """Lost, or never reached, and on its way again."""
        if self.link.state is LinkState.BACKOFF:
            return True
        on_the_way = (LinkState.DIALLING, LinkState.AUTH, LinkState.SUBSCRIBING)
        return self.link.attempts > 0 and self.link.state in on_the_way

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
        self._seen: dict[GatewayName, SeenLink] = {}

    def now(self, now_s: float) -> Sequence[SeenLink]:
        """Every gateway's latest word."""
        for link in self._read():
            seen = self._seen.get(link.gateway)
            if seen is None or seen.link is not link:
                at_s = now_s
                if seen is not None and _same_wait(seen.link, link):
                    at_s = seen.at_s
                self._seen[link.gateway] = SeenLink(link, at_s)
        return list(self._seen.values())


def _same_wait(before: LinkChanged, after: LinkChanged) -> bool:
    return (
        before.state is after.state is LinkState.BACKOFF
        and before.attempts == after.attempts
        and before.retry_in_s == after.retry_in_s
    )
