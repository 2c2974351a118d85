"""A search goes to every source that can be searched, and one that fails costs its own answers only."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from psdash.gateway.begun_again import INTERNAL_ERROR
from psdash.gateway.lookup import VenueUnreachableError
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.sources.session import Searching
from tests.support.toy_source import ToyVenue
from tests.unit.sources.test_together import opened, toys_of


def market(slug: str) -> Market:
    return Market(slug, slug, slug, MarketStatus.OPEN, ("1",))


def searchable(monkeypatch: pytest.MonkeyPatch, venue: ToyVenue, answer: Sequence[Market] | Exception) -> None:
    async def search(_typed: str) -> Sequence[Market]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(venue, "search", search, raising=False)


async def test_every_source_is_asked_and_names_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(monkeypatch, Board(), [], toy="QuietVenue", boat="QuietVenue", plane="QuietVenue")
    toys = toys_of(session)
    searchable(monkeypatch, toys["toy"], [market("toy/duck"), market("boat/stolen")])
    searchable(monkeypatch, toys["boat"], [market("boat/duck")])
    assert isinstance(session, Searching)
    assert not isinstance(toys["plane"], Searching)
    assert [found.slug for found in await session.search("duck")] == ["toy/duck", "boat/duck"]
    await session.close()


async def test_what_one_source_fails_at_another_may_find(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(monkeypatch, Board(), [], toy="QuietVenue", boat="QuietVenue")
    toys = toys_of(session)
    searchable(monkeypatch, toys["toy"], VenueUnreachableError("nobody answers"))
    searchable(monkeypatch, toys["boat"], [market("boat/duck")])
    assert [found.slug for found in await session.search("duck")] == ["boat/duck"]
    searchable(monkeypatch, toys["boat"], RuntimeError("a fault of our own"))
    with pytest.raises(VenueUnreachableError, match="nobody answers") as refused:
        await session.search("duck")
    assert INTERNAL_ERROR in str(refused.value)
    await session.close()


async def test_where_no_source_can_be_searched_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(monkeypatch, Board(), [], toy="QuietVenue", boat="QuietVenue")
    assert list(await session.search("duck")) == []
    await session.close()
