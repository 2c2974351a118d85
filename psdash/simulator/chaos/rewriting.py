"""Changing frames on their way out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from psdash.simulator.protocol import frames
from psdash.simulator.protocol.frames import Push


def body_of(push: Push) -> dict[str, Any]:
    """Everything of a push but its `type` and `sid`."""
    body: dict[str, Any] = json.loads(b"{" + push.tail[1:])
    return body


def with_body(push: Push, body: dict[str, Any], *, kind: str | None = None, seq: int | None = None) -> Push:
    """A push with another body, and perhaps another type or seq (the body's own must be said in `body`)."""
    kind = kind or push.type
    return replace(
        push,
        type=kind,
        seq=push.seq if seq is None else seq,
        head=b'{"type":"%b","sid":' % kind.encode(),
        tail=b"," + frames.encode(body)[1:],
    )


def with_tail(push: Push, tail: bytes, seq: int | None = None) -> Push:
    """A push with other bytes behind its `sid`."""
    return replace(push, tail=tail, seq=push.seq if seq is None else seq)
