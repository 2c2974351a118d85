"""One Pusher session: which channels are wanted, asked for and joined, when to ping, what to say next. Sans-IO.

A channel's way: a session request names it (granted), a private or presence one is signed for this socket id
(authorised), it is subscribed to (asked) and joined. No server promises to name a channel that it refuses (shuriken
§C8), so an answer has a deadline, and only one signed channel is asked for at a time: a refusal without a name is
about that one.

Deadlines are counted in ticks that really came, so that a machine which slept blames nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from psdash.gateway.shuriken.lines import Line
from psdash.wire import pusher as wire
from psdash.wire.shuriken import ChannelAuth, Granted

#: Seconds of silence after which we ping, and within which something has to come back (§C6).
OWN_TIMEOUT_S: Final = 30.0
PONG_S: Final = 30.0
#: Seconds after which we say something though we hear enough: some servers count only what a client says.
SPEAK_S: Final = 60.0
#: Seconds that the greeting, and the answer to a subscription, may take.
GREETING_S: Final = 10.0
ANSWER_S: Final = 8.0
#: Waits before a channel that failed is tried again; the last one repeats.
AGAIN_S: Final = (5.0, 15.0, 60.0, 300.0)
#: An error frame this much older than a close without a code of its own does not explain it.
ERROR_S: Final = 5.0
_LONGEST_TICK_S: Final = 1.0
_FOR_EVER: Final = float("inf")


@dataclass(slots=True)
class Held:
    """One wanted line. `words` say why it failed, empty while it has not."""

    line: Line
    granted: Granted | None = None
    auth: ChannelAuth | None = None
    asked_s: float | None = None
    is_joined: bool = False
    tries: int = 0
    due_s: float = 0.0
    words: str = ""

    @property
    def is_tried(self) -> bool:
        """Whether it was answered in this session, one way or the other."""
        return self.is_joined or bool(self.words)


class PusherClient:
    """The lines of one socket, in order of urgency. Grants outlive a session, signatures do not."""

    def __init__(self) -> None:
        self.socket_id = ""
        #: The last error frame's code (None: it had none) and text.
        self.error: tuple[int | None, str] | None = None
        self._lines: dict[Line, Held] = {}
        self._grants: dict[Line, Granted] = {}
        self._by_channel: dict[str, list[Held]] = {}
        self._leaving: list[str] = []
        self._pongs = 0
        self._timeout_s = OWN_TIMEOUT_S
        self._awake_s = 0.0
        self._ticked_s: float | None = None
        self._heard_s = 0.0
        self._said_s = 0.0
        self._pinged_s: float | None = None
        self._error_s = 0.0
        self._signed: Held | None = None  # the signed channel whose answer is awaited

    # wishes ---------------------------------------------------------------------------------------------------------

    def want(self, lines: Iterable[Line]) -> None:
        """Have these and no others, the most urgent first."""
        wanted = dict.fromkeys(lines)
        gone = [held for line, held in self._lines.items() if line not in wanted]
        self._lines = {line: self._lines.get(line) or Held(line, self._grants.get(line)) for line in wanted}
        for held in gone:
            if held is self._signed:
                self._signed = None
            if (held.is_joined or held.asked_s is not None) and held.granted is not None:
                self._leaving.append(held.granted.channel)
        self._index()
        self._leaving = [channel for channel in self._leaving if channel not in self._by_channel]

    def _index(self) -> None:
        self._by_channel = {}
        for held in self._lines.values():
            if held.granted is not None:
                self._by_channel.setdefault(held.granted.channel, []).append(held)

    @property
    def first(self) -> Line | None:
        """The most urgent line."""
        return next(iter(self._lines), None)

    def channel_of(self, line: Line | None) -> str:
        """The channel of a wanted line; empty while nobody has named it."""
        held = None if line is None else self._lines.get(line)
        return "" if held is None or held.granted is None else held.granted.channel

    @property
    def lines(self) -> Sequence[Line]:
        """Every wanted line, the most urgent first."""
        return tuple(self._lines)

    def is_joined(self, line: Line | None) -> bool:
        """Whether a line's channel is joined now."""
        held = None if line is None else self._lines.get(line)
        return held is not None and held.is_joined

    def refusal(self, line: Line | None) -> str:
        """Why a line is not carried; empty when that is not known, or when it is."""
        held = None if line is None else self._lines.get(line)
        return "" if held is None or held.is_joined else held.words

    @property
    def is_settled(self) -> bool:
        """Whether every line was answered."""
        return all(held.is_tried for held in self._lines.values())

    # the session ----------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """A socket is open; its greeting is awaited."""
        self.closed()
        self.error = None
        self._pongs = 0
        self._heard_s = self._said_s = self._awake_s
        self._timeout_s = OWN_TIMEOUT_S

    def closed(self) -> None:
        """The session is over: nothing is joined or signed any more."""
        self.socket_id = ""
        self._pinged_s = None
        self._ticked_s = None
        self._signed = None
        self._leaving.clear()
        for line, held in self._lines.items():
            self._lines[line] = Held(line, held.granted)
        self._index()

    def connected(self, frame: wire.Connected) -> None:
        """The greeting."""
        self.socket_id = frame.socket_id
        self._timeout_s = min(OWN_TIMEOUT_S, float(frame.activity_timeout_s))

    def heard(self) -> None:
        """Any frame at all came."""
        self._heard_s = self._awake_s
        self._pinged_s = None

    def pinged(self) -> None:
        """The server asks whether we are there."""
        self._pongs = min(self._pongs + 1, 8)

    def failed(self, error: wire.ServerError) -> Held | None:
        """An error frame. Returns the line that it refuses, when it refuses one."""
        self.error = (error.code, error.message)
        self._error_s = self._awake_s
        held = self._signed
        if error.channel is not None:
            held = next((each for each in self._by_channel.get(error.channel, ()) if each.asked_s is not None), None)
        elif error.code != 4009:
            return None
        if held is not None:
            self._unanswered(held, "the key is not let into this channel")
        return held

    @property
    def error_age_s(self) -> float:
        """Seconds since the last error frame."""
        return self._awake_s - self._error_s

    def recent_error(self) -> tuple[int | None, str] | None:
        """The error that a close right now follows from; None when there is none that young."""
        return self.error if self.error_age_s <= ERROR_S else None

    def ticked(self, now_s: float) -> str:
        """Time passed. Why the session has to end; empty while it may go on."""
        if self._ticked_s is not None:
            self._awake_s += min(max(0.0, now_s - self._ticked_s), _LONGEST_TICK_S)
        self._ticked_s = now_s
        if not self.socket_id:
            late = self._awake_s - self._heard_s > GREETING_S
            return f"Shuriken's socket did not greet within {GREETING_S:g} s" if late else ""
        for held in self._lines.values():
            if held.asked_s is not None and self._awake_s - held.asked_s > ANSWER_S:
                self._unanswered(held, "the socket did not answer the subscription")
        if self._pinged_s is not None and self._awake_s - self._pinged_s > PONG_S:
            return f"Shuriken's socket did not answer a ping within {PONG_S:g} s"
        return ""

    # what to do next ------------------------------------------------------------------------------------------------

    def next_to_grant(self) -> Line | None:
        """The next line whose channel nobody has named yet."""
        return next((h.line for h in self._lines.values() if h.granted is None and h.due_s <= self._awake_s), None)

    def next_to_sign(self) -> tuple[Line, str, str] | None:
        """The next line to be signed for, with this socket's id and its channel."""
        if not self.socket_id:
            return None
        for held in self._lines.values():
            granted = held.granted
            if granted is None or held.is_joined or held.asked_s is not None or held.auth is not None:
                continue
            if granted.needs_auth and held.due_s <= self._awake_s:
                return held.line, self.socket_id, granted.channel
        return None

    def granted(self, line: Line, granted: Granted) -> None:
        """A session named the line's channel."""
        self._grants[line] = granted
        held = self._lines.get(line)
        if held is not None and held.granted != granted:
            self._lines[line] = Held(line, granted)
            self._index()

    def forget_grants(self) -> None:
        """The service is another one: what it named before holds no more."""
        self._grants.clear()
        self._lines = {line: Held(line) for line in self._lines}
        self._index()

    def grant_of(self, line: Line) -> Granted | None:
        """The channel that a session named, also of a line that is wanted no more."""
        return self._grants.get(line)

    def signed(self, line: Line, socket_id: str, auth: ChannelAuth) -> None:
        """The line may be joined with this; too late when the socket is another one by now."""
        held = self._lines.get(line)
        if held is not None and socket_id == self.socket_id:
            held.auth = auth

    def fail(self, line: Line, words: str, *, is_final: bool = False) -> None:
        """It did not work; it is tried again later, with `is_final` not in this session."""
        held = self._lines.get(line)
        if held is None:
            return
        wait_s = _FOR_EVER if is_final else AGAIN_S[min(held.tries, len(AGAIN_S) - 1)]
        held.tries += 1
        held.words = words
        held.due_s = self._awake_s + wait_s
        held.auth = held.asked_s = None
        held.is_joined = False
        if self._signed is held:
            self._signed = None

    def next_frame(self) -> str | None:
        """The next thing to say; None when there is nothing."""
        frame = self._next_frame() if self.socket_id else None
        if frame is not None:
            self._said_s = self._awake_s
        return frame

    def _next_frame(self) -> str | None:
        if self._pongs:
            self._pongs -= 1
            return wire.pong()
        if self._leaving:
            return wire.unsubscribe(self._leaving.pop(0))
        for held in self._lines.values():
            frame = self._subscription(held)
            if frame is not None:
                held.asked_s = self._awake_s
                return frame
        is_quiet = self._awake_s - self._heard_s >= self._timeout_s
        if self._pinged_s is None and (is_quiet or self._awake_s - self._said_s >= SPEAK_S):
            self._pinged_s = self._awake_s
            return wire.ping()
        return None

    def _subscription(self, held: Held) -> str | None:
        granted = held.granted
        if granted is None or held.is_joined or held.asked_s is not None or held.due_s > self._awake_s:
            return None
        if not granted.needs_auth:
            return wire.subscribe(granted.channel)
        if held.auth is None or self._signed is not None:
            return None
        self._signed = held
        return wire.subscribe(granted.channel, held.auth.auth, held.auth.channel_data)

    # answers --------------------------------------------------------------------------------------------------------

    def on(self, channel: str) -> Sequence[Held]:
        """The lines of a channel that are joined, or about to be."""
        return [h for h in self._by_channel.get(channel, ()) if h.is_joined or h.asked_s is not None]

    def joined(self, channel: str) -> Sequence[Line]:
        """A channel is joined. Returns the lines that begin with it."""
        begun = []
        for held in self._by_channel.get(channel, ()):
            if held.asked_s is not None:
                held.asked_s, held.is_joined, held.words, held.tries = None, True, "", 0
                begun.append(held.line)
                if self._signed is held:
                    self._signed = None
        return begun

    def refused(self, channel: str, words: str) -> Sequence[Line]:
        """A channel is refused. Returns the lines that have to do without."""
        refused = [held for held in self._by_channel.get(channel, ()) if held.asked_s is not None]
        for held in refused:
            self._unanswered(held, words)
        return [held.line for held in refused]

    def _unanswered(self, held: Held, words: str) -> None:
        """It was asked for and not got: perhaps its channel has another name by now, so a session names it anew."""
        self.fail(held.line, words)
        self._grants.pop(held.line, None)
        held.granted = None
        self._index()
