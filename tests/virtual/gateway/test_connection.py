"""One connection against gateways that refuse, vanish, fall silent or talk nonsense, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from psdash.gateway.backoff import DIALS, HEALTHY_S
from psdash.gateway.liveness import Timing
from psdash.gateway.notices import LinkState
from psdash.wire.predictstreet.commands import ping
from tests.virtual.gateway.rig import CANARY, Recorder, close_with, connected, gateway, greet, run, serve_well

REASONS = [
    "api_key_bad_format",
    "api_key_unknown_key",
    "api_key_bad_secret",
    "api_key_revoked",
    "api_key_expired",
    "api_key_suspended",
    "api_key_ip_denied",
    "api_key_no_associated_wallet",
    "something_new",
]


def test_the_way_to_live_and_the_round_trip() -> None:
    async def main() -> None:
        recorder = Recorder()
        async with gateway(serve_well) as venue, connected(recorder) as connection:
            await recorder.until(lambda: connection.link.round_trip_ms is not None, limit_s=2.0)
            assert recorder.states == [LinkState.DIALLING, LinkState.AUTH, LinkState.SUBSCRIBING, LinkState.LIVE]
            headers = venue.requests[0].headers
            assert headers["X-Api-Key"] == CANARY
            assert "Origin" not in headers
            assert "Sec-WebSocket-Extensions" not in headers
            assert CANARY not in venue.requests[0].path
            assert connection.venue_time.offset_ms is not None
            assert connection.counts.is_conserved

    run(main())


@pytest.mark.parametrize("reason", REASONS)
def test_a_refused_credential_ends_dialling(reason: str) -> None:
    async def main() -> None:
        recorder = Recorder()
        async with gateway(close_with(4401, reason)) as venue, connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.REFUSED, limit_s=1.0)
            await asyncio.sleep(600)
            assert len(venue.dialled_s) == 1
            assert recorder.closes == [(connection.link.reason, True)]

    run(main())


def test_a_revoked_key_ends_a_live_session() -> None:
    async def main() -> None:
        recorder = Recorder()
        script = close_with(4401, "api_key_revoked", after_s=30.0, greeted=True)
        async with gateway(script) as venue, connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.REFUSED)
            await asyncio.sleep(600)
            assert len(venue.dialled_s) == 1
            assert "revoked" in connection.link.reason

    run(main())


def test_a_login_that_the_venue_switched_off_is_tried_once_a_minute() -> None:
    async def main() -> None:
        async with gateway(close_with(4401, "api_key_auth_disabled")) as venue, connected(Recorder()):
            await asyncio.sleep(599)
            waits = [b - a for a, b in itertools.pairwise(venue.dialled_s)]
            assert len(waits) >= 3
            assert min(waits) >= 60.0

    run(main())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("greeted", [False, True])
def test_accept_then_close_is_dialled_at_most_twelve_times_in_a_minute(seed: int, greeted: bool) -> None:
    async def main() -> None:
        async with gateway(close_with(1013, "try later", greeted=greeted)) as venue, connected(Recorder(), seed=seed):
            await asyncio.sleep(60)
            assert 2 <= len(venue.dialled_s) <= DIALS
            assert venue.dialled_s[1] - venue.dialled_s[0] <= 0.3  # the first retry is at once

    run(main())


def test_ten_seconds_of_data_make_the_next_retry_immediate_again() -> None:
    async def main() -> None:
        script = close_with(1012, "restart", after_s=HEALTHY_S + 1, greeted=True)
        async with gateway(script) as venue, connected(Recorder()):
            await asyncio.sleep(120)
            waits = [b - a - HEALTHY_S - 1 for a, b in itertools.pairwise(venue.dialled_s)]
            assert len(waits) >= 8
            assert max(waits) <= 0.3

    run(main())


def test_a_gateway_that_never_greets_is_left() -> None:
    async def main() -> None:
        async def silent(ws: ServerConnection) -> None:
            await ws.wait_closed()

        recorder = Recorder()
        async with gateway(silent, serve_well) as venue, connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.LIVE)
            assert 5.0 <= venue.dialled_s[1] - venue.dialled_s[0] <= 6.0
            assert "said nothing" in recorder.closes[0][0]

    run(main())


def test_a_gateway_that_does_not_answer_pings_is_left() -> None:
    """The proxy answers RFC pings, the gateway behind it is gone (protocol §2.3)."""

    async def main() -> None:
        async def deaf(ws: ServerConnection) -> None:
            await greet(ws)
            async for _ in ws:
                pass

        recorder = Recorder()
        async with gateway(deaf, serve_well) as venue, connected(recorder) as connection:
            await recorder.until(lambda: len(recorder.greetings) == 2)
            assert "did not answer a ping within 5 s" in recorder.closes[0][0]
            assert venue.dialled_s[1] - venue.dialled_s[0] <= 7.0
            await recorder.until(lambda: connection.link.round_trip_ms is not None)

    run(main())


def test_the_gateway_is_pinged_every_twenty_five_seconds() -> None:
    async def main() -> None:
        pings: list[float] = []

        async def counting(ws: ServerConnection) -> None:
            await greet(ws)
            async for raw in ws:
                pings.append(asyncio.get_running_loop().time())
                await ws.send(json.dumps({"id": json.loads(raw)["id"], "type": "pong", "ts": 1}))

        async with gateway(counting), connected(Recorder()):
            await asyncio.sleep(200)
        waits = [b - a for a, b in itertools.pairwise(pings)]
        assert len(waits) >= 6
        assert all(25.0 <= wait <= 26.0 for wait in waits)

    run(main())


@pytest.mark.parametrize("after_s", [0.3, 0.7, 2.0, 3.7, 4.1, 7.9, 24.9, 60.2])
def test_a_peer_that_is_frozen_is_noticed_within_nine_seconds(after_s: float) -> None:
    async def main() -> None:
        frozen_s = 0.0

        async def freezing(ws: ServerConnection) -> None:
            nonlocal frozen_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(after_s):
                    await serve_well(ws)
            frozen_s = asyncio.get_running_loop().time()
            ws.transport.pause_reading()
            await asyncio.sleep(60)

        recorder = Recorder()
        async with gateway(freezing, serve_well), connected(recorder):
            await recorder.until(lambda: bool(recorder.closes))
            lost_s = next(at for at, link in recorder.links if link.state is LinkState.BACKOFF)
            assert lost_s - frozen_s <= 9.0

    run(main())


def test_a_wire_that_eats_rfc_pings_is_not_called_dead_while_the_gateway_answers() -> None:
    async def main() -> None:
        async def pongless(ws: ServerConnection) -> None:
            ws.protocol.send_pong = lambda _data: None  # type: ignore[method-assign, assignment]
            await serve_well(ws)

        recorder = Recorder()
        async with gateway(pongless) as venue, connected(recorder):
            await asyncio.sleep(300)
            assert len(venue.dialled_s) == 1

    run(main())


def _gate(status: HTTPStatus, headers: dict[str, str], times: int = 1_000_000) -> object:
    left = [times]

    def gate(_ws: ServerConnection, _request: Request) -> Response | None:
        left[0] -= 1
        return Response(status.value, status.phrase, Headers(headers), b"") if left[0] >= 0 else None

    return gate


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND])
def test_a_refused_upgrade_ends_dialling(status: HTTPStatus) -> None:
    async def main() -> None:
        recorder = Recorder()
        async with gateway(serve_well, gate=_gate(status, {})), connected(recorder) as connection:  # type: ignore[arg-type]
            await recorder.until(lambda: connection.link.state is LinkState.REFUSED, limit_s=1.0)
            await asyncio.sleep(300)
            assert [link.state for _, link in recorder.links].count(LinkState.DIALLING) == 1

    run(main())


@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND])
def test_a_gateway_that_was_live_and_is_refused_for_a_while_comes_back_by_itself(status: HTTPStatus) -> None:
    async def main() -> None:
        recorder = Recorder()
        served: list[ServerConnection] = []

        async def once(ws: ServerConnection) -> None:
            served.append(ws)
            await serve_well(ws)

        def gate(_ws: ServerConnection, _request: Request) -> Response | None:
            deploying = served and asyncio.get_running_loop().time() < 100
            return Response(status.value, status.phrase, Headers(), b"") if deploying else None

        async with gateway(once, gate=gate), connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.LIVE)
            served[0].transport.abort()
            await recorder.until(lambda: "It was served before" in connection.link.reason)
            await recorder.until(lambda: connection.link.state is LinkState.LIVE, limit_s=200.0)
            dials = [at_s for at_s, link in recorder.links if link.state is LinkState.DIALLING]
            assert len(dials) <= 5
        assert LinkState.REFUSED not in recorder.states

    run(main())


def test_retry_after_is_a_floor() -> None:
    async def main() -> None:
        recorder = Recorder()
        gate = _gate(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "17"}, times=2)
        async with gateway(serve_well, gate=gate), connected(recorder) as connection:  # type: ignore[arg-type]
            await recorder.until(lambda: connection.link.state is LinkState.LIVE)
            dials = [at for at, link in recorder.links if link.state is LinkState.DIALLING]
            assert len(dials) == 3
            assert all(b - a >= 17.0 for a, b in itertools.pairwise(dials))

    run(main())


def test_the_key_follows_no_redirect() -> None:
    async def main() -> None:
        recorder = Recorder()
        gate = _gate(HTTPStatus.FOUND, {"Location": "ws://localhost:9090/ws/market"})
        async with (
            gateway(serve_well, port=9090) as elsewhere,
            gateway(serve_well, gate=gate),  # type: ignore[arg-type]
            connected(recorder) as connection,
        ):
            await recorder.until(lambda: connection.link.state is LinkState.REFUSED, limit_s=1.0)
            assert "carries its key to no other address" in connection.link.reason
            assert elsewhere.requests == []

    run(main())


def test_nobody_there_is_backed_off_in_words() -> None:
    async def main() -> None:
        recorder = Recorder()
        async with connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.BACKOFF, limit_s=30.0)
            assert "cannot be reached" in connection.link.reason
            assert connection.link.retry_in_s is not None
            assert connection.link.attempts == 1

    run(main())


def test_nonsense_is_counted_logged_once_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    frames: list[str | bytes] = [
        "{",
        "not json",
        b"\xff\xfe",
        "[]",
        '{"type":"book_delta"}',
        '{"type":"book_delta"}',
        '{"type":"never_heard_of","sid":1,"channel":"x","id":"1","data":{}}',
        '{"type":"never_heard_of","sid":1,"channel":"x","id":"1","data":{}}',
        '{"type":"\\u001b]52;c;UFdO\\u0007","sid":1,"channel":"x","data":{}}',
        '{"id":3,"type":"subscribed","accepted":[],"rejected":[]}',
    ]

    async def main() -> None:
        async def mad(ws: ServerConnection) -> None:
            await greet(ws)
            for frame in frames:
                await ws.send(frame, text=True)
            await serve_well(ws)

        recorder = Recorder()
        async with gateway(mad) as venue, connected(recorder) as connection:
            await asyncio.sleep(60)
            counts = connection.counts
            assert counts.is_conserved
            assert counts.rejected == 6
            assert counts.ignored == 3
            assert counts.ignored_kinds["never_heard_of"] == 2
            assert len(recorder.frames) == 1
            assert len(venue.dialled_s) == 1

    with caplog.at_level(logging.DEBUG, logger="psdash"):
        run(main())
    assert caplog.text.count("never_heard_of frame") + caplog.text.count("(never_heard_of)") == 1
    assert "\x1b" not in caplog.text


def test_frames_before_the_greeting_are_not_believed() -> None:
    async def main() -> None:
        async def early(ws: ServerConnection) -> None:
            await ws.send('{"id":1,"type":"subscribed","accepted":[],"rejected":[]}')
            await serve_well(ws)

        recorder = Recorder()
        async with gateway(early), connected(recorder) as connection:
            await asyncio.sleep(5)
            assert recorder.frames == []
            assert connection.counts.ignored == 1
            assert connection.counts.is_conserved

    run(main())


def test_commands_are_paced() -> None:
    async def main() -> None:
        heard: list[float] = []

        async def listening(ws: ServerConnection) -> None:
            await greet(ws)
            async for raw in ws:
                command = json.loads(raw)
                if command["id"] >= 1_000:
                    heard.append(asyncio.get_running_loop().time())
                await ws.send(json.dumps({"id": command["id"], "type": "pong", "ts": 1}))

        recorder = Recorder()
        recorder.commands = [ping(1_000 + n) for n in range(40)]
        async with gateway(listening), connected(recorder):
            await asyncio.sleep(30)
        assert len(heard) == 40
        assert sum(at - heard[0] < 0.1 for at in heard) == Timing().command_burst
        assert heard[-1] - heard[0] == pytest.approx(30 / Timing().commands_per_s, abs=1.0)

    run(main())


def test_a_session_that_is_dropped_is_dialled_again() -> None:
    async def main() -> None:
        recorder = Recorder()
        async with gateway(serve_well) as venue, connected(recorder) as connection:
            await recorder.until(lambda: connection.link.state is LinkState.LIVE)
            connection.drop("the subscriptions went silent")
            await recorder.until(lambda: len(recorder.greetings) == 2, limit_s=2.0)
            assert recorder.closes == [("the subscriptions went silent", False)]
            assert len(venue.dialled_s) == 2

    run(main())


def test_leaving_says_good_bye() -> None:
    async def main() -> None:
        codes: list[int | None] = []

        async def noting(ws: ServerConnection) -> None:
            await serve_well(ws)
            codes.append(ws.close_code)

        recorder = Recorder()
        async with gateway(noting):
            async with connected(recorder) as connection:
                await recorder.until(lambda: connection.link.state is LinkState.LIVE)
            await asyncio.sleep(1)
            assert codes == [1000]

    run(main())


@pytest.mark.parametrize("how", ["refused", "unreachable", "live", "redirect"])
def test_no_secret_reaches_a_log_a_reason_or_a_repr(how: str, caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    async def main() -> None:
        recorder = Recorder()
        script = close_with(4401, "api_key_bad_secret") if how == "refused" else serve_well
        gate = _gate(HTTPStatus.FOUND, {"Location": "/elsewhere"}) if how == "redirect" else None
        async with (
            gateway(script, gate=gate, port=9090 if how == "unreachable" else 8080),  # type: ignore[arg-type]
            connected(recorder) as connection,
        ):
            await asyncio.sleep(45)
            said.extend(repr(link) for _, link in recorder.links)
            said.append(repr(vars(connection)))

    with caplog.at_level(logging.DEBUG, logger="psdash"):
        run(main())
    assert said
    assert CANARY not in caplog.text
    assert not any(CANARY in text for text in said)
