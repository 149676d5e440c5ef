"""The audit log: one entry for each change that is in its table, with who and from where."""

from dataclasses import replace

import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.origin import Origin, acting
from community.events.drafts import edit_event
from community.events.publishing import cancel_event
from community.membership.joining import grant_role
from community.membership.models import Role
from community.organizing.models import AuditEntry
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer


def entries() -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def test_what_happens_to_an_event_and_its_answers_is_noted_in_order(app: Flask) -> None:
    owner, ann = an_organizer(), a_member()
    before = len(entries())
    event = an_event(owner, capacity=1)
    say_yes(ann.id, event.id)
    say_yes(a_member().id, event.id)
    say_no(ann.id, event.id)
    edit_event(owner.id, event.id, replace(a_draft(), title="Another name", capacity=1))
    cancel_event(owner.id, event.id)
    noted = [each for each in entries()[before:] if each.action != "RoleGranted"]
    assert [each.action for each in noted] == [
        "EventDrafted",
        "EventPublished",
        "SeatGiven",
        "PutOnWaitlist",
        "SeatLeft",
        "SeatGiven",
        "EventEdited",
        "EventCancelled",
    ]
    assert {each.event_id for each in noted} == {event.id}
    edited = noted[-2].details
    assert edited["fields"] == ["title"]
    assert edited["before"]["title"] == "Boston Leadership Dinner"


def test_an_entry_says_who_did_it_and_from_where(app: Flask) -> None:
    ann, event = a_member(), an_event()
    with acting(Origin(person_id=ann.id, via="web", network="2001:db8::/64" + "x" * 80)):
        say_yes(ann.id, event.id)
    entry = entries()[-1]
    assert (entry.action, entry.actor_id, entry.via) == ("SeatGiven", ann.id, "web")
    assert entry.network.startswith("2001:db8::/64x")
    assert len(entry.network) == 64


def test_what_nobody_did_is_the_systems(app: Flask) -> None:
    person = grant_role("ann@example.org", Role.ORGANIZER)
    entry = entries()[-1]
    assert (entry.action, entry.person_id, entry.actor_id) == ("RoleGranted", person.id, None)
    assert (entry.via, entry.details) == (
        "system",
        {"role": "organizer", "was": "member"},
    )
