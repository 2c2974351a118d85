"""What is said when something is not as it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from psdash.dashboard.panes.concerns import Concern, FirstSeen, Resting, Shown, concerns, idle_words, payouts
from psdash.dashboard.panes.links import Links, SeenLink
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.gateway.refusals import CREDENTIAL
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
    shown: Shown | None = None,
    first: FirstSeen | None = None,
    private_refusal: str = "",
) -> list[Concern]:
    return list(
        concerns(
            market,
            platform or PlatformStatus(),
            links,
            resting or Resting(0, 0, True),
            now_s=now_s,
            now_ms=NOW_MS,
            shown=shown or Shown(),
            first=first or FirstSeen(),
            private_refusal=private_refusal,
        )
    )


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
    assert "since" not in said(closed)[0].text.lower()
    assert "Since 19:59:00 UTC (1 min)." in said(replace(closed, closes_ms=NOW_MS - 60_000))[0].sentences


def test_since_when_is_said_of_every_status_and_with_its_day_when_that_is_not_today() -> None:
    first = FirstSeen(NOW_MS - 5_000, NOW_MS - 7_000)
    for status in MarketStatus:
        if not status.trades:
            (concern,) = said(replace(FINAL, status=status), first=first)
            assert "Since at least 19:59:55 UTC (5 s)." in concern.sentences
    (frozen,) = said(platform=PlatformStatus(frozen=True), first=first)
    assert "Since at least 19:59:53 UTC (7 s)." in frozen.sentences
    resolved = replace(FINAL, status=MarketStatus.RESOLVED, resolved_ms=NOW_MS - 86_400_000 - 3_600_000)
    assert "Since 2026-07-14 19:00:00 UTC (1 d 1 h)." in said(resolved, first=first)[0].sentences


@pytest.mark.parametrize(
    ("payout", "words"),
    [
        (("1", "0"), "YES pays $1.00, NO pays $0.00"),
        (("1", "1"), "YES pays $0.50, NO pays $0.50"),
        (("3", "1"), "YES pays $0.75, NO pays $0.25"),
        (("1", "2"), "YES pays $0.3333, NO pays $0.6667"),
        (("1000000", "0"), "YES pays $1.00, NO pays $0.00"),
        (("0", "0"), ""),
        (("-1", "2"), ""),
        (("NaN", "1"), ""),
        (("lots", "1"), ""),
        (None, ""),
    ],
)
def test_a_share_pays_its_numerator_over_the_sum_of_all(payout: tuple[str, ...] | None, words: str) -> None:
    market = replace(FINAL, status=MarketStatus.VOIDED, resolved_ms=NOW_MS, payout=payout)
    assert payouts(market) == words
    text = said(market)[0].text
    assert f"{words} a share." in text if words else "pays the same amount" in text


def test_the_platform_comes_first_with_its_own_words() -> None:
    frozen = PlatformStatus(frozen=True, message="engine restart", since_ms=NOW_MS - 12_000)
    paused = replace(FINAL, status=MarketStatus.PAUSED)
    first, second = said(paused, frozen, resting=Resting(2, 3, True))
    assert first.head == "PLATFORM FROZEN"
    assert first.sentences == (
        "No orders accepted; your 3 resting orders: unknown until it is back.",
        "Since 19:59:48 UTC (12 s).",
        'The venue says "engine restart"',
    )
    assert "your 2 resting orders stay on the book" in second.text
    assert said(platform=PlatformStatus(maintenance=True))[0].head == "MAINTENANCE"
    assert said(platform=PlatformStatus(frozen=True, maintenance=True))[0].head == "PLATFORM FROZEN, MAINTENANCE"


@pytest.mark.parametrize(
    ("message", "stay"),
    [
        ("Trading is frozen. Resting orders are kept.", True),
        ("All orders remain on the book", True),
        ("Resting orders are not kept.", False),
        ("Resting orders will be cancelled, balances are kept.", False),
        ("Your funds stay safe", False),
        (None, False),
    ],
)
def test_only_the_venues_own_word_says_that_orders_stay(message: str | None, stay: bool) -> None:
    (concern,) = said(platform=PlatformStatus(frozen=True, message=message), resting=Resting(0, 11, True))
    assert (concern.sentences[0] == "No orders accepted; your 11 resting orders stay.") is stay
    assert ("unknown until it is back" in concern.sentences[0]) is not stay


def test_a_refused_gateway_says_why_and_what_to_do_once() -> None:
    refused = SeenLink(LinkChanged(USER, LinkState.REFUSED, "expired key"), NOW_S)
    (concern,) = said(links=(LIVE[0], refused))
    assert concern.head == "USER GATEWAY REFUSED"
    assert concern.text == "Expired key. Mend it and restart psdash. Your orders, fills and positions stand still."
    (concern,) = said(links=(LIVE[0], refused), shown=Shown(True, False))
    assert concern.text.endswith("Your orders, fills and positions are unknown without it.")


@pytest.mark.parametrize("code", list(CREDENTIAL))
def test_one_key_refused_at_both_gateways_is_one_concern_and_repeats_nothing(code: str) -> None:
    words = CREDENTIAL[code].words
    links = tuple(SeenLink(LinkChanged(name, LinkState.REFUSED, words), NOW_S) for name in (MARKET, USER))
    (concern,) = said(links=links, shown=Shown(False, False))
    assert concern.head == "BOTH GATEWAYS REFUSED"
    assert not any(part in concern.text for part in (".;", ". .", "psdash stopped"))
    assert concern.sentences[-1] == "Nothing can be shown."
    assert len(set(concern.sentences)) == len(concern.sentences)


def away(
    state: LinkState, reason: str = "", wait: float | None = None, was_live: bool = True
) -> tuple[SeenLink, ...]:
    """Both gateways on their way again for twelve seconds, the market's in this state."""
    market = LinkChanged(MARKET, state, reason, retry_in_s=wait, attempts=3)
    user = LinkChanged(USER, LinkState.BACKOFF, "no route", retry_in_s=4.0, attempts=3)
    return tuple(SeenLink(link, NOW_S, NOW_S - 12, was_live, "no route") for link in (market, user))


