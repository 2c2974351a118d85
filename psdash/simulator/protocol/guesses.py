"""The embedded exchange's answers where the venue's documents are silent, in one place.

Each value below is marked GUESS or UNKNOWN in the protocol (§13 is the list). When the real pages are read, change
it here; no other module of the simulator decides such a thing.
"""

from __future__ import annotations

import re

# --- the connection (protocol §2) ---------------------------------------------------------------------------

#: The v2 user greeting carries it too (§2.1).
PROTOCOL_VERSION = 2
#: `data.authMethod` of a JWT socket (§2.1).
AUTH_METHOD_JWT = "jwt"
#: Reasons a 4401 gives for what §2.2 does not list: no credential at all, and a JWT that is spoiled or old.
REASON_NO_CREDENTIAL = "auth_required"
REASON_JWT_INVALID = "jwt_invalid"
REASON_JWT_EXPIRED = "jwt_expired"
#: A malformed X-User-Wallet on the upgrade; the REST code is known, the close reason is not (§2.2).
REASON_WALLET_INVALID = "api_key_user_wallet_invalid"
#: How a revoked key's live sockets are closed (§2.2).
CLOSE_REVOKED = (4401, "api_key_revoked")
#: How the gateway says that it restarts (§2.2).
CLOSE_RESTART = (1012, "service restart")
#: How a client that does not read is dropped; no source names a code.
CLOSE_SLOW = (1013, "slow consumer")
#: The only Origins that may open a socket; programs send none (§2.2).
ALLOWED_ORIGINS = frozenset({"https://adipredictstreet.com", "https://www.adipredictstreet.com"})

# --- commands (protocol §3) ---------------------------------------------------------------------------------

ACK_UPDATED = "subscription_updated"
ACK_UNSUBSCRIBED = "unsubscribed"
ACK_LISTED = "subscriptions"
#: Parameter names of `update_subscription` (§3.2; `add_ids` alone is documented).
PARAM_ADD = "add_ids"
PARAM_REMOVE = "remove_ids"
#: Where `get_book_snapshot` may name its token (§3.5), best guess first. There is no separate ack.
PARAMS_SNAPSHOT_ID = ("id", "tokenId", "ids")
#: Whether the snapshots of a subscription go out before its `subscribed` (§5.3 does not say).
SNAPSHOT_BEFORE_ACK = False
#: Codes of error frames that no list names (§3.8). The socket stays open after each of them.
CODE_BAD_JSON = "invalid_json"
CODE_UNKNOWN_COMMAND = "unknown_command"
#: One bad id refuses its whole entry, `rejected[].ids` naming the bad ones only (§3.1).
#: A second subscription to the same channel and ids gets its own sid and its own copies (§3.1).
#: A well-formed id that nobody has heard of is accepted; a book of it answers `book_snapshot_failed` (§5.6).
#: Removing the last id leaves an empty subscription that still counts towards the cap (§3.2).
REASON_NO_SNAPSHOT = "unknown_token"

# --- events (protocol §5) -----------------------------------------------------------------------------------

#: Levels a side in the snapshot after a subscribe (§5.3, known); `get_book_snapshot` and `book_update` send them all.
SNAPSHOT_DEPTH = 100
#: Every so many sequence numbers of a token, the change goes out as a state frame, not as a delta (§5.4).
BOOK_UPDATE_EVERY = 211
#: Field of the candle's bucket start, and the one interval (§5.7).
CANDLE_START_FIELD = "bucketStartMs"
CANDLE_INTERVAL = "s5"
#: `condition_lifecycle` is accepted and mostly silent today (§5.8): only these go out unless all four are wanted.
LIFECYCLE_LITTLE = frozenset({"market_resolved"})
#: `balanceAfter` is in shares, like every quantity of the REST side, not in raw millionths (§5.12).

# --- REST (protocol §7, §8, §10) ----------------------------------------------------------------------------

#: Book depth of `/orderbook` without `depth`, and the most it gives (§7.6).
ORDERBOOK_DEPTH_DEFAULT = 20
ORDERBOOK_DEPTH_MAX = 100
#: Rows of `/ohlc` at most in one call (§7.8, known) and when `limit` is absent.
OHLC_MAX = 2000
OHLC_DEFAULT = 500
#: `range` -> (points, seconds a point) of `/price-history` (§7.8, known); `ts` is epoch milliseconds (UNKNOWN).
PRICE_HISTORY_RANGES = {
    "live": (300, 1),
    "1h": (60, 60),
    "1d": (48, 1800),
    "1w": (28, 21_600),
    "1m": (60, 43_200),
}
#: Scope of order reads (§1.1).
SCOPE_READS = "portfolio:read"
#: `GET /api/me/fills` is in one page only (§12), so a client must take its 404 as normal: this exchange has none.
#: Buckets as (requests, window in seconds). Order reads are known (§10); the others are generous inventions.
LIMIT_ORDER_READS = (300, 60)
LIMIT_PRIVATE_READS = (600, 60)
LIMIT_PUBLIC_READS = (3000, 60)
#: Codes that no list names (§10).
CODE_RATE_LIMITED = "rate_limited"
CODE_ORDER_NOT_FOUND = "order_not_found"
CODE_NOT_FOUND = "not_found"
CODE_METHOD = "method_not_allowed"
#: The query parameter that asks `/api/me/positions` for `open` or `all` rows (§8.3 names the values only).
PARAM_POSITIONS = "filter"
#: Bodies of which no source shows a field are wholly ours, in `bodies.py` and `rest_public.py`: `/ohlc` (its candles
#: are named like `ohlc_update`), `/platform/status` (like `platform_status`), `/vaults/{addr}/positions`,
#: `/me/portfolio`, the ids of a row of `/me/positions`. A credential sent with a public read is not looked at.
#: `X-RateLimit-Reset` counts the seconds until the window ends. What a share that came by a split cost is in
#: `exchange/costs.py`.

# --- identifiers (protocol §1.2) ----------------------------------------------------------------------------

TOKEN_ID = re.compile(r"[0-9]{1,96}\Z")
CONDITION_ID = re.compile(r"0[xX][0-9a-fA-F]{64}\Z")
ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}\Z")

# --- caps (protocol §3.7, known) ----------------------------------------------------------------------------

MAX_SUBSCRIPTIONS = 256
MAX_IDS = 100
