"""The streams of the catalogue (shuriken note, part B4): what each wants to know, and what comes on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Payload(StrEnum):
    """The shape of what a stream brings (part B5)."""

    SVM_SWAP = "svm swap"
    EVM_SWAP = "evm swap"
    SVM_POOL = "svm pool"
    EVM_POOL = "evm pool"
    SVM_BALANCE = "svm balance"
    EVM_BALANCE = "evm balance"
    DISTRIBUTION = "distribution"
    HOLDERS = "holders"
    CURVE_CREATED = "curve created"
    CURVE_GRADUATED = "curve graduated"
    SIGNAL = "signal"
    MESSAGE = "message"
    PORTFOLIO = "portfolio"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its id in the session request, the filter's keys (all required), and its payload."""

    name: str
    payload: Payload
    wants: tuple[str, ...] = ()


_TOKEN = ("tokenAddress",)
_EVM_TOKEN = ("chainId", "tokenAddress")
_WALLET = ("walletAddress",)

_ALL = (
    Stream("svm.token.swaps", Payload.SVM_SWAP, _TOKEN),
    Stream("svm.token.poolInfo", Payload.SVM_POOL, _TOKEN),
    Stream("svm.token.balances", Payload.SVM_BALANCE, _TOKEN),
    Stream("svm.token.distributionStats", Payload.DISTRIBUTION, _TOKEN),
    Stream("svm.token.holderStats", Payload.HOLDERS, _TOKEN),
    Stream("svm.wallet.nativeBalance", Payload.SVM_BALANCE, _WALLET),
    Stream("svm.wallet.tokenBalances", Payload.SVM_BALANCE, _WALLET),
    Stream("svm.bondingCurve.creations", Payload.CURVE_CREATED),
    Stream("svm.bondingCurve.graduations", Payload.CURVE_GRADUATED),
    Stream("evm.token.swaps", Payload.EVM_SWAP, _EVM_TOKEN),
    Stream("evm.token.poolInfo", Payload.EVM_POOL, _EVM_TOKEN),
    Stream("evm.token.balances", Payload.EVM_BALANCE, _EVM_TOKEN),
    Stream("evm.wallet.nativeBalance", Payload.EVM_BALANCE, _WALLET),
    Stream("evm.wallet.tokenBalances", Payload.EVM_BALANCE, _WALLET),
    # The joined ids; the docs print `alpha.signalFeed.global` and so on, which the live service did not take (B4).
    Stream("alpha.signalFeedGlobal", Payload.SIGNAL),
    Stream("alpha.signalFeedPersonal", Payload.SIGNAL),
    Stream("alpha.signalFeedProfile", Payload.SIGNAL, ("profileId",)),
    Stream("alpha.signalFeedNamed", Payload.SIGNAL, ("feedId",)),
    Stream("alpha.personal", Payload.MESSAGE),
    Stream("portfolio.notifications", Payload.PORTFOLIO),
    Stream("automation.updates", Payload.AUTOMATION),
)
STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in _ALL}
