"""A slow link with a deep buffer behind the pty, as ssh and its sockets are: bytes go in at once, out at a rate."""

from __future__ import annotations

from collections import deque

#: What an ssh session holds between a program and the far terminal, roughly.
CAPACITY = 256 * 1024


class Relay:
    """A FIFO of `capacity` bytes that is emptied at `rate` bytes a second. The caller tells the time (seconds)."""

    def __init__(self, rate: float, capacity: int = CAPACITY) -> None:
        """Raises ValueError when the rate or the capacity is not positive."""
        if rate <= 0 or capacity <= 0:
            raise ValueError("a relay has a positive rate and capacity")
        self._rate = rate
        self._capacity = capacity
        self._parts: deque[bytes] = deque()
        self._credit = 0.0
        self._at_s: float | None = None
        self.held = 0
        self.peak = 0

    @property
    def room(self) -> int:
        """Bytes it takes before it is full."""
        return self._capacity - self.held

    def put(self, data: bytes) -> None:
        """Take what the program wrote. Raises BufferError when there is no room: who writes must ask first."""
        if len(data) > self.room:
            raise BufferError("the relay is full")
        if data:
            self._parts.append(data)
            self.held += len(data)
            self.peak = max(self.peak, self.held)

    def take(self, now_s: float) -> bytes:
        """What has come out on the far side since the last call. An idle link saves no credit."""
        if self._at_s is None or not self.held:
            self._credit = 0.0
        else:
            self._credit += (now_s - self._at_s) * self._rate
        self._at_s = now_s
        count = min(int(self._credit), self.held)
        self._credit -= count
        self.held -= count
        out: list[bytes] = []
        while count:
            part = self._parts.popleft()
            if len(part) > count:
                self._parts.appendleft(part[count:])
                part = part[:count]
            out.append(part)
            count -= len(part)
        return b"".join(out)
