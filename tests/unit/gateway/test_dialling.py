"""What a dial that failed is called."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from psdash.gateway.dialling import _cause

HERE = "ws://127.0.0.1:18765/ws/market"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 18765)"),
            "connection refused by 127.0.0.1:18765",
        ),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed"
            ),
            "connection refused by 127.0.0.1:18765",
        ),
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('127.0.0.1', 18765)"), "no route to 127.0.0.1:18765"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "the name 127.0.0.1 is not found"),
        (OSError(errno.EMFILE, "Connect call failed ('::1', 1)"), "too many open files"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "TLS: wrong version number"),
    ],
)
def test_the_systems_errors_are_told_in_words(error: OSError, words: str) -> None:
    assert _cause(error, HERE) == words
