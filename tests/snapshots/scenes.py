"""What has to happen for each kind of mail to be sent, each to Ann Lee or to Cy."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from community.calendar.selftest import ask_for_selftest
from community.core.clock import now
from community.core.db import db
from community.events.drafts import edit_event
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.rezoning import follow_zone
from community.events.team import add_helper, hand_over
from community.membership.addresses import ask_for_new_address, confirm_address
from community.membership.applications import approve_application, decline_application
from community.membership.connections import accept, ask_to_connect
from community.membership.invitations import invite
from community.membership.joining import ask_to_join
from community.membership.models import PendingKind, Person
from community.membership.signing_in import ask_for_code
from community.membership.standing import (
    end_membership,
    leave_community,
    reinstate,
    suspend,
)
from community.privacy.erasing import erase_person
from community.privacy.merging import merge
from community.rsvp.approval import refuse_request
from community.rsvp.asking import ask_to_answer
from community.rsvp.guests import decline_as_guest
from community.rsvp.hand import add_attendee, remove_attendee
from community.rsvp.models import Rsvp
from community.rsvp.offers import lapse_due
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, a_topic, an_event, stale
from tests.factories.exports import an_export
from tests.factories.imports import imported
from tests.factories.joining import an_application, policy
from tests.factories.mails import post
from tests.factories.people import a_member, an_admin, an_organizer, follow
from tests.factories.proofs import mailed_token
from tests.factories.questions import a_question

ANN = "ann@example.org"


def evening(hour: int) -> datetime:
    return datetime(2026, 7, 16, hour, 30)  # noqa: DTZ001 - a wall time


def the_dinner(owner: Person, **facts: object) -> Event:
    return an_event(owner, **{"starts_at": evening(18), "ends_at": evening(21), **facts})


def change(owner: Person, event: Event, **facts: object) -> None:
    known = {"starts_at": evening(18), "ends_at": evening(21), **facts}
    edit_event(owner.id, event.id, a_draft(**known))


def testing_the_calendar(ann: Person, _owner: Person) -> None:
    ask_for_selftest(ann.address)


def joining(_ann: Person, _owner: Person) -> None:
    ask_to_join(name="Cy", email="cy@example.org")


def joining_again(_ann: Person, _owner: Person) -> None:
    ask_to_join(name="Ann", email=ANN)


def joining_by_approval(_ann: Person, _owner: Person) -> None:
    with policy("approval"):
        ask_to_join(name="Cy", email="cy@example.org")


def being_approved(_ann: Person, owner: Person) -> None:
    approve_application(owner.id, an_application("Cy Ng", "cy@example.org").id)


def being_declined(_ann: Person, owner: Person) -> None:
    application = an_application("Cy Ng", "cy@example.org")
    decline_application(owner.id, application.id, "We are full for this year.\n\nTry next spring.")


def inviting(ann: Person, _owner: Person) -> None:
    invite(ann.id, "cy@example.org", "You would like these dinners.")


def inviting_a_member(ann: Person, _owner: Person) -> None:
    a_member("Cy Ng", "cy@example.org")
    invite(ann.id, "cy@example.org", "You would like these dinners.")


def signing_in(_ann: Person, _owner: Person) -> None:
    ask_for_code(ANN, browser="hers")


def signing_in_unknown(_ann: Person, _owner: Person) -> None:
    ask_for_code("cy@example.org", browser="theirs")


def being_imported(_ann: Person, _owner: Person) -> None:
    imported("name,email\nCy,cy@example.org\n", actor_id=an_admin("Olga Host").id, invite=True)


def visiting(_ann: Person, owner: Person) -> None:
    event = the_dinner(owner, guests_allowed=1)
    ask_to_answer(event.id, name="Cy", email="cy@example.org", guests=[Guest("Di")])


def declining(_ann: Person, owner: Person) -> None:
    ask_to_answer(the_dinner(owner).id, name="Cy", email="cy@example.org", coming=False)


def going(ann: Person, owner: Person) -> None:
    say_yes(ann.id, the_dinner(owner).id)


def going_with_guests_after_waiting(ann: Person, owner: Person) -> None:
    event, other = the_dinner(owner, capacity=3, guests_allowed=2), a_member()
    say_yes(other.id, event.id)
    say_yes(ann.id, event.id, guests=[Guest("Bo Li"), Guest("Cy Ng")])
    say_no(other.id, event.id)


def waiting(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(ann.id, event.id)


def asking(ann: Person, owner: Person) -> None:
    say_yes(ann.id, the_dinner(owner, requires_approval=True).id)


def asking_in_vain(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, requires_approval=True)
    rsvp = say_yes(ann.id, event.id)
    refuse_request(owner.id, event.id, rsvp.id, word="The table is set for twelve.")


def leaving(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    say_yes(ann.id, event.id)
    post()
    say_no(ann.id, event.id)


def leaving_the_line(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(ann.id, event.id)
    post()
    say_no(ann.id, event.id)


def moving(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    say_yes(ann.id, event.id)
    post()
    change(owner, event, starts_at=evening(19), ends_at=evening(22), venue="Town Hall")


def rewording(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, requires_approval=True)
    say_yes(ann.id, event.id)
    post()
    change(owner, event, requires_approval=True, title="Boston Dinner", summary="With a talk.")


def following_the_clocks(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    say_yes(ann.id, event.id)
    post()
    stale(event)
    follow_zone(event.id)


def cancelling(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    say_yes(ann.id, event.id)
    post()
    cancel_event(owner.id, event.id, "There is too much snow.\n\nWe will meet in May.")


def co_organizing(_ann: Person, owner: Person) -> None:
    add_helper(owner.id, the_dinner(owner).id, ANN, HostRole.COHOST)


def working_at_the_door(_ann: Person, owner: Person) -> None:
    add_helper(owner.id, the_dinner(owner).id, ANN, HostRole.DOOR)


def being_handed_an_event(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    add_helper(owner.id, event.id, an_organizer("Ann Lee", ANN).address, HostRole.COHOST)
    hand_over(owner.id, event.id, ann.id)


def hearing_of_an_application(_ann: Person, _owner: Person) -> None:
    an_organizer("Ann Lee", ANN)
    an_application("Cy Ng", "cy@example.org")


def hearing_of_several_applications(_ann: Person, _owner: Person) -> None:
    an_organizer("Ann Lee", ANN)
    an_application("Cy Ng", "cy@example.org")
    an_application("Di Ng", "di@example.org")


def publishing(ann: Person, owner: Person) -> None:
    follow(ann, a_topic())
    the_dinner(owner, topics=["data-management"])


def asking_for_an_address(ann: Person, _owner: Person) -> None:
    ask_for_new_address(ann.id, "cy@example.org")


def hearing_of_an_address(ann: Person, _owner: Person) -> None:
    ask_for_new_address(ann.id, "ann@example.net")


def asking_for_a_taken_address(ann: Person, _owner: Person) -> None:
    a_member("Cy", "cy@example.org")
    ask_for_new_address(ann.id, "cy@example.org")


def _move(ann: Person, address: str) -> None:
    ask_for_new_address(ann.id, address)
    confirm_address(mailed_token(PendingKind.ADDRESS, address))


def changing_the_address(ann: Person, _owner: Person) -> None:
    _move(ann, "ann@example.net")


def leaving_the_old_calendar(ann: Person, owner: Person) -> None:
    say_yes(ann.id, the_dinner(owner).id)
    post()
    _move(ann, "ann@example.net")


def entering_the_new_calendar(ann: Person, owner: Person) -> None:
    say_yes(ann.id, the_dinner(owner).id)
    post()
    _move(ann, "cy@example.org")


def entering_the_new_calendar_as_waiting(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(ann.id, event.id)
    post()
    _move(ann, "cy@example.org")


def being_asked_to_connect(ann: Person, _owner: Person) -> None:
    ask_to_connect(a_member("Bo Li").id, ann.id, "We sat next to each other in Boston.")


def being_accepted(ann: Person, _owner: Person) -> None:
    bo = a_member("Bo Li")
    ask_to_connect(ann.id, bo.id)
    accept(bo.id, ann.id)


def being_suspended(ann: Person, _owner: Person) -> None:
    suspend(an_admin().id, ann.id, "You sold insurance at dinner.\n\nPlease call us.")


def being_reinstated(ann: Person, _owner: Person) -> None:
    admin = an_admin()
    suspend(admin.id, ann.id)
    reinstate(admin.id, ann.id)


def being_let_go(ann: Person, _owner: Person) -> None:
    end_membership(an_admin().id, ann.id, "We are a club of bakers.")


def leaving_the_community(ann: Person, _owner: Person) -> None:
    leave_community(ann.id)


def joining_while_suspended(ann: Person, _owner: Person) -> None:
    suspend(an_admin().id, ann.id)
    post()
    ask_to_join(name="Ann", email=ANN)


def becoming_one(ann: Person, _owner: Person) -> None:
    merge(an_admin().id, ann.id, a_member("A. Lee", "a.lee@example.net").id)


def having_answered_twice(ann: Person, owner: Person) -> None:
    event, twin = the_dinner(owner), a_member("A. Lee", "a.lee@example.net")
    for person in (ann, twin):
        say_yes(person.id, event.id)
    post()
    merge(an_admin().id, twin.id, ann.id)


def taking_everything_out(ann: Person, _owner: Person) -> None:
    an_export(ann)


def being_erased(ann: Person, owner: Person) -> None:
    say_yes(ann.id, the_dinner(owner).id)
    erase_person(ann.id)


def being_offered(ann: Person, owner: Person) -> None:
    event, other = the_dinner(owner, capacity=1, offer_hours=48), a_member()
    say_yes(other.id, event.id)
    say_yes(ann.id, event.id)
    post()
    say_no(other.id, event.id)


def letting_it_run_out(ann: Person, owner: Person) -> None:
    being_offered(ann, owner)
    post()
    db.session.execute(sa.update(Rsvp).values(reserved_until=now() - timedelta(minutes=1)))
    db.session.commit()
    lapse_due()


def being_added(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    a_question(event, QuestionKind.YES_NO, "Do you come by train?", required=True)
    a_question(event, label="Do you bring a friend?")
    add_attendee(owner.id, event.id, name="Ann", email=ANN, word="We count on you.")


def being_removed(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    rsvp = say_yes(ann.id, event.id)
    post()
    remove_attendee(owner.id, event.id, rsvp.id, word="The room is smaller than we thought.")


def being_removed_from_the_line(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, capacity=1)
    say_yes(a_member().id, event.id)
    rsvp = say_yes(ann.id, event.id)
    post()
    remove_attendee(owner.id, event.id, rsvp.id)


def bringing_somebody(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, guests_allowed=2)
    say_yes(ann.id, event.id)
    post()
    say_yes(ann.id, event.id, guests=[Guest("Bo Li")])


def bringing_nobody(ann: Person, owner: Person) -> None:
    bringing_somebody(ann, owner)
    post()
    event = db.session.scalars(sa.select(Event)).one()
    say_yes(ann.id, event.id, guests=[])


def _brought(owner: Person) -> Event:
    """Cy is a guest of Di's."""
    event = the_dinner(owner, guests_allowed=1)
    di = a_member("Di Ng", "di@example.org")
    say_yes(di.id, event.id, guests=[Guest("Cy Ng", address="cy@example.org")])
    return event


def being_brought(_ann: Person, owner: Person) -> None:
    _brought(owner)


def being_brought_to_another_place(_ann: Person, owner: Person) -> None:
    event = _brought(owner)
    post()
    change(owner, event, venue="Town Hall", guests_allowed=1)


def being_brought_in_vain(_ann: Person, owner: Person) -> None:
    event = _brought(owner)
    post()
    cancel_event(owner.id, event.id, "There is too much snow.")


def being_left_out(_ann: Person, owner: Person) -> None:
    event = _brought(owner)
    post()
    di = db.session.scalars(sa.select(Rsvp.person_id).where(Rsvp.event_id == event.id)).one()
    say_yes(di, event.id, guests=[])


def losing_a_guest(ann: Person, owner: Person) -> None:
    event = the_dinner(owner, guests_allowed=1)
    rsvp = say_yes(ann.id, event.id, guests=[Guest("Bo Li", address="bo@example.org")])
    post()
    decline_as_guest(rsvp.guests[0].id)
