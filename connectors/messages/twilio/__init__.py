"""Twilio: text messages by its Messages API, voice by its Calls API."""

from connectors.messages.twilio.sender import TwilioSender

__all__ = ["TwilioSender"]
