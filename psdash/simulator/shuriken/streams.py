"""The catalogue: which filter each stream wants, and who may hear it (part B4)."""

from __future__ import annotations

import hashlib

_TOKEN, _EVM, _WALLET = ("tokenAddress",), ("chainId", "tokenAddress"), ("walletAddress",)
FILTERS: dict[str, tuple[str, ...]] = {
    "svm.token.swaps": _TOKEN,
    "svm.token.poolInfo": _TOKEN,
    "svm.token.balances": _TOKEN,
    "svm.token.distributionStats": _TOKEN,
    "svm.token.holderStats": _TOKEN,
    "svm.wallet.nativeBalance": _WALLET,
    "svm.wallet.tokenBalances": _WALLET,
    "svm.bondingCurve.creations": (),
    "svm.bondingCurve.graduations": (),
    "evm.token.swaps": _EVM,
    "evm.token.poolInfo": _EVM,
    "evm.token.balances": _EVM,
    "evm.wallet.nativeBalance": _WALLET,
    "evm.wallet.tokenBalances": _WALLET,
    "alpha.signalFeedGlobal": (),
    "alpha.signalFeedPersonal": (),
    "alpha.signalFeedProfile": ("profileId",),
    "alpha.signalFeedNamed": ("feedId",),
    "alpha.personal": (),
    "portfolio.notifications": (),
    "automation.updates": (),
}
#: The dotted forms that the docs print; the same channels.
ALIASES = {
    f"alpha.signalFeed.{name.lower()}": f"alpha.signalFeed{name}"
    for name in ("Global", "Personal", "Profile", "Named")
}
PRESENCE = frozenset(
    {
        "alpha.signalFeedPersonal",
        "alpha.signalFeedProfile",
        "alpha.signalFeedNamed",
        "alpha.personal",
        "portfolio.notifications",
        "automation.updates",
    }
)


def channel_of(stream: str, where: dict[str, str]) -> str:
    """An opaque name: what a client reads into it is its own mistake. One public stream has a private channel."""
    digest = hashlib.sha256(f"{stream}|{sorted(where.items())}".encode()).hexdigest()[:16]
    if stream in PRESENCE:
        return f"presence-{digest}"
    return f"private-{digest}" if stream == "alpha.signalFeedGlobal" else f"c-{digest}"
