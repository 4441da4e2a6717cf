"""Carries "this changed for this person" between the processes of one host."""
