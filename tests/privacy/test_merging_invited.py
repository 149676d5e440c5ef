"""What merging does to an invitation that gives way."""

from flask import Flask

from community.membership.queries import find_owner
from community.privacy.merging import merge
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.invitations import ANN, in_days, invited
from tests.factories.people import a_member, an_admin
from tests.rsvp.states import seats_taken, statuses


def test_merging_gives_back_the_seat_of_the_invitation_that_gives_way(app: Flask) -> None:
    event, ann = an_event(capacity=5), a_member()
    invited(event, reserve_until=in_days(3))
    say_yes(ann.id, event.id)
    twin = find_owner(ANN)
    assert twin is not None
    merge(an_admin().id, ann.id, twin.id)
    assert seats_taken(event.id) == 1
    assert sorted(statuses(event.id)) == ["declined", "going"]
