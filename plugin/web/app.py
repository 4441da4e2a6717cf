"""Puts the web application together from its rooms. Builds nothing of the house: the store opens at first use."""

import threading
from urllib.parse import urlsplit

from flask import Flask, Request, request
from werkzeug.exceptions import BadHost
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from plugin.core.access import Deed, may
from plugin.core.errors import InputError
from plugin.web import (
    account,
    address_pops,
    admin,
    approvals,
    audit,
    board,
    call_pages,
    cases,
    checks,
    clips,
    consents,
    crm,
    desk,
    disclosure_answers,
    disclosures,
    door,
    embed,
    errors,
    evidence,
    factors,
    fallbacks,
    forms,
    harassment,
    headers,
    health,
    holds,
    hooks,
    identity,
    jobs,
    listening,
    lock_outs,
    look_up,
    mandates,
    metrics,
    missed,
    overrides,
    password,
    playback,
    policy,
    problems,
    provider,
    purposes,
    recording_rules,
    redactions,
    retention,
    seats,
    sharings,
    sign_in,
    sources,
)
from plugin.web.places import bar_of, place_of
from plugin.web.recording_words import rule_words, why_silent
from plugin.web.sound import SoundDoor
from plugin.web.texts import text
from plugin.wiring import House

ROOMS = (
    sign_in.room,
    provider.room,
    account.room,
    factors.room,
    approvals.room,
    disclosures.room,
    disclosure_answers.room,
    audit.room,
    desk.room,
    look_up.room,
    address_pops.room,
    call_pages.room,
    sharings.room,
    missed.room,
    seats.room,
    checks.room,
    consents.room,
    purposes.room,
    recording_rules.room,
    admin.room,
    jobs.room,
    sources.room,
    crm.room,
    health.room,
    playback.room,
    listening.room,
    redactions.room,
    clips.room,
    board.room,
    identity.room,
    fallbacks.room,
    lock_outs.room,
    mandates.room,
    harassment.room,
    cases.room,
    evidence.room,
    holds.room,
    retention.room,
    policy.room,
    overrides.room,
    password.room,
    embed.room,
    hooks.room,
)

# The places in the header: (endpoint, key of its name, what one must be allowed to do). Only those that exist show.
PLACES: tuple[tuple[str, str, Deed], ...] = (
    ("desk.home", "frame.nav.desk", Deed.USE_DESK),
    ("board.page", "frame.nav.board", Deed.SEE_BOARD),
    ("call_pages.inbox", "frame.nav.inbox", Deed.USE_DESK),
    ("checks.page", "frame.nav.checks", Deed.USE_DESK),
    ("look_up.page", "frame.nav.look_up", Deed.USE_DESK),
    ("sharings.shared", "sharing.list", Deed.SEE_BOARD),
    ("approvals.page", "frame.nav.approvals", Deed.DECIDE),
    ("lock_outs.page", "frame.nav.lock_outs", Deed.LIFT_LOCK_OUTS),
    ("mandates.page", "frame.nav.mandates", Deed.REGISTER_MANDATES),
    ("cases.page", "frame.nav.cases", Deed.KEEP_CASES),
    ("harassment.page", "frame.nav.harassment", Deed.KEEP_CASES),
    ("holds.page", "frame.nav.holds", Deed.KEEP_CASES),
    ("retention.page", "frame.nav.retention", Deed.SEE_RETENTION),
    ("policy.page", "frame.nav.policy", Deed.SEE_POLICY),
    ("purposes.page", "frame.nav.purposes", Deed.KEEP_REGISTER),
    ("disclosures.page", "frame.nav.disclosures", Deed.DISCLOSE),
    ("audit.page", "frame.nav.audit", Deed.SEE_AUDIT),
    ("listening.page", "frame.nav.listening", Deed.END_LISTENING),
    ("redactions.all_of_them", "frame.nav.redactions", Deed.CUT_FOR_CASES),
    ("clips.all_of_them", "frame.nav.clips", Deed.HEAR_CLIPS),
    ("overrides.page", "frame.nav.overrides", Deed.SEE_OVERRIDES),
    ("admin.health", "frame.nav.health", Deed.SEE_ADMIN),
    ("jobs.page", "frame.nav.jobs", Deed.SEE_ADMIN),
    ("sources.page", "frame.nav.sources", Deed.SEE_ADMIN),
    ("crm.page", "frame.nav.crm", Deed.REPLAY_DELIVERY),
    ("admin.users", "frame.nav.users", Deed.CHANGE_USERS),
    ("seats.table", "phones.title", Deed.SET_UP_PHONES),
)

_MOST_FORM_BYTES = 1024 * 1024
_NO_HOST = "denwaban.no_host"
_HEARTBEAT_S = 15.0  # so often a stream says that it lives where nothing changes


def _nobody() -> None:
    """Wake nobody."""


class _Site(Flask):
    """Flask, but for a request whose host can be no name: it finds no routes for it, and so could draw no page."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds routes; for such a request by the name of this site, and `_refuse_no_host` refuses it."""
        try:
            return super().create_url_adapter(request)
        except BadHost:
            if request is None:
                raise
            request.environ["HTTP_HOST"] = urlsplit(self.extensions["denwaban"].settings.public_url).netloc
            request.environ[_NO_HOST] = True
            return super().create_url_adapter(request)


def create_app(house: House) -> Flask:
    """Return the application that serves `house`; one a process, built after any fork."""
    app = _Site(__name__)
    app.extensions["denwaban"] = house
    app.extensions["stopping"] = threading.Event()
    app.extensions["wake"] = _nobody  # wakes the streams of this process; the first of them says how
    app.config["HEARTBEAT_S"] = _HEARTBEAT_S
    app.config["MAX_CONTENT_LENGTH"] = max(_MOST_FORM_BYTES, house.settings.hook_max_bytes)
    app.config["MAX_FORM_MEMORY_SIZE"] = _MOST_FORM_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.url_map.merge_slashes = False  # a second slash is another path, never a redirect built from the Host header
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = SoundDoor(app, house)  # type: ignore[method-assign]
    if house.settings.proxies:
        count = house.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.before_request(_name_the_view)
    app.before_request(_refuse_no_host)
    metrics.count(app)
    headers.guard(app)
    forms.guard(app)
    errors.register(app)
    _teach_templates(app)
    for room in ROOMS:
        app.register_blueprint(room)
    return app


def _name_the_view() -> None:
    request.environ["denwaban.view"] = request.endpoint  # for the log, which must not hold paths


def _refuse_no_host() -> None:
    if _NO_HOST in request.environ:
        raise InputError("host")


def _teach_templates(app: Flask) -> None:
    of_doors = (door.t, door.when, door.day, door.time_of_day, door.length)
    said = (*of_doors, forms.form_token, problems.in_words, why_silent, rule_words)
    app.jinja_env.globals.update({function.__name__: function for function in said})

    @app.context_processor
    def _frame() -> dict[str, object]:
        staff = door.maybe_signed_in()
        shown = [
            (endpoint, name)
            for endpoint, name, deed in PLACES
            if endpoint in app.view_functions and staff and may(staff.role, deed)
        ]
        frame = {"staff": staff, "lang": door.language(), "theme": door.theme(), "bar": bar_of(shown), "text": text}
        return {**frame, "here": place_of(request.endpoint), "closed": door.closed_words()}
