"""Asterisk's REST interface (ARI), for what is done in calls under way: find the talk, let somebody in, record it.

Events of calls come from the manager interface alone (stream.py); here only what we began ourselves is heard of.
"""
