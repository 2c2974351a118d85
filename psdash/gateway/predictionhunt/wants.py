"""What to subscribe to, within what the key's tier allows. Sans-IO.

Answers name a channel and no command, so one command a channel is on its way at a time. What is over a cap is not
asked for: the venue would refuse it, and perhaps more with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psdash.wire.predictionhunt import CAPS, CHANNELS, Channel, Subscribe, Tier, Unsubscribe

#: Seconds an answer may take.
ANSWER_S = 8.0
#: Ids in one command at most.
PACKED = 50


@dataclass(slots=True)
class Wanted:
    """One channel: what is wanted and what stands."""

    markets: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    everything: bool = False
    held_markets: set[str] = field(default_factory=set)
    held_groups: set[int] = field(default_factory=set)
    held_everything: bool = False
    asking: Subscribe | Unsubscribe | None = None
    asked_s: float = 0.0
    refused: str = ""


class Wants:
    """Every channel."""

    def __init__(self) -> None:
        self.tier = Tier.DEV
        self._channels: dict[Channel, Wanted] = {channel: Wanted() for channel in Channel}

    def __getitem__(self, channel: Channel) -> Wanted:
        return self._channels[channel]

    def want(
        self, channel: Channel, markets: Iterable[str] = (), groups: Iterable[int] = (), *, everything: bool = False
    ) -> None:
        """Wish for these ids of a channel and no others, the most urgent first."""
        wanted = self._channels[channel]
        wanted.markets, wanted.groups = tuple(dict.fromkeys(markets)), tuple(dict.fromkeys(groups))
        wanted.everything = everything

    def allowed(self, channel: Channel) -> tuple[tuple[str, ...], tuple[int, ...], bool]:
        """What of a channel's wishes fits into the caps, by channel order and then by urgency."""
        caps = CAPS[self.tier]
        room = caps.per_connection
        for each in Channel:
            if not self.tier.has(CHANNELS[each].least):
                continue
            wanted = self._channels[each]
            left = min(room, caps.per_channel)
            everything = wanted.everything and left > 0
            left -= everything
            markets = wanted.markets[:left]
            groups = wanted.groups[: max(0, left - len(markets))]
            if each is channel:
                return markets, groups, everything
            room -= len(markets) + len(groups) + everything
        return (), (), False

    def is_left_out(self, channel: Channel, market: str) -> bool:
        """Whether a market is wished for and does not fit."""
        return market in self._channels[channel].markets and market not in self.allowed(channel)[0]

    def forget(self) -> None:
        """A new session: nothing stands."""
        for wanted in self._channels.values():
            wanted.held_markets.clear()
            wanted.held_groups.clear()
            wanted.held_everything = False
            wanted.asking = None
            wanted.refused = ""

    def next_command(self, now_s: float) -> Subscribe | Unsubscribe | None:
        """The next command, None when there is nothing to say now."""
        for channel, wanted in self._channels.items():
            if wanted.asking is not None or wanted.refused or not self.tier.has(CHANNELS[channel].least):
                continue
            command = self._command(channel, wanted)
            if command is not None:
                wanted.asking, wanted.asked_s = command, now_s
                return command
        return None

    def _command(self, channel: Channel, wanted: Wanted) -> Subscribe | Unsubscribe | None:
        markets, groups, everything = self.allowed(channel)
        gone = [each for each in wanted.held_markets if each not in markets][:PACKED]
        lost = [each for each in wanted.held_groups if each not in groups][:PACKED]
        if gone or lost:
            return Unsubscribe(channel=channel, market_ids=tuple(gone) or None, group_ids=tuple(lost) or None)
        new = [each for each in markets if each not in wanted.held_markets][:PACKED]
        more = [each for each in groups if each not in wanted.held_groups][:PACKED]
        if new or more:
            return Subscribe(channel=channel, market_ids=tuple(new) or None, group_ids=tuple(more) or None)
        if everything and not wanted.held_everything:
            return Subscribe(channel=channel)
        return None

    def answered(self, channel: str) -> Channel | None:
        """The command on its way for this channel was carried out; None when there was none."""
        known = _channel(channel)
        wanted = None if known is None else self._channels[known]
        if wanted is None or wanted.asking is None:
            return None
        command, wanted.asking = wanted.asking, None
        markets, groups = set(command.market_ids or ()), set(command.group_ids or ())
        if isinstance(command, Subscribe):
            wanted.held_markets |= markets
            wanted.held_groups |= groups
            wanted.held_everything = wanted.held_everything or not (markets or groups)
        else:
            wanted.held_markets -= markets
            wanted.held_groups -= groups
        return known

    def refuse(self, channel: str, words: str) -> Channel | None:
        """The venue refuses a channel; it is not asked for again in this session. A refusal without a channel is
        about the oldest command on its way.
        """
        known = _channel(channel)
        if known is None:
            waiting = [each for each, wanted in self._channels.items() if wanted.asking is not None]
            known = min(waiting, key=lambda each: self._channels[each].asked_s, default=None)
        if known is not None:
            self._channels[known].asking = None
            self._channels[known].refused = words
        return known

    def again(self) -> None:
        """The last commands were too many at once: ask them again."""
        for wanted in self._channels.values():
            wanted.asking = None

    def is_overdue(self, now_s: float) -> bool:
        """Whether an answer is late."""
        return any(w.asking is not None and now_s - w.asked_s > ANSWER_S for w in self._channels.values())

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way and nothing more is to be said."""
        return all(
            wanted.asking is None and (wanted.refused or self._command(channel, wanted) is None)
            for channel, wanted in self._channels.items()
            if self.tier.has(CHANNELS[channel].least)
        )

    @property
    def refusals(self) -> Mapping[Channel, str]:
        """What the venue refused, by channel."""
        return {channel: wanted.refused for channel, wanted in self._channels.items() if wanted.refused}


def _channel(name: str) -> Channel | None:
    try:
        return Channel(name)
    except ValueError:
        return None
