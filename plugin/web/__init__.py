"""Doors for browsers and machines: parse, call one service, render. No SQL, no rules."""
