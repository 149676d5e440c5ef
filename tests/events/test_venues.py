"""Venues: who may change one, what follows for the events there, and that none in use is lost."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.discovery.events import events_at
from community.events.drafts import create_event, edit_event
from community.events.models import Event, EventHost, HostRole, Venue, Visibility
from community.events.publishing import cancel_event
from community.events.queries import get_event
from community.events.venues import (
    VenueDraft,
    delete_venue,
    edit_venue,
    get_kept_venue,
    list_venues,
)
from community.mail.broadcasts import expand_due
from community.membership.models import Person
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event, evening
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import signed_in

ELSEWHERE = VenueDraft("Glass House", "1 Main Street", "Boston")


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga")


def venue_of(event: Event) -> int:
    db.session.rollback()
    found = get_event(event.id).venue_id
    assert found is not None
    return found


def place(venue_id: int) -> str:
    db.session.rollback()
    venue = db.session.get_one(Venue, venue_id)
    return ", ".join((venue.name, venue.address, venue.city))


def test_another_address_is_told_like_an_edit_of_each_coming_event(owner: Person) -> None:
    event, off = an_event(owner), an_event(owner, title="Off")
    past = an_event(owner, title="Past", starts_at=evening(2), ends_at=evening(2, 21))
    ann = a_member("Ann", "ann@example.org")
    for one in (event, off, past):
        say_yes(ann.id, one.id)
    cancelled = cancel_event(owner.id, off.id).sequence
    expand_due()
    post()
    with time_machine.travel(now() + timedelta(days=3)):
        edit_venue(owner.id, venue_of(event), ELSEWHERE)
        db.session.rollback()
        assert [get_event(one.id).sequence for one in (event, off, past)] == [1, cancelled, 0]
        expand_due()
        post()
    (told,) = outbox("event_changed", to="ann@example.org")
    mail = letter(told.body)
    assert "1 Main Street, Boston" in mail.text
    assert "450 Kendall Street" in mail.text, "and where it was"
    assert b"METHOD:REQUEST" in mail.calendar
    assert b"SEQUENCE:1" in mail.calendar


def test_notes_on_getting_in_are_no_news_and_the_same_again_is_nothing(owner: Person) -> None:
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    post()
    same = VenueDraft("Glass House", "450 Kendall Street", "Cambridge")
    for draft in (same, VenueDraft(**{**vars(same), "access_notes": "Ring twice."}), same):
        edit_venue(owner.id, venue_of(event), draft)
        expand_due()
    assert outbox("event_changed") == []
    assert get_event(event.id).sequence == 0


def test_who_keeps_a_venue_and_who_may_change_it(owner: Person) -> None:
    event = an_event(owner, visibility=Visibility.INVITED, address_private=True)
    here, other, cohost = venue_of(event), an_organizer("Otto"), a_member()
    db.session.add(EventHost(event_id=event.id, person_id=cohost.id, role=HostRole.COHOST))
    db.session.commit()
    an_event(other, venue="Elsewhere")
    for person in (other, cohost, a_member()):
        with pytest.raises(NotFound):
            edit_venue(person.id, here, ELSEWHERE)
        with pytest.raises(NotFound):
            delete_venue(person.id, here)
    assert [one.id for one in list_venues(Viewer.of(owner)).rows] == [here]
    assert here not in {one.id for one in list_venues(Viewer.of(other)).rows}
    assert list_venues(VISITOR).rows == []
    # Beside somebody else's coming event it is theirs, too: only an admin moves it.
    theirs = an_event(other, title="Theirs")
    assert venue_of(theirs) == here
    for person in (owner, other):
        with pytest.raises(Refused, match="venue_of_others"):
            edit_venue(person.id, here, ELSEWHERE)
    assert place(here) == "Glass House, 450 Kendall Street, Cambridge"
    assert events_at(Viewer.of(other), here) == ([theirs], True), "without what they may not see"
    edit_venue(an_admin().id, here, ELSEWHERE)
    assert place(here) == "Glass House, 1 Main Street, Boston"


@pytest.mark.parametrize("state", ["draft", "published", "cancelled", "past"])
def test_a_venue_in_use_is_not_deleted_and_one_without_events_is(owner: Person, state: str) -> None:
    event = an_event(owner, published=state != "draft")
    here = venue_of(event)
    if state == "cancelled":
        cancel_event(owner.id, event.id)
    with time_machine.travel(now() + timedelta(days=60 if state == "past" else 0)):
        for person in (owner, an_admin()):
            with pytest.raises(Refused, match="venue_used"):
                delete_venue(person.id, here)
    if state in {"draft", "published"}:
        edit_event(owner.id, event.id, a_draft(venue="Elsewhere"))
        assert get_kept_venue(Viewer.of(an_organizer()), here).id == here
        delete_venue(owner.id, here)
        with pytest.raises(NotFound):
            delete_venue(owner.id, here)


def test_without_the_question_the_foreign_key_still_holds_the_event(owner: Person) -> None:
    """The control: whatever forgets to ask fails, and no event loses its place."""
    here = venue_of(an_event(owner))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.delete(Venue).where(Venue.id == here))
    db.session.rollback()
    assert place(here).startswith("Glass House")


def test_an_event_that_is_put_there_while_it_is_deleted_has_a_place(
    app: Flask, owner: Person
) -> None:
    event = an_event(owner)
    here = venue_of(event)
    edit_event(owner.id, event.id, a_draft(venue="Elsewhere"))
    me = owner.id
    drafts = [a_draft(title=f"Event {n}") for n in range(3)]
    calls = [partial(create_event, me, draft) for draft in drafts]
    answers = at_once(app, [*calls, partial(delete_venue, me, here)])
    assert all(isinstance(one, Event) for one in answers[:3]), answers
    assert answers[3] is None or isinstance(answers[3], Refused), answers
    found = db.session.scalars(sa.select(Event.venue_id).where(Event.title.like("Event %"))).all()
    assert [place(one or 0)[:11] for one in found] == ["Glass House"] * 3


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no name": ({"name": " "}, "Please give the place a name."),
    "too long": ({"name": "x" * 121}, "longer than 120"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_form_keeps_what_was_typed(app: Flask, owner: Person, case: str) -> None:
    fields, said = WRONG[case]
    here = venue_of(an_event(owner))
    browser = signed_in(app, owner)
    browser.get(f"/organize/venues/{here}")
    page = browser.submit(fields, city="Boston")
    assert page.status == 422
    assert page.says(said)
    assert page.form("city").values["city"] == ["Boston"]


def test_an_organizer_renames_moves_and_deletes_on_the_pages(app: Flask, owner: Person) -> None:
    event, browser = an_event(owner), signed_in(app, owner)
    here = f"/organize/venues/{venue_of(event)}"
    assert "/organize/venues" in browser.get("/organize").links
    assert here in browser.get("/organize/venues").links
    browser.get(here)
    assert browser.page.says(event.title)
    assert not browser.page.says("Delete the place")
    token = browser.page.form("name").values["csrf_token"]
    refused = browser.post(f"{here}/delete", {"csrf_token": token}, headers=browser._origin())
    assert refused.status == 422
    assert refused.says("This place cannot be deleted")
    assert refused.says(event.title)
    browser.submit(name="Glasshouse", address="1 Main Street")
    assert browser.page.says("The changes are saved.")
    assert browser.get(f"/events/{event.slug}").says("Glasshouse")
    edit_event(owner.id, event.id, a_draft(venue="Elsewhere"))
    browser.get(here)
    browser.submit(press="Delete the place", at="/delete")
    assert browser.page.says("Glasshouse is deleted.")
    assert browser.get(here).status == 404
