"""What Twilio's refusals mean for us: whether a message may have gone out all the same, and in which word to say why.

The status decides; Twilio advises against logic on its codes, so they only pick the word. Its texts hold the number:
none is taken over.
"""

from collections.abc import Mapping

from plugin.core.errors import OutsideError

# Pages of the error dictionary (twilio.com/docs/api/errors), read November 2026.
_WORDS: Mapping[str, tuple[int, ...]] = {
    "number_refused": (21211, 21214, 21217, 21265, 21614, 21635, 30006),
    "opted_out": (21610,),
    "region_refused": (21408, 21215, 13227, 21612),
    "sender_refused": (21210, 21212, 21603, 21606, 21659, 21660, 21701),
    "not_verified_there": (21608, 21219),  # a trial account reaches only numbers that it has verified
    "sign_in_refused": (20003, 20005, 20403, 20404),
}
_TABLE = {code: word for word, codes in _WORDS.items() for code in codes}
BUSY_RETRY_S = 30


def of_reply(status: int, body: object) -> OutsideError:
    """Return the error of an answer that is no success: its `status`, and its `body` (JSON as read, or None).

    A 429 was never processed; after a 5xx nobody knows (twilio.com/docs/api/errors/20429 and /20500).
    """
    code = _code_of(body)
    facts = {"twilio_code": code} if code else {}
    if status == 429:
        return OutsideError("busy", retry_after_s=BUSY_RETRY_S, **facts)
    if 400 <= status < 500:
        default = "sign_in_refused" if status in (401, 403, 404) else "refused"
        return OutsideError(_TABLE.get(code, default), permanent=True, status=status, **facts)
    return OutsideError("unknown_outcome", perhaps=True, status=status, **facts)


def _code_of(body: object) -> int:
    code = body.get("code") if isinstance(body, Mapping) else None
    return code if isinstance(code, int) and 10_000 <= code <= 99_999 else 0
