"""Asterisk, by its manager interface (AMI). Reads calls only; it controls nothing and asks for no CDR."""

from connectors.calls.asterisk.client import Account
from connectors.calls.asterisk.findings import CheckResult, Finding, check
from connectors.calls.asterisk.stream import AsteriskStream

__all__ = ["Account", "AsteriskStream", "CheckResult", "Finding", "check"]
