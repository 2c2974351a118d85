"""What is listed: events, their questions (groups), and each question's market on each venue."""

from __future__ import annotations

from dataclasses import dataclass

#: What prices step in on each venue, in hundredths of a cent.
STEPS = {"kalshi": 100, "polymarket": 10, "opinion": 100, "predictit": 100, "predictfun": 100}
WITH_BOOKS = ("kalshi", "polymarket", "opinion")


@dataclass(frozen=True, slots=True)
class HuntMarket:
    """One question on one venue. `group_id` is None where no other venue lists it."""

    venue: str
    market_id: str
    title: str
    group_id: int | None
    slug: str = ""
    is_silent: bool = False  # known, and never traded: a subscription to it brings nothing

    @property
    def name(self) -> str:
        """`venue:market_id`, as the lookups write it."""
        return f"{self.venue}:{self.market_id}"

    @property
    def url(self) -> str:
        return f"https://{self.venue}.example/markets/{self.market_id}"


@dataclass(frozen=True, slots=True)
class Group:
    """The same question on several venues."""

    group_id: int
    title: str
    markets: tuple[HuntMarket, ...]


@dataclass(frozen=True, slots=True)
class HuntEvent:
    event_id: int
    name: str
    category: str
    date: str
    groups: tuple[Group, ...]


def _group(group_id: int, title: str, slug: str, **ids: str) -> Group:
    markets = tuple(HuntMarket(venue, market_id, title, group_id, slug) for venue, market_id in ids.items())
    return Group(group_id, title, markets)


EVENTS = (
    HuntEvent(
        9001,
        "Fed decision in March",
        "economics",
        "2027-03-17",
        (
            _group(101, "Fed cuts rates in March", "fed-cuts-march", kalshi="KXFED-26", polymarket="573656"),
            _group(102, "Fed holds rates in March", "fed-holds-march", kalshi="KXFED-26H", polymarket="573657"),
        ),
    ),
    HuntEvent(
        9002,
        "Spain vs France",
        "sports",
        "2026-07-14",
        (
            _group(
                201,
                "Spain beats France",
                "fifwc-esp-fra-2026-07-14-esp",
                kalshi="KXWC-ESPFRA-ESP",
                polymarket="601201",
                opinion="op-5512",
            ),
            _group(
                202,
                "Spain vs France ends in a draw",
                "fifwc-esp-fra-2026-07-14-draw",
                kalshi="KXWC-ESPFRA-TIE",
                polymarket="601202",
            ),
        ),
    ),
    HuntEvent(
        9003,
        "Lakers vs Celtics",
        "sports",
        "2026-12-25",
        (
            _group(
                301,
                "Lakers beat Celtics",
                "lakers-celtics",
                kalshi="KXNBA-LALBOS",
                polymarket="611001",
                predictit="8123",
            ),
        ),
    ),
)
#: Listed by one venue alone, so of no group; and one that nobody trades.
LONERS = (
    HuntMarket("kalshi", "KXRAIN-NYC", "Rain in New York tomorrow", None, "rain-nyc"),
    HuntMarket("polymarket", "590001", "A market that nobody trades", None, "silent", is_silent=True),
)


def groups() -> tuple[Group, ...]:
    """Every question."""
    return tuple(group for event in EVENTS for group in event.groups)


def markets() -> tuple[HuntMarket, ...]:
    """Every market of every venue."""
    return (*(market for group in groups() for market in group.markets), *LONERS)
