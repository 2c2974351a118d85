"""Fixtures with their events and markets, read for the volumes that no other list carries (protocol §7.3)."""

from typing import Annotated

from pydantic import Field, OnErrorOmit

from psdash.wire.predictstreet.rest.bodies import FewRows
from psdash.wire.scalars import AnyAmount, Decoration, NullIsEmpty, Opaque, WireModel


class MatchMarket(WireModel):
    """A market inside a fixture; a third-party reader found the volume here (protocol §7.2)."""

    slug: Opaque
    volume_24h: Annotated[AnyAmount | None, Decoration] = Field(None, alias="volume24h")


class MatchEvent(WireModel):
    """An event inside a fixture."""

    markets: Annotated[list[OnErrorOmit[MatchMarket]], FewRows, NullIsEmpty] = []


class MatchRecord(WireModel):
    """A fixture."""

    events: Annotated[list[OnErrorOmit[MatchEvent]], FewRows, NullIsEmpty] = []


class MatchesBody(WireModel):
    """`GET /api/matches` (protocol §7.3)."""

    matches: Annotated[list[OnErrorOmit[MatchRecord]], FewRows, NullIsEmpty]
