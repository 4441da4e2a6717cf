"""Asterisk, by its manager interface (AMI). Reads calls, and with an account of its own dials; asks for no CDR."""

from connectors.calls.asterisk.client import Account
from connectors.calls.asterisk.control import AsteriskControl, Dialling
from connectors.calls.asterisk.findings import CheckResult, Finding, check
from connectors.calls.asterisk.stream import AsteriskStream

__all__ = ["Account", "AsteriskControl", "AsteriskStream", "CheckResult", "Dialling", "Finding", "check"]
