"""Every address has exactly one audience, and it is the one that is written down here."""

from pathlib import Path

from community.app import create_app
from community.web.access import Audience, audience_of

EVENT = "/events/<slug:slug>"
TOPIC = "/topics/<slug:topic>"
DESK = "/organize/events/<slug:slug>"
EXPECTED = {
    Audience.EVERYBODY: {
        "GET /",
        "GET /robots.txt",
        "GET /static/<path:filename>",
        "GET /logo/<digest>",
        "GET /healthz",
        "GET /readyz",
        "GET /join",
        "POST /join",
        "GET /join/check-mail",
        "GET /join/confirm/<token>",
        "POST /join/confirm/<token>",
        "GET /invited/<token>",
        "POST /invited/<token>",
        "GET /about",
        "GET /contact",
        "GET /privacy",
        "GET /imprint",
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/code",
        "POST /sign-in/code",
        "GET /sign-in/link/<token>",
        "POST /sign-in/link/<token>",
        "POST /sign-out",
        "GET /profile/email/confirm/<token>",
        "POST /profile/email/confirm/<token>",
        "GET /events",
        f"GET {EVENT}",
        f"GET {EVENT}/event.ics",
        f"GET {EVENT}/rsvp",
        f"POST {EVENT}/rsvp",
        f"GET {EVENT}/rsvp/check-mail",
        "GET /calendar.ics",
        "GET /topics",
        f"GET {TOPIC}",
        f"GET {TOPIC}/calendar.ics",
        "GET /members/<slug:handle>",
        "GET /members/<slug:handle>/photo/<size>",
        "GET /rsvp/<token>",
        "POST /rsvp/<token>",
        "GET /guest/<token>",
        "POST /guest/<token>",
        "GET /rsvp/confirm/<token>",
        "POST /rsvp/confirm/<token>",
        "GET /unsubscribe/<token>",
        "POST /unsubscribe/<token>",
    },
    Audience.SIGNED_IN: {
        "GET /my/events",
        "GET /membership",
        f"POST {TOPIC}/follow",
        f"POST {TOPIC}/unfollow",
        "GET /profile/mail",
        "POST /profile/mail",
        "GET /join/application",
        "GET /sign-in/again",
        "POST /sign-in/again",
        "GET /profile/sessions",
        "POST /profile/sessions/revoke-others",
        "POST /profile/sessions/revoke-all",
        "POST /profile/sessions/<int:number>/revoke",
    },
    Audience.RECENTLY_SIGNED_IN: {
        "GET /profile/email",
        "POST /profile/email",
        "GET /profile/leave",
        "POST /profile/leave",
        "GET /profile/privacy/export",
        "POST /profile/privacy/export",
        "GET /profile/privacy/export/<int:number>",
        "GET /profile/privacy/erase",
        "POST /profile/privacy/erase",
    },
    Audience.MEMBERS: {
        "GET /invite",
        "POST /invite",
        "POST /invite/<int:invitation_id>/revoke",
        "GET /members",
        "GET /profile",
        "POST /profile",
        "GET /members/<slug:handle>.vcf",
        "POST /members/<slug:handle>/connect",
        "POST /members/<slug:handle>/connect/accept",
        "POST /members/<slug:handle>/connect/let-lie",
        "POST /members/<slug:handle>/connect/take-back",
        "POST /members/<slug:handle>/disconnect",
        "POST /members/<slug:handle>/block",
        "GET /members/<slug:handle>/report",
        "POST /members/<slug:handle>/report",
        "GET /connections",
        "GET /people-i-met",
        "POST /people-i-met",
        "GET /profile/blocked",
        "POST /profile/blocked/<slug:handle>/unblock",
        "GET /profile/privacy",
        "POST /profile/privacy",
    },
    Audience.ORGANIZERS: {
        "GET /organize/events/new",
        "POST /organize/events/new",
        "GET /organize/applications",
        "POST /organize/applications",
        "GET /organize/applications/<int:application_id>",
        "POST /organize/applications/<int:application_id>/approve",
        "POST /organize/applications/<int:application_id>/decline",
        "GET /organize/reports",
        "POST /organize/reports/<int:report_id>/resolve",
        "GET /organize/topics",
        "GET /organize/topics/new",
        "POST /organize/topics/new",
        f"GET /organize{TOPIC}",
        f"POST /organize{TOPIC}",
        f"GET /organize{TOPIC}/merge",
        f"POST /organize{TOPIC}/merge",
        f"POST /organize{TOPIC}/delete",
    },
    Audience.HOSTS: {"GET /organize"},
    Audience.EVENT_LEADERS: {
        f"GET {DESK}/team",
        f"POST {DESK}/team",
        f"POST {DESK}/team/<int:person_id>",
        f"POST {DESK}/team/<int:person_id>/remove",
        f"POST {DESK}/team/<int:person_id>/hand-over",
    },
    Audience.EVENT_EDITORS: {
        f"GET {DESK}",
        f"GET {DESK}/edit",
        f"POST {DESK}/edit",
        f"POST {DESK}/publish",
        f"POST {DESK}/cancel",
        f"POST {DESK}/stop-answers",
        f"POST {DESK}/resume-answers",
        f"POST {DESK}/shrink",
        f"GET {DESK}/add",
        f"POST {DESK}/add",
        f"GET {DESK}/attendees",
        f"POST {DESK}/attendees",
        f"GET {DESK}/attendees/<int:rsvp_id>",
        f"POST {DESK}/attendees/<int:rsvp_id>/remove",
        f"POST {DESK}/attendees/<int:rsvp_id>/seat",
        f"POST {DESK}/attendees/<int:rsvp_id>/move",
        f"GET {DESK}/attendees.<kind>",
        f"POST {DESK}/attendees/<int:rsvp_id>/approve",
        f"POST {DESK}/attendees/<int:rsvp_id>/refuse",
    },
    Audience.EVENT_DOOR: {
        f"GET {DESK}/check-in",
        f"POST {DESK}/check-in",
        f"POST {DESK}/check-in/undo",
    },
    Audience.ADMINS: {
        "GET /organize/people",
        "GET /organize/people/<int:person_id>",
        "POST /organize/people/<int:person_id>/standing",
        "POST /organize/people/<int:person_id>/role",
        "GET /organize/people/<int:person_id>/merge",
        "POST /organize/people/<int:person_id>/merge",
        "GET /organize/community",
        "GET /organize/community/identity",
        "POST /organize/community/identity",
        "GET /organize/community/<text>",
        "POST /organize/community/<text>",
        "GET /organize/people/import",
        "POST /organize/people/import",
        "GET /organize/people/import/<int:import_id>",
        "POST /organize/people/import/<int:import_id>/start",
        "POST /organize/people/import/<int:import_id>/stop",
        "GET /organize/people/import/<int:import_id>/wrong.csv",
    },
    Audience.DEVELOPMENT: {
        "GET /dev/mail",
        "GET /dev/mail/<id>",
        "GET /dev/mail/<id>/html",
    },
}


def test_every_address_is_for_those_who_are_written_down_here(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    found: dict[Audience | None, set[str]] = {audience: set() for audience in Audience}
    for rule in app.url_map.iter_rules():
        audience = audience_of(app.view_functions[rule.endpoint])
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found.setdefault(audience, set()).update(f"{method} {rule.rule}" for method in methods)
    assert found == EXPECTED


def test_no_address_takes_reading_and_writing_by_one_view(tmp_path: Path) -> None:
    """So that what a view may do can be told from how it is declared."""
    app = create_app(instance_path=tmp_path)
    both = [
        rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())
    ]
    assert not both
