"""Denwaban (電話番): call pop, caller verification, gated recordings and CRM timeline beside a phone system."""

__version__ = "0.1.0"
