"""People for tests, made by the use-cases of the domain and not by writing rows."""

from itertools import count

from community.core.addresses import normal_address
from community.core.db import db, transactional
from community.membership.joining import grant_role, person_at
from community.membership.models import Person, Role, Topic
from community.membership.queries import get_person

_numbers = count(1)


@transactional
def a_person(name: str = "", email: str = "") -> Person:
    """Somebody with a proven address who has not joined."""
    number = next(_numbers)
    address = normal_address(email or f"person{number}@example.com")
    return person_at(address, name=name or f"Person {number}")


@transactional
def a_member(name: str = "", email: str = "", **facts: str) -> Person:
    return _with_role(Role.MEMBER, name, email, facts)


@transactional
def an_organizer(name: str = "", email: str = "", **facts: str) -> Person:
    return _with_role(Role.ORGANIZER, name, email, facts)


@transactional
def an_admin(name: str = "", email: str = "", **facts: str) -> Person:
    return _with_role(Role.ADMIN, name, email, facts)


@transactional
def follow(person: Person, *topics: Topic) -> None:
    """Have the person follow these topics."""
    kept = get_person(person.id)
    kept.topics.extend(db.session.merge(topic, load=True) for topic in topics)


def _with_role(role: Role, name: str, email: str, facts: dict[str, str]) -> Person:
    number = next(_numbers)
    person = grant_role(email or f"{role.value}{number}@example.com", role)
    person.name = name or f"{role.value.title()} {number}"
    for fact, value in facts.items():
        setattr(person, fact, value)
    return person
