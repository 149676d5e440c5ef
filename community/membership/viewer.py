"""Who is looking: what reads need to know of a person to decide what they may see."""

from dataclasses import dataclass

from community.membership.models import Membership, Person


@dataclass(frozen=True)
class Viewer:
    """Somebody who reads. A visitor has no ``person_id``."""

    person_id: int | None = None
    name: str = ""
    is_member: bool = False
    is_applicant: bool = False
    is_shut_out: bool = False
    is_organizer: bool = False
    is_admin: bool = False

    @classmethod
    def of(cls, person: Person) -> "Viewer":
        """The viewer that a signed-in person is."""
        active = person.membership == Membership.ACTIVE
        return cls(
            person_id=person.id,
            name=person.name,
            is_member=active or person.is_organizer,
            is_applicant=person.membership == Membership.APPLIED,
            is_shut_out=person.is_shut_out,
            is_organizer=person.is_organizer,
            is_admin=person.is_admin,
        )


VISITOR = Viewer()
