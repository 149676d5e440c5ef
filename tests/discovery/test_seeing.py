"""The reads of events agree with the pure rule of who may see one, in every combination."""

from dataclasses import dataclass
from itertools import product

import pytest
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import NotFound
from community.discovery.events import Wanted, get_visible_event, list_events, rights_of
from community.events.models import Event, EventHost, EventStatus, Visibility
from community.events.publishing import cancel_event
from community.events.visibility import may_see
from community.membership.models import Person
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.models import Rsvp, RsvpStatus
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer

_ANSWERS = {"answered": RsvpStatus.INVITED, "removed": RsvpStatus.REMOVED}
RELATIONS = ("none", "host", *_ANSWERS)
VIEWERS = {"person": a_person, "member": a_member, "organizer": an_organizer, "admin": an_admin}


@dataclass(frozen=True)
class Case:
    """An event, and what the viewer is to it."""

    event: Event
    relation: str


def _event_of(owner: Person, status: EventStatus, visibility: Visibility) -> Event:
    event = an_event(owner, published=status != EventStatus.DRAFT, visibility=visibility)
    return cancel_event(owner.id, event.id) if status == EventStatus.CANCELLED else event


@transactional
def _relate(event_id: int, person_id: int | None, relation: str) -> None:
    if person_id is None:
        return
    if relation == "host":
        db.session.add(EventHost(event_id=event_id, person_id=person_id))
    if status := _ANSWERS.get(relation):
        db.session.add(Rsvp(event_id=event_id, person_id=person_id, status=status, ticket=1))


def _cases(viewer: Viewer) -> list[Case]:
    owner = an_organizer()
    cases = []
    for status, visibility, relation in product(EventStatus, Visibility, RELATIONS):
        event = _event_of(owner, status, visibility)
        _relate(event.id, viewer.person_id, relation)
        cases.append(Case(event, relation if viewer.person_id else "none"))
    return cases


@pytest.mark.parametrize("kind", ["visitor", *VIEWERS])
def test_lists_and_pages_show_what_the_rule_allows(app: Flask, kind: str) -> None:
    viewer = VISITOR if kind == "visitor" else Viewer.of(VIEWERS[kind]())
    listed_ids = set()
    cases = _cases(viewer)
    listed_ids = {card.event.id for card in list_events(viewer, Wanted(), size=500).rows}
    seen_count = 0
    for case in cases:
        allowed = may_see(
            case.event,
            viewer,
            is_host=case.relation == "host",
            answer=_ANSWERS.get(case.relation),
        )
        seen_count += allowed
        about = (kind, case.event.status, case.event.visibility, case.relation)
        draft = case.event.status == EventStatus.DRAFT
        assert (case.event.id in listed_ids) == (allowed and not draft), about
        if allowed:
            assert get_visible_event(viewer, case.event.slug).id == case.event.id, about
        else:
            with pytest.raises(NotFound):
                get_visible_event(viewer, case.event.slug)
    assert 0 < seen_count <= len(cases)
    assert len(listed_ids) <= seen_count


def test_a_hidden_event_and_an_absent_one_are_refused_alike(app: Flask) -> None:
    hidden = an_event(visibility=Visibility.INVITED)
    refusals = []
    for slug in (hidden.slug, "no-such-event"):
        with pytest.raises(NotFound) as refusal:
            get_visible_event(VISITOR, slug)
        refusals.append((str(refusal.value), refusal.value.values))
    assert refusals[0] == refusals[1]


def test_the_answers_of_others_open_nothing(app: Flask) -> None:
    event = an_event(visibility=Visibility.INVITED)
    guest, stranger = a_member(), a_member()
    _relate(event.id, guest.id, "answered")
    assert get_visible_event(Viewer.of(guest), event.slug).id == event.id
    with pytest.raises(NotFound):
        get_visible_event(Viewer.of(stranger), event.slug)


def test_hosts_and_admins_may_open_the_desk(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    assert rights_of(Viewer.of(owner), event).edits
    assert rights_of(Viewer.of(an_admin()), event).edits
    for viewer in (VISITOR, Viewer.of(a_member()), Viewer.of(an_organizer())):
        assert not rights_of(viewer, event).edits
