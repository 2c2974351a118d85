"""A title made to be mistaken for another (reliability §3.1, "homoglyph spoofing")."""

from __future__ import annotations

import pytest

from psdash.gateway.translate import MIXED, market
from psdash.text import mixes_alphabets
from psdash.wire.predictstreet.rest import MarketRecord

FORGED = [
    "P\u0430ypal wins",  # a Cyrillic a
    "Will \u0410pple rise?",
    "G\u043e\u043egle",
    "\u0391thens",  # a Greek capital alpha
    "Sp\u0251in \U0001d400a",
    "\u13a0urope",
]
HONEST = [
    "Will Spain beat France?",
    "Dynamo \u041c\u043e\u0441\u043a\u0432\u0430 vs Real Madrid",  # two scripts, each in words of its own
    "\u0391\u0395\u039a vs Olympiacos",
    "Besikta\u015f \u2013 Galatasaray",
    "\u65e5\u672c vs Brazil",
    "iPhone\u306e\u58f2\u4e0a",  # no letters that look alike
    "5 \u00b5m",
    "",
]


def titled(title: str) -> MarketRecord:
    return MarketRecord.model_validate(
        {"symbol": "S", "slug": "s", "title": title, "status": "OPEN", "groupItemTitle": title}
    )


@pytest.mark.parametrize("title", FORGED)
def test_a_forged_title_is_marked(title: str) -> None:
    assert mixes_alphabets(title)
    shown = market(titled(title), title)
    assert [words.startswith(f"{MIXED} ") for words in (shown.title, shown.group, shown.event)] == [True] * 3
    assert market(titled(title), shown.event).event == shown.event, "marked once"


@pytest.mark.parametrize("title", HONEST)
def test_an_honest_title_is_not(title: str) -> None:
    assert not mixes_alphabets(title)
    assert market(titled(title), title).title == title
