"""The fault menu as a list: what it takes, what it refuses, what the help says of it."""

from __future__ import annotations

import json
import random
import re
from itertools import islice

import pytest

from psdash.simulator.chaos import FAULTS, Menu, MenuError, help_text, hostile
from psdash.simulator.cli import main

#: What issue 3 asks for, by name.
WANTED = {
    *(f"close-{code}" for code in (1000, 1001, 1002, 1003, 1006, 1007, 1009, 1011, 1012, 1013, 4000)),
    *(f"close-4401-api_key_{why}" for why in ("revoked", "expired", "suspended", "unknown_key", "auth_disabled")),
    *("reset", "freeze", "cut", "accept-close", "refuse-dial", "hang-handshake", "upgrade-429", "upgrade-503"),
    *("rest-429", "rest-503", "silent", "drop", "duplicate", "reorder", "delay", "lose-last", "snapshot-stale"),
    *("snapshot-fail", "prevseq-in-data", "prevseq-absent", "update-as-state", "reversed-levels", "counters-restart"),
    *("cap-ids", "cap-sids", "revoke", "clock-skew", "clock-step", "trade-duplicate", "trade-late", "ghost", "late"),
    *(
        "settlement-never",
        "backlog",
        "tick",
        "one-sided",
        "empty-book",
        "garbage",
        "mangled",
        "oversize",
        "bad-frame",
    ),
    *("hostile-text", "rest-drip", "rest-oversize", "rest-gzip-bomb", "rest-redirect"),
    # The other readings of the protocol.
    *("update-as-change", "changes-list", "null-lists", "trades-without-id", "placed-filled", "ohlc-ignores-outcome"),
    *("orders-lag", "late-tokens", "no-accounts", "host-ahead", "host-behind"),
}


def test_the_menu_has_everything_that_the_issue_asks_for() -> None:
    assert set(FAULTS) >= WANTED


def test_help_lists_every_fault_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    for entry in FAULTS.values():
        assert f"{entry.name}{f'={entry.default:g}' if entry.unit else ''} {' '.join(entry.about.split())}" in printed
        assert len(entry.about) > 15
    assert "TCP itself never drops" in printed
    assert all(len(line) <= 118 for line in help_text().splitlines())


def test_levels_are_read_and_defaults_are_the_entries_own() -> None:
    menu = Menu.parse("freeze=12.5, drop ,close-1012", 3)
    assert menu.names == ["drop", "close-1012", "freeze"]  # in the order of the chain, however it was typed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "NAME"),
        ("drop,,reset", "NAME"),
        ("dorp", "no fault called 'dorp'"),
        ("drop=x", "needs a number"),
        ("drop=1.5", "share of deltas"),
        ("drop=-1", "share of deltas"),
        ("freeze=inf", "seconds"),
        ("freeze=nan", "seconds"),
        ("reset=3", "takes no level"),
        ("drop,drop", "twice"),
    ],
)
def test_bad_orders_are_refused(text: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MenuError, match=why):
        Menu.parse(text)
    with pytest.raises(SystemExit) as ended:
        main(["--chaos", text])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_only_what_was_ordered_and_strikes_can_be_struck() -> None:
    menu = Menu.parse("drop")
    with pytest.raises(MenuError, match="acts all the time"):
        menu.strike("drop")
    with pytest.raises(MenuError, match="was not ordered"):
        menu.strike("reset")


def test_hostile_messages_are_text_endless_and_repeatable() -> None:
    first, second = (list(islice(hostile.messages(random.Random(5)), 2_000)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 1_000
    broken = 0
    for message in first:
        message.decode("utf-8")  # a WebSocket text message, whatever it says
        try:
            json.loads(message)
        except (ValueError, RecursionError):
            broken += 1
    assert 300 < broken < 1_700  # both sorts: what does not parse, and what parses and means nothing


def is_book(data: object) -> bool:
    """Whether a strict reader would take this for a book."""
    if not isinstance(data, dict):
        return False
    for side in ("bids", "asks"):
        if not isinstance(data.get(side), list):
            return False
        for level in data[side]:
            if not isinstance(level, dict):
                return False
            for name in ("price", "quantity"):
                if (
                    not isinstance(level.get(name), str)
                    or re.fullmatch(r"[0-9]{1,12}([.][0-9]{1,6})?", level[name]) is None
                ):
                    return False
    return True


def test_a_mangled_copy_is_never_a_believable_book() -> None:
    rng = random.Random(5)
    sides = {"bids": [{"price": "0.5", "quantity": "10"}], "asks": [{"price": "0.6", "quantity": "7"}]}
    true = {"type": "book_snapshot", "sid": 3, "channel": "token_book", "id": "12", "seq": 70, "data": sides}
    assert is_book(true["data"])
    for _ in range(2_000):
        spoilt = json.loads(hostile.mangled(rng, true))
        assert spoilt["channel"] != "token_book" or not is_book(spoilt["data"]), spoilt
