"""Short secrets at rest: AES-256-GCM under a key of the house, bound to what they belong to.

Refuses, as a damaged one, a secret that was moved to another place.
"""

import base64
import binascii
import os

from plugin.core.errors import Conflict
from plugin.store.keys import Secret

_NONCE_BYTES = 12


def seal(key: Secret, value: bytes, belongs_to: str) -> str:
    """Return `value` encrypted, as text; `belongs_to` is the id of the row that keeps it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # few requests need it

    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key.value).encrypt(nonce, value, belongs_to.encode())).decode()


def unseal(key: Secret, sealed: str, belongs_to: str) -> bytes:
    """Return what `seal` was given. Raises Conflict("corrupt")."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        read = base64.b64decode(sealed, validate=True)
        return AESGCM(key.value).decrypt(read[:_NONCE_BYTES], read[_NONCE_BYTES:], belongs_to.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Conflict("corrupt") from error
