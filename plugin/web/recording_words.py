"""Why a recording cannot be heard, in words: of its state and reason. Says nothing of who may hear it."""

from plugin.core.recordings import AWAITED, Recording, RecordingState
from plugin.web import door
from plugin.web.texts import table

# What a person can do is the same for all reasons of a row; docs/privacy.md says more of each.
_SAID = {
    "not_converted": {"ffmpeg_missing", "ffmpeg_too_slow"},
    "host_refuses": {"not_allowed", "certificate"},
    "host_away": {"host_unknown", "unreachable", "cut_off", "too_slow", "stopped"},
    "address_refused": {
        "host_not_listed",
        "name_address",
        "address_refused",
        "redirect_refused",
        "redirects",
        "name_outside",
    },
    "gone": {"gone"},
    "not_stored": {"not_stored", "file_unreadable"},
}
_PASSES = frozenset({"host_away", "not_stored"})


def why_silent(recording: Recording) -> str:
    """Say in the reader's language why there is nothing to hear, or not yet."""
    if recording.state is RecordingState.EXPIRED and recording.expired_at is not None:
        return door.t("listen.why.expired_at", at=door.when(recording.expired_at), rule=rule_words(recording.reason))
    return door.t(f"listen.why.{word_of(recording.state, recording.reason or '')}")


def rule_words(rule: str | None) -> str:
    """Return the rule by which something was erased (`complaint:365`) as people call it."""
    purpose, _, days = (rule or "").partition(":")
    if f"retention.purpose.{purpose}" in table():
        return door.t("retention.rule.days", purpose=door.t(f"retention.purpose.{purpose}"), days=days)
    key = f"retention.rule.{purpose}"
    return door.t(key) if key in table() else door.t("retention.rule.other")


def word_of(state: RecordingState, reason: str) -> str:
    """Return the word under which the text stands: of the reason where it has one, else of the state."""
    if state not in AWAITED | {RecordingState.MISSING, RecordingState.CORRUPT}:
        return state.value
    found = next((word for word, reasons in _SAID.items() if reason in reasons), "")
    if reason.startswith("http_"):
        found = "host_away"
    if found in _PASSES and state not in AWAITED:  # it was tried again, and given up
        return state.value
    return found or state.value
