"""Scenes: somebody is asked by mail to help at an event."""

from collections.abc import Callable

from community.events.models import HostRole
from community.events.team_invitations import ask_to_help
from community.membership.models import Person
from tests.factories.people import an_organizer
from tests.snapshots.scenes import ANN, the_dinner


def being_asked_to_co_organize(_ann: Person, _owner: Person) -> None:
    _ask(HostRole.COHOST)


def being_asked_to_the_door(_ann: Person, _owner: Person) -> None:
    _ask(HostRole.DOOR)


def _ask(role: HostRole) -> None:
    host = an_organizer("Cy Ng", "cy@example.org")
    ask_to_help(host.id, the_dinner(host).id, ANN, role)


SCENES: dict[str, Callable[[Person, Person], None]] = {
    "team_invitation": being_asked_to_co_organize,
    "team_invitation.door": being_asked_to_the_door,
}
