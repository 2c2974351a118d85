"""The Pusher side (part C): one connection, its channels, and what is published on them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from psdash.simulator.services.faults import Faults

APP_KEY: Final = "psdash-app-key"
APP_SECRET: Final = "not a secret: it signs nothing but this demo"  # noqa: S105
ACTIVITY_S: Final = 30
#: Seconds after which a client that was told nothing and said nothing is let go (part C6).
IDLE_S: Final = 120.0
GARBAGE: Final = ("plain words", '{"half":', "[1,2", "null", '{"type":"nobody knows"}')


def signature(socket_id: str, channel: str, channel_data: str | None = None) -> str:
    """`appKey:hex` (part C4)."""
    text = f"{socket_id}:{channel}" + (f":{channel_data}" if channel_data is not None else "")
    digest = hmac.new(APP_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{APP_KEY}:{digest}"


class Client:
    """One open socket."""

    def __init__(self, connection: ServerConnection, socket_id: str) -> None:
        self.connection = connection
        self.socket_id = socket_id
        self.channels: set[str] = set()
        self.outbox: asyncio.Queue[str] = asyncio.Queue()

    def say(self, event: str, data: object = None, channel: str | None = None, *, as_object: bool = False) -> None:
        """Queue a frame; `data` is written as a string that holds JSON unless told otherwise (part C2)."""
        frame: dict[str, object] = {"event": event}
        if channel is not None:
            frame["channel"] = channel
        if data is not None:
            frame["data"] = data if as_object or isinstance(data, str) else json.dumps(data)
        self.outbox.put_nowait(json.dumps(frame))


class Sockets:
    """The socket server."""

    def __init__(self, faults: Faults, draw: random.Random) -> None:
        self._faults = faults
        self._draw = draw
        self._server: WebSocketServer | None = None
        self._clients: set[Client] = set()
        self.is_silent = False
        self.port = 0
        self.sessions = 0

    async def open(self, port: int = 0) -> None:
        """Listen on loopback. Raises OSError when the port cannot be had."""
        self._server = await serve(self._serve, "127.0.0.1", port, ping_interval=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def drop_all(self, code: int, reason: str) -> None:
        """Close every socket."""
        for client in self._clients:
            self._closing(client.connection, code, reason)

    def publish(self, channel: str, event: str, body: object) -> None:
        """Tell everybody who joined."""
        if self.is_silent:
            return
        for client in self._clients:
            if channel in client.channels:
                if self._faults.strikes("garbage"):
                    client.say(event, self._faults.draw.choice(GARBAGE), channel)
                client.say(event, body, channel, as_object=self._faults.is_on("objects"))
                if self._faults.strikes("duplicate"):
                    client.say(event, body, channel, as_object=self._faults.is_on("objects"))

    # one connection -------------------------------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        path = urlsplit(connection.request.path if connection.request else "").path
        if path != f"/app/{APP_KEY}" or self._faults.use_up("close-4001"):
            await self._error_and_close(connection, 4001, "App does not exist")
            return
        if self._faults.use_up("close-4004"):
            await connection.send(_error(4004, "Over the connection quota"))
            await connection.close(4100, "Over the connection quota")
            return
        if self._faults.use_up("close-4100"):
            await connection.close(4100, "Over capacity")
            return
        if self._faults.use_up("close-4200"):
            await connection.close(4200, "Reconnect")
            return
        self.sessions += 1
        client = Client(connection, f"{self._draw.randrange(10**6)}.{self._draw.randrange(10**6)}")
        client.say("pusher:connection_established", {"socket_id": client.socket_id, "activity_timeout": ACTIVITY_S})
        self._clients.add(client)
        timers = self._timers(connection)
        writer = asyncio.create_task(_write(client))
        try:
            while True:
                async with asyncio.timeout(IDLE_S):
                    self._receive(client, await connection.recv())
        except TimeoutError:
            await connection.close(4201, "Pong not received")
        except ConnectionClosed:
            pass
        finally:
            for timer in timers:
                timer.cancel()
            self._clients.discard(client)
            writer.cancel()

    def _timers(self, connection: ServerConnection) -> list[asyncio.TimerHandle]:
        loop = asyncio.get_running_loop()
        timers = []
        cut_s, close_s = self._faults.after_s("cut"), self._faults.after_s("close-4201")
        if cut_s is not None:
            timers.append(loop.call_later(cut_s, connection.transport.abort))
        if close_s is not None:
            timers.append(loop.call_later(close_s, self._closing, connection, 4201, "Pong not received"))
        return timers

    @staticmethod
    def _closing(connection: ServerConnection, code: int, reason: str) -> None:
        closing = asyncio.ensure_future(connection.close(code, reason))
        connection.closing = closing  # type: ignore[attr-defined]  # somebody has to hold the task

    @staticmethod
    async def _error_and_close(connection: ServerConnection, code: int, message: str) -> None:
        await connection.send(_error(code, message))
        await connection.close(code, message)

    def _receive(self, client: Client, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return  # as one server does: silence
        if not isinstance(frame, dict):
            return
        data = frame.get("data")
        data = data if isinstance(data, dict) else {}
        handlers: dict[object, Callable[[Client, dict[str, object]], None]] = {
            "pusher:ping": self._ping,
            "pusher:subscribe": self._subscribe,
            "pusher:unsubscribe": self._unsubscribe,
        }
        handler = handlers.get(frame.get("event"))
        if handler is not None:
            handler(client, data)

    def _ping(self, client: Client, _data: dict[str, object]) -> None:
        if not self._faults.is_on("no-pong"):
            client.say("pusher:pong", {}, as_object=True)

    def _subscribe(self, client: Client, data: dict[str, object]) -> None:
        channel = data.get("channel")
        if not isinstance(channel, str):
            return
        if channel.startswith(("private-", "presence-")):
            told = data.get("channel_data")
            channel_data = told if isinstance(told, str) else None
            if self._faults.use_up("quiet-refusal"):
                client.say("pusher:error", {"code": 4009, "message": "Connection is unauthorized"})
                return
            auth = data.get("auth")
            is_signed = isinstance(auth, str) and hmac.compare_digest(
                auth, signature(client.socket_id, channel, channel_data)
            )
            if not is_signed or self._faults.use_up("auth-error"):
                refusal = {"type": "AuthError", "error": "The connection is unauthorized.", "status": 401}
                client.say("pusher:subscription_error", refusal, channel, as_object=True)
                return
        client.channels.add(channel)
        if channel.startswith("presence-"):
            presence = {"presence": {"ids": ["u1"], "hash": {"u1": {}}, "count": 1}}
            client.say("pusher_internal:subscription_succeeded", presence, channel)
            client.say("pusher_internal:member_added", {"user_id": "u2"}, channel)
        else:
            client.say("pusher_internal:subscription_succeeded", None, channel)

    @staticmethod
    def _unsubscribe(client: Client, data: dict[str, object]) -> None:
        channel = data.get("channel")
        if isinstance(channel, str):
            client.channels.discard(channel)


def _error(code: int, message: str) -> str:
    return json.dumps({"event": "pusher:error", "data": {"code": code, "message": message}})


async def _write(client: Client) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.connection.send(await client.outbox.get())
