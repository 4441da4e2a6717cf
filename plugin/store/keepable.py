"""What a database can keep of a text from outside. Changes nothing that people wrote on purpose."""


def keepable(text: str, most: int) -> str:
    """Return `text` without white space around it, at most `most` letters of it, and none that is no text.

    A lone surrogate, which JSON can carry, is no text to a database; a key never ends in a space.
    """
    if not text or (text.isprintable() and len(text) <= most and text[0] != " " != text[-1]):
        return text  # nearly all; U+0020 is the only white space that prints
    return text.encode("utf-8", "replace").decode().strip()[:most].rstrip()
