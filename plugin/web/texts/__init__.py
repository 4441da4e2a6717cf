"""What pages say, in Japanese and English side by side: one room of texts a subject, found here by their keys.

A row is (ja, en) or, where English counts a value named `n`, (ja, en for one, en for others). Refuses a key that two
rooms define, and a key that none does: a page never shows a key.
"""

import importlib
import pkgutil
from functools import cache

Row = tuple[str, str] | tuple[str, str, str]


@cache
def table() -> dict[str, Row]:
    """Return every text by its key."""
    texts: dict[str, Row] = {}
    for room in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        for key, row in importlib.import_module(f"{__name__}.{room}").TEXTS.items():
            if key in texts:
                raise RuntimeError(f"two texts are called {key}")
            texts[key] = row
    return texts


def text(lang: str, key: str, **values: object) -> str:
    """Return the text of `key` in `lang` ("en", else Japanese) with `{name}` replaced by values. KeyError if none."""
    row = table()[key]
    if lang != "en":
        said = row[0]
    elif len(row) == 3 and values.get("n") != 1:
        said = row[2]
    else:
        said = row[1]
    return said.format(**values) if values else said
