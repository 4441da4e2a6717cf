"""Journeys: one class each; they own transactions and audit. No SQL, no Flask, no connector."""
