"""Where recordings come from and how audio is read."""
