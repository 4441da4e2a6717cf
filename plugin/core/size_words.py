"""How many bytes, as people read it: one wording for pages and commands, in powers of a thousand."""

_STEP = 1000
_UNITS = ("B", "KB", "MB", "GB", "TB")


def size_words(size_bytes: int) -> str:
    """Return so many bytes as people read them: `192 B`, `14.2 MB`, `1,204.0 TB`."""
    size, unit = float(size_bytes), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:,.1f} {_UNITS[unit]}" if unit else f"{size_bytes} B"
