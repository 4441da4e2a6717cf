"""Ends of calls whose last event never came: the customer's side was told to hang up, and was not heard of again.

It looks only when it is told to: by tracker.py after each event, by resync.py when a list leaves a customer out.
"""

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.leaving import Leaving
from connectors.calls.asterisk.parties import Parties
from connectors.calls.asterisk.tracked import Moment, Tracked
from plugin.core.calls import Direction

_SILENCE_US = 30_000_000
_GO_ON = ("2", "64")  # asked to hang up only so that the dialplan, or a transfer, takes the channel elsewhere


class Closing:
    """The calls that are about to end, by the customer's channel, and since when nothing was heard of him."""

    def __init__(self, channels: Channels, parties: Parties, leaving: Leaving) -> None:
        self._channels = channels
        self._parties = parties
        self._leaving = leaving
        self._since: dict[str, Moment] = {}

    def asked(self, channel: Channel, cause: str, when: Moment) -> None:
        """The channel is to hang up (HangupRequest, SoftHangupRequest)."""
        if cause not in _GO_ON and self._parties.customer_of(channel.uid) is not None:
            self._since[channel.uid] = when

    def left(self, call: Tracked | None, when: Moment) -> None:
        """An agent's channel is gone. A customer whom the house called, and who now hears nobody, goes with it."""
        if call is not None and call.direction is Direction.OUTBOUND and not call.busy and not call.in_queue:
            self._since.setdefault(call.customer, when)

    def heard(self, channel: Channel, when: Moment, *, step: bool) -> None:
        """The channel was heard of; `step`: it goes on."""
        if channel.uid in self._since:
            if step:
                del self._since[channel.uid]
            else:
                self._since[channel.uid] = when

    def end_unlisted(self, call: Tracked, when: Moment, *, by_pbx: bool) -> None:
        """The customer's channel is gone unheard: the end is lost where he was not about to go."""
        self._leaving.end(call, when, lost=call.customer not in self._since, by_pbx=by_pbx)

    def end_silent(self, now: Moment, *, at_once: bool = False) -> None:
        """End each call that is due for long enough; all that are due where `at_once`."""
        for uid, since in list(self._since.items()):
            if at_once or now.at_us - since.at_us > _SILENCE_US:
                del self._since[uid]
                call = next((one for one in self._parties.open if one.customer == uid), None)
                if call is not None:
                    self._leaving.end(call, since)
                    self._channels.drop(uid)  # a late word of it begins no other call
