"""A sender of signed webhooks."""

import base64
import hashlib
import hmac
from datetime import datetime

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()


def signed(body: bytes, now: datetime, secret: str = SECRET, delivery: str = "d1") -> dict[str, str]:
    """Return the headers that prove `body`, sent at `now`."""
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    timestamp = str(int(now.timestamp()))
    digest = hmac.digest(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": timestamp, "webhook-signature": signature}
