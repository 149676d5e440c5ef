"""What one RSVP through HTTP asks the database: while it holds the event, everybody else waits.

Each bound is what it takes now. Whoever needs one more says here what for.
"""

import pytest
from flask import Flask

from community.core.bulk import insert_many
from community.core.db import db, transactional
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.discovery.counting import Asked, plan_of, statements
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.web.visitors import browser_of


def _press(app: Flask, event: Event, person: Person) -> Asked:
    """Press the button on the event's page; what that asked for, the transaction included."""
    browser = browser_of(app, person)
    form = browser.get(f"/events/{event.slug}").form(at="/rsvp")
    db.session.remove()
    with statements() as asked:
        answer = browser.client.post(form.action, data={**form.values, "action": "going"})
    assert answer.status_code == 303
    return [one for one in asked if not one[0].startswith("BEGIN")]


@pytest.mark.parametrize(
    ("capacity", "becomes", "most"),
    [(5, RsvpStatus.GOING, 14), (1, RsvpStatus.WAITLISTED, 14)],
)
def test_an_rsvp_asks_for_so_much_and_no_more(
    app: Flask, capacity: int, becomes: RsvpStatus, most: int
) -> None:
    event, person = an_event(capacity=capacity), a_member()
    say_yes(a_member().id, event.id)
    asked = _press(app, event, person)
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    assert rsvp.status == becomes
    assert len(asked) <= most, "\n".join(statement[:100] for statement, _ in asked)


@transactional
def _parties(event_id: int, count: int) -> None:
    """So many answers with a guest each."""
    tables = db.metadata.tables
    # No two handles may be the same, and only a flush makes one.
    guests = [{"name": "Guest", "handle": f"guest-{n}"} for n in range(count)]
    people = insert_many(tables["people"], guests, returning=["id"])
    here = {"event_id": event_id, "status": RsvpStatus.GOING, "party_size": 2}
    answers = [{**here, "person_id": row.id, "ticket": row.id} for row in people]
    own = insert_many(tables["rsvps"], answers, returning=["id"])
    heads = [
        {"rsvp_id": row.id, "position": place, "name": "Guest", "uid": key, "reply_key": key}
        | {"address": f"{key}@example.org"}
        for row in own
        for place, key in ((0, f"{row.id}.0"), (1, f"{row.id}.1"))
    ]
    insert_many(tables["attendees"], heads)


def test_whether_a_guest_has_that_address_is_asked_by_the_address(app: Flask) -> None:
    """Going through the answers of the event would take longer with each of them."""
    event, person = an_event(), a_member()
    # Among few answers a plan by the event is as good, and which one PostgreSQL takes hangs on
    # when it looked at the tables last.
    _parties(event.id, 400)
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:  # as autovacuum does a minute later
            connection.exec_driver_sql("ANALYZE people, rsvps, attendees")
    asked = [one for one in _press(app, event, person) if "attendees.address IN" in one[0]]
    plans = [plan_of(statement, given) for statement, given in asked]
    assert len(plans) == 1
    assert "ix_attendees_address" in plans[0]
