"""Every fault by name, in the order in which they stand between a session and its line, and the help about them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psdash.simulator.chaos import (
    answers,
    clocks,
    dialects,
    doors,
    ends,
    feed,
    garbage,
    markets,
    reads,
    silence,
    snapshots,
    subscribing,
)
from psdash.simulator.chaos.fault import Fault, Kit


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the menu. `unit` says what its level means and is "" where it has none."""

    name: str
    about: str
    unit: str
    default: float
    strikes: bool
    signed: bool
    make: Callable[[Kit, float], Fault]


def _entry(name: str, fault: Callable[..., Fault], about: str | None = None, **fixed: Any) -> Entry:
    kind: Any = fault

    def make(kit: Kit, level: float) -> Fault:
        made: Fault = kind(kit, level, **fixed)
        return made

    text = about if about is not None else (kind.__doc__ or "").strip()
    return Entry(name, text, kind.unit, kind.default, kind.strikes, kind.signed, make)


def _and(status: int) -> str:
    return {302: " to another origin", 429: " and Retry-After", 503: " and Retry-After"}.get(status, "")


_SECTIONS: dict[str, tuple[Entry, ...]] = {
    "what really happens on the exchange": (
        _entry("tick", markets.Tick),
        _entry("one-sided", markets.OneSided),
        _entry("empty-book", markets.EmptyBook),
        _entry("settlement-never", markets.SettlementNever),
    ),
    "deltas": (
        _entry("ghost", feed.Ghost),
        _entry("counters-restart", dialects.CountersRestart),
        _entry("drop", feed.Drop),
        _entry("duplicate", feed.Duplicate),
        _entry("reorder", feed.Reorder),
        _entry("late", feed.Late),
        _entry("delay", feed.Delay),
        _entry("lose-last", feed.LoseLast),
    ),
    "snapshots": (
        _entry("snapshot-stale", snapshots.SnapshotStale),
        _entry("snapshot-fail", snapshots.SnapshotFail),
        _entry("snapshot-lost", snapshots.SnapshotLost),
    ),
    "trades": (
        _entry("trade-duplicate", feed.DuplicateTrades),
        _entry("trade-late", feed.LateTrades),
    ),
    "subscribing": (
        _entry("cap-ids", subscribing.CapIds),
        _entry("cap-sids", subscribing.CapSids),
        _entry("backlog", subscribing.Backlog),
    ),
    "silence": (
        _entry("silent", silence.Silent),
        _entry("silent-line", silence.SilentLine),
        _entry("no-pong", silence.NoPong),
    ),
    "dialects": (
        _entry("update-as-state", dialects.UpdateAsState),
        _entry("update-as-change", dialects.UpdateAsChange),
        _entry("changes-list", dialects.ChangesList),
        _entry("reversed-levels", dialects.ReversedLevels),
        _entry("prevseq-in-data", dialects.PrevSeqInData),
        _entry("prevseq-absent", dialects.PrevSeqAbsent),
        _entry("no-server-ts", dialects.NoServerTs),
        _entry("null-lists", dialects.NullLists),
        _entry("trades-without-id", dialects.TradesWithoutId),
        _entry("placed-filled", dialects.PlacedFilled),
        _entry("ohlc-ignores-outcome", answers.OhlcIgnoresOutcome),
        _entry("orders-lag", answers.OrdersLag),
        _entry("late-tokens", answers.LateTokens),
        _entry("no-accounts", answers.NoAccounts),
    ),
    "clocks": (
        _entry("clock-skew", clocks.ClockSkew),
        *(
            _entry(
                f"host-{way.partition(' ')[0]}",
                clocks.HostClock,
                f"The client's own clock is {way} the venue's: all that the venue writes is off the other way.",
                sign=sign,
            )
            for way, sign in (("ahead of", -1), ("behind", 1))
        ),
        _entry("clock-step", clocks.ClockStep),
    ),
    "hostile frames and text": (
        _entry("hostile-text", garbage.HostileText),
        _entry("mangled", garbage.Mangled),
        _entry("garbage", garbage.Garbage),
        _entry("bad-frame", garbage.BadFrame),
        _entry("oversize", garbage.Oversize),
    ),
    "how a connection ends": (
        *(
            _entry(f"close-{code}", ends.Close, f'A close frame: {code} "{reason}".', code=code, reason=reason)
            for code, reason in ends.REASONS.items()
        ),
        _entry("close-1006", ends.Abort),
        *(
            _entry(f"close-4401-{reason}", ends.Close, f'A close frame: 4401 "{reason}".', code=4401, reason=reason)
            for reason in ends.REASONS_4401
        ),
        _entry("revoke", ends.Revoke),
        _entry("reset", ends.Reset),
        _entry("cut", ends.Cut),
        *(
            _entry(f"cut-{name}", ends.CutAt, f"The connection ends in the middle of its first {what}.", kind=kind)
            for name, what, kind in (
                ("greeting", "greeting", b"connected"),
                ("ack", "acknowledgement", b"subscribed"),
                ("snapshot", "snapshot", b"book_snapshot"),
            )
        ),
        _entry("freeze", ends.Freeze),
    ),
    "how a dial fails": (
        _entry("refuse-dial", doors.RefuseDial),
        _entry("hang-handshake", doors.HangHandshake),
        _entry("accept-close", doors.AcceptClose),
        *(
            _entry(
                f"upgrade-{status}",
                doors.UpgradeStatus,
                f"Upgrades are answered with {status}{_and(status)}.",
                status=status,
            )
            for status in doors.STATUSES
        ),
    ),
    "REST": (
        *(
            _entry(
                f"rest-{status}",
                reads.Status,
                f"Reads are answered with {status}, Retry-After 1 to 5.",
                status=status,
            )
            for status in (429, 503)
        ),
        _entry("rest-drip", reads.Drip),
        _entry("rest-hang", reads.Hang),
        _entry("rest-torn", reads.Torn),
        _entry("rest-oversize", reads.Oversize),
        _entry("rest-gzip-bomb", reads.GzipBomb),
        _entry("rest-redirect", reads.Redirect),
        _entry("rest-nonsense", reads.Nonsense),
    ),
}

FAULTS: dict[str, Entry] = {entry.name: entry for section in _SECTIONS.values() for entry in section}


def help_text() -> str:
    """The menu as `psdash sim --help` prints it."""
    lines: list[str] = []
    for title, entries in _SECTIONS.items():
        lines.append(f"  {title}:")
        for entry in entries:
            head = entry.name + (f"={entry.default:g}" if entry.unit else "")
            text = " ".join(entry.about.split()) + (f" [{entry.unit}]" if entry.unit else "")
            wrapped = textwrap.wrap(text, 118 - 30)
            lines.append(f"    {head:<25} {wrapped[0]}")
            lines += [f"{'':30}{more}" for more in wrapped[1:]]
    return "\n".join(lines)
