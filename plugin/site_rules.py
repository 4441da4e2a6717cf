"""What the settings say as the rules that services are built with. Builds no part of the house; decides nothing."""

from datetime import timedelta
from urllib.parse import urlsplit

from plugin.core.deliveries import SourceSite
from plugin.core.grants import ListeningRules
from plugin.core.identity import Proof
from plugin.core.passwords import words_of_site
from plugin.core.transcripts import Speaker
from plugin.services.codes import CodeRules
from plugin.services.passwords import Passwords
from plugin.services.provable import IdentityRules
from plugin.services.staff import SessionRules
from plugin.settings import Settings
from plugin.store.breached import BreachedList


def listening_rules(chosen: Settings) -> ListeningRules:
    """Return who may listen, and for how long."""
    return ListeningRules(
        own_call=timedelta(minutes=chosen.own_call_minutes),
        grace=timedelta(minutes=chosen.verify_minutes),
        caller_driven=chosen.caller_listening,
        approval=timedelta(minutes=chosen.check_listen_minutes),
    )


def identity_rules(chosen: Settings) -> IdentityRules:
    """Return what proves a caller, and how often one may try."""
    grace = timedelta(minutes=chosen.verify_minutes)
    offered = frozenset(Proof) - (frozenset() if chosen.messages else {Proof.ONE_TIME_CODE})
    return IdentityRules(chosen.verify_tries, chosen.verify_daily_failures, grace, chosen.policy, offered)


def code_rules(chosen: Settings) -> CodeRules:
    """Return how many codes may be sent, and in whose name."""
    return CodeRules(chosen.daily_codes, chosen.messages_name, chosen.lang)


def session_rules(chosen: Settings) -> SessionRules:
    """Return how one comes in, and how long a session lasts."""
    return SessionRules(
        lasts=timedelta(hours=chosen.session_hours),
        idle=timedelta(minutes=chosen.idle_minutes),
        proof=timedelta(minutes=chosen.step_up_minutes),
        must_have=frozenset(chosen.second_factor_roles) if chosen.local_sign_in else frozenset(),
        grace=timedelta(days=chosen.second_factor_grace_days),
        by_password=chosen.local_sign_in,
    )


def given_lasts(chosen: Settings) -> timedelta:
    """Return how long a password counts that somebody else typed for its owner."""
    return timedelta(hours=chosen.first_password_hours)


def passwords_of(chosen: Settings) -> Passwords:
    """Return how passwords are hashed, and which are not taken here."""
    words = words_of_site(urlsplit(chosen.public_url).hostname or "", chosen.messages_name)
    breached = chosen.breached_passwords
    return Passwords(words=words, breached=BreachedList(breached) if breached else None)


def lanes_of(chosen: Settings) -> dict[str, tuple[Speaker, ...]]:
    """Return for each phone system whose voices the two channels of its recordings hold, where the site told."""
    left = (Speaker.CALLER, Speaker.OPERATOR)
    told = {name: source.caller_lane for name, source in chosen.sources.items() if source.caller_lane}
    return {name: left if lane == "left" else left[::-1] for name, lane in told.items()}


def site_of_source(chosen: Settings, name: str) -> SourceSite:
    """Return what the connector of the source `name` is told."""
    source = chosen.sources[name]
    return SourceSite(
        name=name,
        secrets=tuple(secret.get_secret_value() for secret in source.secrets),
        zone=chosen.zone_of(source),
        address=f"{chosen.public_url.rstrip('/')}/hooks/{name}",
        options={option: value.get_secret_value() for option, value in source.options.items()},
    )
