"""One address for each way in which somebody may stand to the community."""

from datetime import UTC, datetime

from community.core.db import db, transactional
from community.membership.invitations import invite
from community.membership.models import Membership, Person
from tests.factories.joining import an_application
from tests.factories.people import a_member, a_person, an_organizer

STANDINGS = ("unknown", "joined", "suspended", "ended", "erased", "applied", "invited", "guest")


def address_of(standing: str, number: int = 0) -> str:
    """An address of that standing; all are of one length."""
    return f"{standing:x<10}{number:05}@example.org"


def people_of_every_standing(number: int = 0) -> None:
    """Somebody at each :func:`address_of`, but for the unknown one."""
    for standing in ("joined", "suspended", "ended", "erased"):
        person = a_member("Ada Lovelace", address_of(standing, number))
        if standing != "joined":
            _become(person.id, standing)
    an_application("Ada Lovelace", address_of("applied", number))
    invite(an_organizer("Grace Hopper").id, address_of("invited", number))
    a_person("Ada Lovelace", address_of("guest", number))


@transactional
def _become(person_id: int, standing: str) -> None:
    person = db.session.get_one(Person, person_id)
    if standing == "erased":
        person.erased_at = datetime(2026, 1, 2, tzinfo=UTC)
    else:
        person.membership = Membership(standing)
