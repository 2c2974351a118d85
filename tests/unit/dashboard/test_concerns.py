"""What is said when something is not as it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from psdash.dashboard.panes.concerns import Concern, Resting, concerns
from psdash.dashboard.panes.links import Links, SeenLink
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from tests.support.boards import FINAL, NOW_MS, NOW_S

MARKET, USER = GatewayName.MARKET, GatewayName.USER
LIVE = (SeenLink(LinkChanged(MARKET, LinkState.LIVE), NOW_S), SeenLink(LinkChanged(USER, LinkState.LIVE), NOW_S))


def said(
    market: Market | None = FINAL,
    platform: PlatformStatus | None = None,
    links: tuple[SeenLink, ...] = LIVE,
    resting: Resting | None = None,
    now_s: float = NOW_S,
) -> list[Concern]:
    mine = resting or Resting(0, 0, True)
    return list(concerns(market, platform or PlatformStatus(), links, mine, now_s=now_s, now_ms=NOW_MS))


def test_all_well_says_nothing() -> None:
    assert said() == []
    assert said(market=None, links=()) == []
    dialling = SeenLink(LinkChanged(MARKET, LinkState.DIALLING), NOW_S)
    assert said(links=(dialling,)) == []  # the first dial is no trouble


@pytest.mark.parametrize("status", [status for status in MarketStatus if status is not MarketStatus.OPEN])
def test_every_status_that_does_not_trade_is_explained(status: MarketStatus) -> None:
    (concern,) = said(replace(FINAL, status=status), resting=Resting(1, 1, True))
    assert concern.head == f"MARKET {status.value.replace('_', ' ')}"
    assert len(concern.text) > 15
    over = status in (MarketStatus.RESOLVED, MarketStatus.VOIDED, MarketStatus.CANCELLED, MarketStatus.REJECTED)
    assert ("1 resting order" in concern.text) is not over


def test_a_time_that_has_not_come_is_no_since() -> None:
    closed = replace(FINAL, status=MarketStatus.CLOSED, closes_ms=NOW_MS + 60_000)
    assert "since" not in said(closed)[0].text
    assert "since 19:59:00 UTC (1 min)" in said(replace(closed, closes_ms=NOW_MS - 60_000))[0].text


def test_a_resolution_says_what_is_paid() -> None:
    resolved = replace(FINAL, status=MarketStatus.RESOLVED, resolved_ms=NOW_MS, payout=("1", "0"))
    assert "YES pays 1, NO pays 0" in said(resolved)[0].text


def test_the_platform_comes_first_with_its_own_words() -> None:
    frozen = PlatformStatus(frozen=True, message="engine restart", since_ms=NOW_MS - 12_000)
    paused = replace(FINAL, status=MarketStatus.PAUSED)
    first, second = said(paused, frozen, resting=Resting(2, 3, True))
    assert first.head == "PLATFORM FROZEN"
    assert "since 19:59:48 UTC (12 s)" in first.text
    assert "you have 3 resting orders at the venue" in first.text
    assert 'the venue says "engine restart"' in first.text
    assert "your 2 resting orders stay on the book" in second.text
    assert said(platform=PlatformStatus(maintenance=True))[0].head == "MAINTENANCE"
    assert said(platform=PlatformStatus(frozen=True, maintenance=True))[0].head == "PLATFORM FROZEN, MAINTENANCE"


def test_a_refused_gateway_says_why_and_what_to_do() -> None:
    refused = SeenLink(LinkChanged(USER, LinkState.REFUSED, "expired key"), NOW_S)
    (concern,) = said(links=(LIVE[0], refused))
    assert concern.head == "USER GATEWAY REFUSED"
    assert concern.text == (
        "expired key; mend it and restart psdash; until then your orders, fills and positions stand still"
    )


def test_an_unreachable_venue_is_one_concern_with_the_next_try() -> None:
    links = tuple(
        SeenLink(LinkChanged(name, LinkState.BACKOFF, "no route", retry_in_s=wait, attempts=3), NOW_S)
        for name, wait in ((MARKET, 8.0), (USER, 4.0))
    )
    (concern,) = said(links=links, now_s=NOW_S + 1.5)
    assert concern.head == "VENUE UNREACHABLE"
    assert concern.text == "no route; next try in 3 s (try 4); what you see is old"


def test_a_lost_gateway_says_when_it_tries_again() -> None:
    lost = SeenLink(LinkChanged(MARKET, LinkState.BACKOFF, "reset by peer", retry_in_s=0.4, attempts=1), NOW_S)
    assert said(links=(lost, LIVE[1]))[0].text.startswith("reset by peer; next try in 1 s (try 2); book,")
    dialling = SeenLink(LinkChanged(MARKET, LinkState.DIALLING, "", attempts=2), NOW_S)
    assert said(links=(dialling, LIVE[1]))[0].text.startswith("trying again now (try 3); book,")


def test_waiting_counts_from_when_it_was_said() -> None:
    words = [LinkChanged(MARKET, LinkState.BACKOFF, "gone", retry_in_s=4.0, attempts=1)]
    links = Links(lambda: words)
    assert [seen.retry_s(10.0) for seen in links.now(10.0)] == [4.0]
    assert [seen.retry_s(13.0) for seen in links.now(13.0)] == [1.0]
    words[0] = LinkChanged(MARKET, LinkState.BACKOFF, "gone", round_trip_ms=3.0, retry_in_s=4.0, attempts=1)
    assert [seen.retry_s(13.0) for seen in links.now(13.0)] == [1.0]  # the same wait, said again
    words[0] = LinkChanged(MARKET, LinkState.BACKOFF, "gone", retry_in_s=4.0, attempts=2)
    assert [seen.retry_s(13.0) for seen in links.now(13.0)] == [4.0]
    words[0] = LinkChanged(MARKET, LinkState.LIVE)
    assert [seen.retry_s(14.0) for seen in links.now(14.0)] == [None]
