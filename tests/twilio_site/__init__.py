"""A stand-in for Twilio's Messages and Calls APIs, as strict as they are: `with TwilioSite() as site:`."""

from tests.twilio_site.site import Fault, FaultKind, TwilioSite

__all__ = ["Fault", "FaultKind", "TwilioSite"]
