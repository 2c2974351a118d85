"""What can go wrong with this service, by name."""

from __future__ import annotations

from typing import Final

from psdash.simulator.services.faults import Menu

#: Each name, what its level is when none is given, and what it does.
MENU: Final[Menu] = {
    "cut": (20, "break every connection off after so many seconds, give or take half"),
    "close-4001": (1, "close so many sockets with 4001: no such app"),
    "close-4004": (1, "refuse so many sockets: over the connection quota (error 4004, close 4100)"),
    "close-4100": (3, "close so many sockets with 4100: over capacity"),
    "close-4200": (15, "close so many sockets with 4200: reconnect at once"),
    "close-4201": (20, "close every socket with 4201 after so many seconds"),
    "bad-auth": (1, "refuse so many channel authorisations with 403"),
    "auth-error": (1, "refuse so many private channels with a subscription_error"),
    "quiet-refusal": (1, "refuse so many private channels with error 4009 that names no channel"),
    "revoke": (20, "revoke the key after so many seconds"),
    "silent": (20, "after so many seconds publish nothing; pongs go on"),
    "garbage": (0.1, "publish so large a share of payloads that cannot be read"),
    "duplicate": (0.2, "publish so large a share twice"),
    "no-pong": (1, "do not answer pings"),
    "wrapped": (1, "wrap the session's answer in data"),
    "objects": (1, "write data as an object instead of a string"),
    "rest-429": (0.3, "answer so large a share of requests with 429 and Retry-After"),
    "rest-403-wallets": (1, "refuse the list of wallets: the key lacks its scope"),
    "rest-500": (0.3, "answer so large a share of requests with 500"),
}
