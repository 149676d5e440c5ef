"""Scenes: somebody is asked by mail to help at an event."""

from collections.abc import Callable

from community.events.models import HostRole
from community.events.team_invitations import ask_to_help
from community.membership.models import Person
from tests.snapshots.scenes import ANN, the_dinner


def being_asked_to_co_organize(_ann: Person, owner: Person) -> None:
    ask_to_help(owner.id, the_dinner(owner).id, ANN, HostRole.COHOST)


def being_asked_to_the_door(_ann: Person, owner: Person) -> None:
    ask_to_help(owner.id, the_dinner(owner).id, ANN, HostRole.DOOR)


SCENES: dict[str, Callable[[Person, Person], None]] = {
    "team_invitation": being_asked_to_co_organize,
    "team_invitation.door": being_asked_to_the_door,
}
