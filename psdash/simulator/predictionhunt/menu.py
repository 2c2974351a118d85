"""What can go wrong with this service, by name."""

from __future__ import annotations

from typing import Final

from psdash.simulator.services.faults import Menu

#: Each name, what its level is when none is given, and what it does.
MENU: Final[Menu] = {
    "cut": (20, "break every connection off after so many seconds, give or take half"),
    "revoke": (20, "revoke the key after so many seconds: AUTH_FAILED, and the end"),
    "downgrade": (20, "sell the key down to dev after so many seconds: CHANNEL_FORBIDDEN from then on"),
    "connection-limit": (3, "refuse so many connections with CONNECTION_LIMIT"),
    "tier-forbidden": (1, "refuse every connection with TIER_FORBIDDEN"),
    "auth-late": (1, "answer an auth frame with the timeout's words"),
    "silent": (20, "after so many seconds say nothing on any channel; pings go on"),
    "garbage": (0.1, "send so large a share of frames that cannot be read"),
    "duplicate": (0.2, "send so large a share of frames twice"),
    "late": (2, "send frames up to so many seconds late"),
    "rate-limited": (0.3, "refuse so large a share of the client's frames with RATE_LIMITED"),
    "venue-stale": (1, "say in /v2/status that what it has of kalshi is old"),
    "rest-429": (0.3, "answer so large a share of requests with 429 and Retry-After"),
    "rest-503": (0.3, "answer so large a share of requests with 503"),
}
