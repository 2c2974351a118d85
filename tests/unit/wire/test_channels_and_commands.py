"""The channel table (protocol §4) and the commands this client sends (protocol §3)."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from psdash.wire.predictstreet import CHANNELS, Feed, Gateway, Scope, commands, feed_named
from psdash.wire.predictstreet.channels import PLATFORM_IDS
from tests.unit.wire.samples import CONDITION, VAULT, YES, load, names

SENT: dict[str, commands.Command] = {
    "subscribe.market": commands.subscribe(
        1, [(Feed.MATCHES, [YES]), (Feed.BOOK, [YES]), (Feed.LIFECYCLE, [CONDITION]), (Feed.PLATFORM, [])]
    ),
    "subscribe.user": commands.subscribe(
        1, [(Feed.ORDERS, []), (Feed.FILLS, ["ignored: ids are forbidden here"]), (Feed.POSITIONS, [VAULT])]
    ),
    "update_subscription.add": commands.add_ids(2, 12, ["67890"]),
    "update_subscription.remove": commands.remove_ids(3, 12, ["12345"]),
    "unsubscribe": commands.unsubscribe(4, [12, 13]),
    "list_subscriptions": commands.list_subscriptions(5),
    "get_book_snapshot": commands.get_book_snapshot(6, 13, "12345"),
    "ping": commands.ping(999),
}


@pytest.mark.parametrize("name", names("commands"))
def test_each_command_is_written_as_its_fixture_and_compactly(name: str) -> None:
    text = SENT[name].to_wire()
    assert json.loads(text) == load(f"commands/{name}")
    assert text == json.dumps(json.loads(text), separators=(",", ":"))


def test_there_are_six_verbs_and_a_fixture_for_each() -> None:
    assert set(SENT) == set(names("commands"))
    assert {command.cmd for command in SENT.values()} == {
        "subscribe",
        "update_subscription",
        "unsubscribe",
        "list_subscriptions",
        "get_book_snapshot",
        "ping",
    }


@pytest.mark.parametrize("command_id", [-1, 2**53])
def test_a_command_id_must_come_back_exactly(command_id: int) -> None:
    with pytest.raises(ValidationError):
        commands.ping(command_id)


def test_the_table_has_every_feed_once_and_reads_back() -> None:
    assert set(CHANNELS) == set(Feed)
    for feed, spec in CHANNELS.items():
        assert feed_named(spec.name) is feed
    assert feed_named("all_token_book") is None
    assert PLATFORM_IDS == ("platform_status",)


def test_who_serves_what() -> None:
    user = {feed for feed, spec in CHANNELS.items() if spec.gateway is Gateway.USER}
    assert user == {Feed.ORDERS, Feed.FILLS, Feed.POSITIONS}
    without_ids = {feed for feed, spec in CHANNELS.items() if not spec.takes_ids}
    assert without_ids == {Feed.ORDERS, Feed.FILLS}
    by_token = {feed for feed, spec in CHANNELS.items() if spec.scope is Scope.TOKEN}
    assert by_token == {Feed.BOOK, Feed.MATCHES, Feed.SETTLEMENTS, Feed.CANDLES}
