"""Twilio's voice callbacks: what becomes of calls and recordings; the calls themselves are led by the site's TwiML."""

from connectors.calls.twilio.hook import TwilioHook

__all__ = ["TwilioHook"]
