"""Asterisk, by its manager interface (AMI): reads calls, and with an account of its own dials; and its own records
(CDR, queue_log), for what nobody heard."""

from connectors.calls.asterisk.client import Account
from connectors.calls.asterisk.control import AsteriskControl, Dialling
from connectors.calls.asterisk.findings import CheckResult, Finding, check
from connectors.calls.asterisk.journal import Journal, Records
from connectors.calls.asterisk.stream import AsteriskStream

__all__ = [
    "Account",
    "AsteriskControl",
    "AsteriskStream",
    "CheckResult",
    "Dialling",
    "Finding",
    "Journal",
    "Records",
    "check",
]
