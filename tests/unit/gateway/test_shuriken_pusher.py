"""One Pusher session: what is said when, whose refusal it is, and who stopped answering."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from psdash.gateway.shuriken.lines import CALLS, FEEDS, OWN, Line
from psdash.gateway.shuriken.pusher import AGAIN_S, ANSWER_S, GREETING_S, PONG_S, SPEAK_S, PusherClient
from psdash.wire import pusher as wire
from psdash.wire.shuriken import ChannelAuth, Granted

AAA, BBB, POOL = (
    Line(stream, (("tokenAddress", address),))
    for stream, address in (("svm.token.swaps", "AAA"), ("svm.token.swaps", "BBB"), ("svm.token.poolInfo", "AAA"))
)
AUTH = ChannelAuth(auth="key:abc", channel_data='{"user_id":"u"}')


def granted(line: Line, channel: str, visibility: str = "public") -> Granted:
    return Granted(stream=line.stream, channel=channel, visibility=visibility)


def greeted(client: PusherClient, socket_id: str = "1.2", timeout_s: int = 120) -> None:
    client.opened()
    client.connected(wire.Connected(socket_id=socket_id, activity_timeout=timeout_s))


def said(client: PusherClient) -> list[dict[str, Any]]:
    frames = []
    while (frame := client.next_frame()) is not None:
        frames.append(json.loads(frame))
    return frames


def events(client: PusherClient) -> list[str]:
    return [frame["event"] for frame in said(client)]


def pass_time(client: PusherClient, seconds: float, from_s: float = 0.0) -> tuple[str, float]:
    """Ticks, until a reason comes or the time is over."""
    now_s = from_s
    while now_s < from_s + seconds:
        now_s += 0.5
        reason = client.ticked(now_s)
        if reason:
            return reason, now_s
    return "", now_s


def test_nothing_is_said_before_the_greeting() -> None:
    client = PusherClient()
    client.want([AAA])
    client.granted(AAA, granted(AAA, "c-1"))
    client.opened()
    client.pinged()
    assert said(client) == []
    reason, at_s = pass_time(client, 60)
    assert "did not greet" in reason
    assert at_s <= GREETING_S + 2


def test_public_channels_are_subscribed_to_in_order_of_urgency() -> None:
    client = PusherClient()
    client.want([AAA, POOL, BBB])
    for line, channel in ((BBB, "c-b"), (AAA, "c-a"), (POOL, "c-p")):
        client.granted(line, granted(line, channel))
    greeted(client)
    assert [frame["data"] for frame in said(client)] == [{"channel": "c-a"}, {"channel": "c-p"}, {"channel": "c-b"}]
    assert client.joined("c-a") == [AAA]
    assert client.joined("c-a") == []  # subscribed twice is joined once
    assert client.joined("c-x") == []
    assert not client.is_settled
    client.joined("c-p")
    client.joined("c-b")
    assert client.is_settled


def test_a_signed_channel_waits_for_its_signature_and_sends_objects() -> None:
    client = PusherClient()
    client.want([OWN[0]])
    client.granted(OWN[0], granted(OWN[0], "presence-1", "presence"))
    greeted(client, "7.8")
    assert said(client) == []
    assert client.next_to_sign() == (OWN[0], "7.8", "presence-1")
    client.signed(OWN[0], "7.8", AUTH)
    assert client.next_to_sign() is None
    (frame,) = said(client)
    assert frame["data"] == {"channel": "presence-1", "auth": "key:abc", "channel_data": '{"user_id":"u"}'}


def test_a_private_prefix_is_signed_for_whatever_the_visibility() -> None:
    client = PusherClient()
    client.want([CALLS])
    client.granted(CALLS, granted(CALLS, "private-x", "public"))
    greeted(client)
    assert client.next_to_sign() is not None


def test_every_socket_id_wants_its_own_signature() -> None:
    client = PusherClient()
    client.want([OWN[0]])
    client.granted(OWN[0], granted(OWN[0], "presence-1"))
    greeted(client, "1.1")
    client.signed(OWN[0], "1.1", AUTH)
    said(client)
    client.joined("presence-1")
    client.closed()
    greeted(client, "2.2")
    assert not client.is_joined(OWN[0])
    assert client.next_to_grant() is None  # the channel's name outlives the session
    assert client.next_to_sign() == (OWN[0], "2.2", "presence-1")
    client.signed(OWN[0], "1.1", AUTH)  # too late, for the socket before
    assert said(client) == []
    client.signed(OWN[0], "2.2", AUTH)
    assert events(client) == ["pusher:subscribe"]


def test_a_refusal_without_a_name_is_about_the_one_signed_channel() -> None:
    client = PusherClient()
    client.want([AAA, OWN[0], OWN[1]])
    client.granted(AAA, granted(AAA, "c-a"))
    for number, line in enumerate(OWN):
        client.granted(line, granted(line, f"presence-{number}"))
    greeted(client)
    for line in OWN:
        client.signed(line, "1.2", AUTH)
    assert [frame["data"]["channel"] for frame in said(client)] == ["c-a", "presence-0"]
    assert client.failed(wire.ServerError(code=4200, message="Invalid message format")) is None
    held = client.failed(wire.ServerError(code=4009, message="Connection is unauthorized"))
    assert held is not None
    assert held.line == OWN[0]
    assert client.refusal(OWN[0]) == "the key is not let into this channel"
    assert [frame["data"]["channel"] for frame in said(client)] == ["presence-1"]


def test_what_is_refused_is_asked_for_anew_later_and_later() -> None:
    client = PusherClient()
    client.want([AAA])
    now_s = 0.0
    greeted(client)
    for wait_s in (*AGAIN_S, AGAIN_S[-1]):
        client.granted(AAA, granted(AAA, "c-a"))
        assert events(client) == ["pusher:subscribe"]
        assert client.refused("c-a", "no") == [AAA]
        assert client.refusal(AAA) == "no"
        assert client.next_to_grant() is None
        _, now_s = pass_time(client, wait_s + 1.5, now_s)
        client.heard()
        assert client.next_to_grant() == AAA


def test_an_answer_that_does_not_come_has_a_deadline() -> None:
    client = PusherClient()
    client.want([AAA])
    client.granted(AAA, granted(AAA, "c-a"))
    greeted(client)
    said(client)
    pass_time(client, ANSWER_S + 2)
    assert client.refusal(AAA) == "the socket did not answer the subscription"
    assert client.on("c-a") == []


def test_what_is_wanted_no_more_is_left() -> None:
    client = PusherClient()
    client.want([AAA, BBB])
    client.granted(AAA, granted(AAA, "c-a"))
    client.granted(BBB, granted(BBB, "c-b"))
    greeted(client)
    said(client)
    client.joined("c-a")
    client.joined("c-b")
    client.want([BBB, POOL])
    (frame,) = said(client)
    assert frame == {"event": "pusher:unsubscribe", "data": {"channel": "c-a"}}
    assert client.on("c-a") == []
    client.want([AAA, BBB])
    assert [frame["data"]["channel"] for frame in said(client)] == ["c-a"]  # the grant is remembered


def test_two_lines_on_one_channel_are_one_subscription_each_and_left_with_the_last() -> None:
    client = PusherClient()
    client.want([AAA, BBB])
    for line in (AAA, BBB):
        client.granted(line, granted(line, "c-same"))
    greeted(client)
    said(client)
    assert client.joined("c-same") == [AAA, BBB]
    client.want([BBB])
    assert said(client) == []
    assert [held.line for held in client.on("c-same")] == [BBB]


def test_pings_are_answered_at_once_and_never_pile_up() -> None:
    client = PusherClient()
    greeted(client)
    for _ in range(1_000):
        client.pinged()
    answers = events(client)
    assert set(answers) == {"pusher:pong"}
    assert len(answers) < 10


def test_silence_is_asked_about_within_the_servers_wish_and_not_for_ever() -> None:
    client = PusherClient()
    greeted(client, timeout_s=10)
    _, now_s = pass_time(client, 9)
    assert said(client) == []
    _, now_s = pass_time(client, 3, now_s)
    assert events(client) == ["pusher:ping"]
    assert events(client) == []
    client.heard()
    _, now_s = pass_time(client, 9, now_s)
    assert said(client) == []
    _, now_s = pass_time(client, 3, now_s)
    assert events(client) == ["pusher:ping"]
    reason, ended_s = pass_time(client, 100, now_s)
    assert "did not answer a ping" in reason
    assert ended_s - now_s <= PONG_S + 2


def test_who_hears_enough_still_says_something() -> None:
    client = PusherClient()
    greeted(client)
    now_s, pings = 0.0, 0
    while now_s < 3 * SPEAK_S + 10:
        _, now_s = pass_time(client, 1, now_s)
        client.heard()
        pings += events(client).count("pusher:ping")
    assert pings == 3


def test_a_machine_that_slept_blames_nobody() -> None:
    client = PusherClient()
    client.want([AAA])
    client.granted(AAA, granted(AAA, "c-a"))
    greeted(client)
    said(client)
    assert client.ticked(1.0) == ""
    assert client.ticked(3_600.0) == ""
    assert client.refusal(AAA) == ""
    client.joined("c-a")
    assert client.ticked(7_200.0) == ""


def test_an_old_error_explains_no_close() -> None:
    client = PusherClient()
    greeted(client)
    client.failed(wire.ServerError(code=4200, message="Invalid message format"))
    assert client.recent_error() == (4200, "Invalid message format")
    pass_time(client, 10)
    assert client.recent_error() is None


LINES = [AAA, BBB, POOL, CALLS, *OWN, *FEEDS]


class Sessions(RuleBasedStateMachine):
    """Whatever a server does, and whatever is wished for: what is joined was wanted, asked for and answered."""

    def __init__(self) -> None:
        super().__init__()
        self.client = PusherClient()
        self.now_s = 0.0
        self.asked: set[str] = set()
        self.socket = 0

    @initialize()
    def begin(self) -> None:
        self.open()

    @rule()
    def open(self) -> None:
        self.client.closed()
        self.socket += 1
        self.asked.clear()
        greeted(self.client, f"{self.socket}.0")

    @rule(lines=st.lists(st.sampled_from(LINES), unique=True))
    def want(self, lines: list[Line]) -> None:
        self.client.want(lines)

    @rule(channel=st.sampled_from(["c-a", "c-b", "private-p", "presence-q"]))
    def grant(self, channel: str) -> None:
        line = self.client.next_to_grant()
        if line is not None:
            self.client.granted(line, granted(line, channel))

    @rule(behind=st.booleans())
    def sign(self, behind: bool) -> None:
        signing = self.client.next_to_sign()
        if signing is not None:
            line, socket_id, _ = signing
            assert socket_id == f"{self.socket}.0"
            self.client.signed(line, "0.0" if behind else socket_id, AUTH)

    @rule()
    def speak(self) -> None:
        for frame in said(self.client):
            if frame["event"] == "pusher:subscribe":
                self.asked.add(frame["data"]["channel"])
                assert not frame["data"]["channel"].startswith(("p",)) or "auth" in frame["data"]

    @rule(channel=st.sampled_from(["c-a", "c-b", "private-p", "presence-q", "c-unknown"]))
    def join(self, channel: str) -> None:
        for line in self.client.joined(channel):
            assert self.client.is_joined(line)

    @rule(channel=st.sampled_from(["c-a", "private-p", "c-unknown"]))
    def refuse(self, channel: str) -> None:
        self.client.refused(channel, "no")

    @rule(code=st.sampled_from([4009, 4200, None]), channel=st.sampled_from([None, "private-p"]))
    def fail(self, code: int | None, channel: str | None) -> None:
        self.client.failed(wire.ServerError(code=code, channel=channel))

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.client.heard()
        _, self.now_s = pass_time(self.client, seconds, self.now_s)

    @invariant()
    def what_is_joined_was_asked_for(self) -> None:
        for line in self.client.lines:
            if self.client.is_joined(line):
                assert self.client.channel_of(line) in self.asked
                assert self.client.refusal(line) == ""
        for channel in ("c-a", "c-b", "private-p", "presence-q"):
            assert all(held.line in self.client.lines for held in self.client.on(channel))


Sessions.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSessions = Sessions.TestCase
