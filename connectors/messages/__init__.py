"""Carriers of short messages: text messages, and a voice that rings up and reads out."""
