"""Subscriptions against a venue with caps, bad ids, lowered caps and missing answers (protocol §3.1, §3.7)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from psdash.gateway.subscriptions import NO_ID, Line, Subscriptions, normal
from psdash.wire.predictstreet import CHANNELS, CommandError, Feed, Subscribed, decode_frame
from psdash.wire.predictstreet.commands import Command

BOOK, MATCHES = Feed.BOOK, Feed.MATCHES


class Gateway:
    """The other side, strict about its caps. The id 13 is bad, and refuses its whole entry."""

    def __init__(self, max_sids: int = 256, max_ids: int = 100) -> None:
        self.max_sids = max_sids
        self.max_ids = max_ids
        self._next_sid = itertools.count(1)
        self.sids: dict[int, tuple[str, list[str]]] = {}

    def hear(self, command: Command) -> dict[str, Any] | None:
        """Take a command; the answer, as it would travel."""
        sent = json.loads(command.to_wire())
        if sent["cmd"] == "unsubscribe":
            gone = [sid for sid in sent["params"]["sids"] if self.sids.pop(sid, None) is not None]
            return {"id": sent["id"], "type": "unsubscribed", "sids": gone}
        accepted: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        for entry in sent["params"]["subscriptions"]:
            channel, ids = entry["channel"], entry.get("ids", [])
            bad = [id_ for id_ in ids if id_ == "13"]
            if len(ids) > self.max_ids:
                rejected.append({"channel": channel, "ids": ids, "code": "subscription_too_many_ids", "message": ""})
            elif bad:
                rejected.append({"channel": channel, "ids": bad, "code": "invalid_params", "message": "bad id"})
            elif len(self.sids) >= self.max_sids:
                rejected.append({"channel": channel, "ids": ids, "code": "subscription_cap_exceeded", "message": ""})
            else:
                sid = next(self._next_sid)
                self.sids[sid] = (channel, ids)
                row: dict[str, Any] = {"sid": sid, "channel": channel}
                accepted.append(row | {"ids": ids} if ids else row)
        return {"id": sent["id"], "type": "subscribed", "accepted": accepted, "rejected": rejected}


def subscriptions(**options: Any) -> Subscriptions:
    return Subscriptions(itertools.count(1).__next__, **options)


def settle(subs: Subscriptions, gateway: Gateway, now_s: float = 0.0) -> None:
    """Let both sides talk until nothing is left to say."""
    for _ in range(2_000):
        command = subs.next_command(now_s)
        if command is None:
            return
        tell(subs, gateway.hear(command))
    raise AssertionError("the two sides never came to rest")


def tell(subs: Subscriptions, answer: dict[str, Any] | None) -> None:
    if answer is not None and answer["type"] == "subscribed":
        frame = decode_frame(json.dumps(answer))
        assert isinstance(frame, Subscribed)
        subs.subscribed(frame)


def books(*ids: object) -> list[Line]:
    return [Line(BOOK, str(id_)) for id_ in ids]


def test_ids_are_packed_by_the_hundred_and_the_focus_goes_first() -> None:
    subs = subscriptions()
    subs.want([books(7), books(*range(1000, 1250))])
    first = subs.next_command(0.0)
    assert first is not None
    assert json.loads(first.to_wire())["params"]["subscriptions"] == [{"channel": "token_book", "ids": ["7"]}]
    second = subs.next_command(0.0)
    assert second is not None
    sizes = [len(entry["ids"]) for entry in json.loads(second.to_wire())["params"]["subscriptions"]]
    assert sizes == [100, 100, 50]
    assert subs.next_command(0.0) is None


def test_a_thousand_tokens_on_three_channels_fit_thirty_sids() -> None:
    subs, gateway = subscriptions(), Gateway()
    tokens = [str(10**20 + n * 100) for n in range(1_000)]
    subs.want([[Line(feed, token) for feed in (BOOK, MATCHES, Feed.CANDLES) for token in tokens]])
    settle(subs, gateway)
    assert subs.is_settled
    assert not subs.refused
    assert len(gateway.sids) == 30


def test_one_bad_id_costs_only_itself() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2, 13, 4)])
    settle(subs, gateway)
    assert [line.id for line in subs.refused] == ["13"]
    assert all(subs.sid_of(line) is not None for line in books(1, 2, 4))


def test_feeds_without_ids() -> None:
    subs, gateway = subscriptions(), Gateway()
    lines = [Line(Feed.ORDERS, NO_ID), Line(Feed.FILLS, NO_ID)]
    subs.want([lines])
    settle(subs, gateway)
    assert sorted(gateway.sids.values()) == [("user_fills", []), ("user_orders", [])]
    assert subs.is_settled


def test_a_refused_feed_without_ids() -> None:
    subs = subscriptions()
    line = Line(Feed.ORDERS, NO_ID)
    subs.want([[line]])
    command = subs.next_command(0.0)
    assert command is not None
    refused = {"channel": "user_orders", "code": "api_key_scope_missing", "message": "needs portfolio:read"}
    tell(subs, {"id": command.command_id, "type": "subscribed", "accepted": [], "rejected": [refused]})
    assert subs.refused[line].code == "api_key_scope_missing"
    assert subs.next_command(0.0) is None


def test_ids_are_compared_as_the_venue_writes_them() -> None:
    subs, gateway = subscriptions(), Gateway()
    condition = "0x" + "ab" * 32
    subs.want([[Line(Feed.LIFECYCLE, normal(condition.upper().replace("0X", "0x")))]])
    settle(subs, gateway)
    assert subs.sid_of(Line(Feed.LIFECYCLE, condition)) is not None
    assert normal("000123") == "123"
    assert normal("0") == "0"


def test_a_lowered_id_cap_is_learned() -> None:
    subs, gateway = subscriptions(), Gateway(max_ids=30)
    subs.want([books(*range(2000, 2200, 2))])
    settle(subs, gateway)
    assert subs.is_settled
    assert not subs.refused
    assert max(len(ids) for _, ids in gateway.sids.values()) <= 30


def test_beyond_the_sid_cap_the_rest_is_refused_in_words_and_taken_when_there_is_room() -> None:
    subs, gateway = subscriptions(max_sids=2, max_ids=1), Gateway(max_sids=2, max_ids=1)
    subs.want([books(1, 2, 3)])
    settle(subs, gateway)
    assert [refusal.code for refusal in subs.refused.values()] == ["subscription_cap_exceeded"]
    subs.want([books(2, 3)])
    settle(subs, gateway)
    assert not subs.refused
    assert subs.sid_of(Line(BOOK, "3")) is not None


def test_an_unwanted_id_is_let_go_with_its_pack() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2)])
    settle(subs, gateway)
    (sid,) = gateway.sids
    subs.want([books(2)])
    settle(subs, gateway)
    assert list(gateway.sids) == [sid]
    subs.want([books(3)])
    settle(subs, gateway)
    assert [ids for _, ids in gateway.sids.values()] == [["3"]]
    assert not subs.carries(sid, BOOK)


def test_an_answer_in_time_or_not_at_all() -> None:
    subs = subscriptions(ack_s=5.0)
    subs.want([books(1)])
    assert subs.next_command(100.0) is not None
    assert not subs.is_overdue(104.9)
    assert subs.is_overdue(105.0)
    subs.forget()
    assert not subs.is_overdue(1e9)
    assert subs.next_command(200.0) is not None  # everything is asked again on the next connection


def test_an_error_in_place_of_an_answer_refuses_what_was_asked() -> None:
    subs = subscriptions()
    subs.want([books(1, 2)])
    command = subs.next_command(0.0)
    assert command is not None
    error = CommandError.model_validate({"id": command.command_id, "type": "error", "code": "rate_limited"})
    change = subs.failed(error)
    assert change is not None
    assert {refusal.code for refusal in change.refused} == {"rate_limited"}
    assert subs.failed(error) is None


def refuse(subs: Subscriptions, command: Command, code: str) -> None:
    """Answer a subscribe with a rejection of everything in it."""
    entries = json.loads(command.to_wire())["params"]["subscriptions"]
    rejected = [{**entry, "code": code, "message": None} for entry in entries]
    tell(subs, {"id": command.command_id, "type": "subscribed", "accepted": [], "rejected": rejected})


def asked_at(subs: Subscriptions, code: str, until_s: int) -> list[int]:
    """The whole seconds at which a subscribe went out, each refused with `code`."""
    times: list[int] = []
    for now_s in range(until_s):
        command = subs.next_command(float(now_s))
        if command is not None:
            times.append(now_s)
            refuse(subs, command, code)
            assert subs.next_command(float(now_s)) is None
    return times


def test_a_refusal_that_may_pass_is_asked_again_more_and_more_slowly() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2)])
    assert asked_at(subs, "rate_limited", 200) == [0, 5, 20, 80, 140]
    assert subs.is_settled
    assert set(subs.refused) == set(books(1, 2))
    settle(subs, gateway, 201.0)
    assert not subs.refused
    assert all(subs.sid_of(line) is not None for line in books(1, 2))
    assert asked_at(subs, "rate_limited", 0) == []


@pytest.mark.parametrize("code", ["invalid_params", "forbidden", "api_key_scope_missing"])
def test_a_refusal_of_the_protocols_own_is_final(code: str) -> None:
    subs = subscriptions()
    subs.want([books(1)])
    assert asked_at(subs, code, 1_000) == [0]
    assert subs.refused[Line(BOOK, "1")].code == code


def test_an_error_that_may_pass_is_asked_again_and_a_line_let_go_is_not() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2)])
    command = subs.next_command(0.0)
    assert command is not None
    subs.failed(CommandError.model_validate({"id": command.command_id, "type": "error", "code": None}))
    assert subs.next_command(0.0) is None
    subs.want([books(2)])
    settle(subs, gateway, 5.0)
    assert [ids for _, ids in gateway.sids.values()] == [["2"]]


def test_what_the_venue_passes_over_is_asked_a_few_times_only() -> None:
    subs = subscriptions()
    subs.want([books(1)])
    asked = 0
    while (command := subs.next_command(0.0)) is not None:
        asked += 1
        tell(subs, {"id": command.command_id, "type": "subscribed", "accepted": [], "rejected": []})
    assert asked == 3
    assert [refusal.code for refusal in subs.refused.values()] == ["no_answer"]


def test_renewing_moves_a_line_to_a_new_sid() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2)])
    settle(subs, gateway)
    old = subs.sid_of(Line(BOOK, "1"))
    subs.renew(Line(BOOK, "1"))
    settle(subs, gateway)
    new = subs.sid_of(Line(BOOK, "1"))
    assert new not in (None, old)
    assert subs.sid_of(Line(BOOK, "2")) == old


def test_refreshing_asks_for_a_whole_sid_again_and_leaves_no_moment_without() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2, 3)])
    settle(subs, gateway)
    (old,) = subs.sids
    assert set(subs.refresh(old)) == set(books(1, 2, 3))
    assert all(subs.sid_of(line) == old for line in books(1, 2, 3))
    assert subs.is_settled
    settle(subs, gateway)
    (new,) = subs.sids
    assert new != old
    assert set(gateway.sids) == {new}
    assert subs.next_command(0.0) is None


def test_a_refresh_that_is_refused_leaves_everything_as_it_was() -> None:
    subs, gateway = subscriptions(), Gateway()
    subs.want([books(1, 2)])
    settle(subs, gateway)
    (old,) = subs.sids
    subs.refresh(old)
    command = subs.next_command(0.0)
    assert command is not None
    subs.failed(CommandError.model_validate({"id": command.command_id, "type": "error", "code": "forbidden"}))
    assert not subs.refused
    assert all(subs.sid_of(line) == old for line in books(1, 2))
    assert subs.next_command(0.0) is None


def test_there_is_no_refresh_without_room_for_it() -> None:
    subs, gateway = subscriptions(max_sids=1), Gateway(max_sids=1)
    subs.want([books(1)])
    settle(subs, gateway)
    assert subs.refresh(next(iter(subs.sids))) == ()
    assert subs.refresh(99) == ()


class Conversation(RuleBasedStateMachine):
    """Wants come and go, answers come late, connections break; caps hold and rest is always found."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway = Gateway(max_sids=6, max_ids=4)
        self.subs = subscriptions(max_sids=6, max_ids=4)
        self.wanted: list[Line] = []
        self.answers: list[dict[str, Any]] = []

    @rule(
        tokens=st.lists(st.integers(1, 40), max_size=14),
        feeds=st.lists(st.sampled_from([BOOK, MATCHES]), min_size=1, max_size=2, unique=True),
        focus=st.integers(0, 5),
    )
    def want(self, tokens: list[int], feeds: list[Feed], focus: int) -> None:
        self.wanted = list(dict.fromkeys(Line(feed, str(token)) for feed in feeds for token in tokens))
        self.subs.want([self.wanted[:focus], self.wanted[focus:]])

    @rule()
    def speak(self) -> None:
        command = self.subs.next_command(0.0)
        if command is not None:
            answer = self.gateway.hear(command)
            assert answer is not None
            self.answers.append(answer)

    @precondition(lambda self: self.answers)
    @rule()
    def hear(self) -> None:
        tell(self.subs, self.answers.pop(0))

    @rule(token=st.integers(1, 40))
    def renew(self, token: int) -> None:
        self.subs.renew(Line(BOOK, str(token)))

    @precondition(lambda self: self.subs.sids)
    @rule(which=st.integers(0, 5))
    def refresh(self, which: int) -> None:
        sids = list(self.subs.sids)
        self.subs.refresh(sids[which % len(sids)])

    @rule()
    def reconnect(self) -> None:
        self.gateway = Gateway(max_sids=6, max_ids=4)
        self.answers.clear()
        self.subs.forget()

    @invariant()
    def caps_hold(self) -> None:
        assert len(self.gateway.sids) <= 6
        assert all(len(ids) <= 4 for _, ids in self.gateway.sids.values())

    def teardown(self) -> None:
        while self.answers:
            tell(self.subs, self.answers.pop(0))
        settle(self.subs, self.gateway)
        assert self.subs.is_settled
        for line in self.wanted:
            sid = self.subs.sid_of(line)
            if sid is None:
                assert line in self.subs.refused
            else:
                channel, ids = self.gateway.sids[sid]
                assert channel == CHANNELS[line.feed].name
                assert line.id in ids
        carried = set(self.subs.sids)
        assert carried == set(self.gateway.sids)
        assert all(line.id == "13" or r.code == "subscription_cap_exceeded" for line, r in self.subs.refused.items())


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
