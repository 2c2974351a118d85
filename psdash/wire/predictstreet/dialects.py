"""The two versions of the protocol as values: which feeds a gateway carries, under which names, and how it is read.

A greeting without a version is of the older one (protocol §2.1, §11). Whoever holds a connection asks its dialect and
never a channel's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from psdash.wire.predictstreet import older
from psdash.wire.predictstreet.channels import CHANNELS, ChannelSpec, Feed
from psdash.wire.predictstreet.decode import Event as NewerEvent
from psdash.wire.predictstreet.decode import Frame as NewerFrame
from psdash.wire.predictstreet.decode import decode_frame, subject_of
from psdash.wire.predictstreet.older.channels import ALONGSIDE, SHARED

Event = NewerEvent | older.OlderEvent
"""Whatever either version pushes."""

Frame = NewerFrame | older.OlderEvent
"""Whatever either version sends."""


@dataclass(frozen=True)
class Dialect:
    """One version. `channels` are the feeds with a channel of their own; `shared` come over another feed's channel;
    `alongside` is what else a channel brings. `asks_books`: a book's snapshot can be asked for; `tells_balances`:
    what a vault holds is pushed; `stamps`: every frame bears the time at which it was sent.
    """

    version: int
    decode: Callable[[bytes | str], Frame]
    channels: Mapping[Feed, ChannelSpec]
    shared: Mapping[Feed, Feed] = field(default_factory=dict)
    alongside: Mapping[Feed, frozenset[Feed]] = field(default_factory=dict)
    asks_books: bool = True
    tells_balances: bool = True
    stamps: bool = True

    def carries(self, feed: Feed) -> bool:
        """Whether anything of this feed ever comes."""
        return feed in self.channels or feed in self.shared

    def carrier(self, feed: Feed) -> Feed:
        """The feed to subscribe to for the sake of another: itself, where it has a channel."""
        return self.shared.get(feed, feed)

    def brings(self, carrier: Feed, feed: Feed) -> bool:
        """Whether a subscription to one feed brings another as well."""
        return feed in self.alongside.get(carrier, ())

    def feed_named(self, channel: str) -> Feed | None:
        """The feed a channel of an answer belongs to; None for one this dialect does not have."""
        return next((feed for feed, spec in self.channels.items() if spec.name == channel), None)

    def subject_of(self, data: bytes | str) -> tuple[Feed | None, str]:
        """Which feed an unreadable push is of, and its token, condition or vault ("" when it names none)."""
        return subject_of(data, self.feed_named)

    def told_ms(self, event: Event) -> int | None:
        """A venue time that an event proves to have come: of its sending, else, where nothing else is told, of what
        it tells.
        """
        if event.server_ms is not None or self.stamps:
            return event.server_ms
        told: int | None = getattr(event, "venue_ms", None)
        return told


NEWER = Dialect(2, decode_frame, CHANNELS)
OLDER = Dialect(
    1, older.decode_frame, older.CHANNELS, SHARED, ALONGSIDE, asks_books=False, tells_balances=False, stamps=False
)


def dialect_of(version: int) -> Dialect:
    """The dialect of a version; one that is newer than this client is read as the newest it knows."""
    return OLDER if version <= OLDER.version else NEWER