def test_both_gateways_lost_are_one_concern_whatever_either_is_doing() -> None:
    phases = (
        away(LinkState.BACKOFF, "no route", 8.0),
        away(LinkState.DIALLING),
        away(LinkState.AUTH),
        away(LinkState.SUBSCRIBING),
        away(LinkState.BACKOFF, "went silent", 1.0),
    )
    for links in phases:
        (concern,) = said(links=links, resting=Resting(0, 11, False))
        assert concern.head == "BOTH GATEWAYS LOST"
        assert concern.sentences[:3] == (
            "Since 19:59:48 UTC (12 s).",
            "What you see is old.",
            "Your 11 resting orders are still at the venue and may trade.",
        )
        assert "No route." in concern.sentences
    (concern,) = said(links=phases[0], now_s=NOW_S + 1.5)
    assert "Next try within 3 s (try 4)." in concern.sentences


def test_a_venue_that_answers_and_lets_nobody_in_is_not_called_lost_nor_is_nothing_called_old() -> None:
    words = CREDENTIAL["api_key_auth_disabled"].words
    links = tuple(replace(seen, told=words, was_live=False) for seen in away(LinkState.BACKOFF, words, 60.0))
    (concern,) = said(links=links, shown=Shown(False, False))
    assert concern.head == "BOTH GATEWAYS SHUT"
    assert "old" not in concern.text
    assert "The venue has switched key logins off." in concern.text
    (concern,) = said(links=away(LinkState.BACKOFF, "no route", 4.0, was_live=False), shown=Shown(False, False))
    assert concern.head == "BOTH GATEWAYS NOT REACHED"


def test_a_lost_gateway_says_since_when_and_when_it_tries_again() -> None:
    link = LinkChanged(MARKET, LinkState.BACKOFF, "reset by peer", retry_in_s=0.4, attempts=1)
    lost = SeenLink(link, NOW_S, NOW_S - 3, was_live=True)
    (concern,) = said(links=(lost, LIVE[1]))
    assert concern.head == "MARKET GATEWAY LOST"
    assert concern.sentences == (
        "Since 19:59:57 UTC (3 s).",
        "Book, tape and chart stand still.",
        "Next try within 1 s (try 2).",
        "Reset by peer.",
    )
    dialling = SeenLink(LinkChanged(MARKET, LinkState.DIALLING, "", attempts=2), NOW_S, was_live=True)
    assert "Trying again (try 2)." in said(links=(dialling, LIVE[1]))[0].sentences


def test_a_key_without_the_scope_is_one_line() -> None:
    (concern,) = said(private_refusal="the key lacks the scope portfolio:read; issue one that has it to see this")
    assert concern.head == "KEY WITHOUT SCOPE"
    assert concern.text == "Orders, fills and vault need portfolio:read."
    (concern,) = said(private_refusal="the venue has banned this wallet")
    assert (concern.head, concern.text) == ("PRIVATE PANES REFUSED", "The venue has banned this wallet.")


def test_an_idle_market_says_why_nothing_rests() -> None:
    assert idle_words(MarketStatus.OPEN) == ""
    assert idle_words(MarketStatus.RESOLVED) == "trading has ended"
    assert idle_words(MarketStatus.PRE_MARKET) == "trading has not begun"
    assert idle_words(MarketStatus.PAUSED) == "trading is halted"


def test_the_first_dial_is_no_loss_and_a_dial_after_one_is() -> None:
    words = [LinkChanged(MARKET, LinkState.DIALLING, attempts=1)]
    links = Links(lambda: words)
    assert not links.now(1.0)[0].is_trying_again
    words[0] = LinkChanged(MARKET, LinkState.BACKOFF, "refused", retry_in_s=1.0, attempts=1)
    assert links.now(2.0)[0].is_trying_again
    words[0] = LinkChanged(MARKET, LinkState.DIALLING, attempts=2)
    seen = links.now(3.0)[0]
    assert (seen.is_trying_again, seen.reason, seen.lost_s, seen.next_dial) == (True, "refused", 1.0, 2)
    words[0] = LinkChanged(MARKET, LinkState.LIVE)
    assert links.now(4.0)[0].lost_s is None
    words[0] = LinkChanged(MARKET, LinkState.BACKOFF, "gone", retry_in_s=1.0)
    seen = links.now(5.0)[0]
    assert (seen.was_live, seen.lost_s, seen.reason) == (True, 5.0, "gone")


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
