"""The venue's contract paused the account's wallet (protocol §11): told by the older dialect, by no REST read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when (this machine's epoch ms: the event bears no time), and until which block, as far as was said.

    `is_sure` is False once the connection that told it was lost: an end would not have been heard.
    """

    since_ms: int
    until_block: int | None = None
    is_sure: bool = True
