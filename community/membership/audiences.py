"""Pure decisions: who may read which field of somebody's profile."""

from enum import StrEnum


class Audience(StrEnum):
    """Whom a field is for, from the widest to the narrowest."""

    EVERYBODY = "everybody"
    MEMBERS = "members"
    SAME_EVENT = "same_event"  # members who go to, went to or host an event together with them
    NOBODY = "nobody"


class Relation(StrEnum):
    """What somebody who looks is to the person. A fellow guest who is no member is a visitor."""

    VISITOR = "visitor"
    MEMBER = "member"
    SAME_EVENT = "same_event"
    SELF = "self"


# Organizers and admins read no more here than other members; hosting an event is being at it, and
# what they need to know of its attendees is on the roster.
_READS: dict[Relation, frozenset[Audience]] = {
    Relation.VISITOR: frozenset({Audience.EVERYBODY}),
    Relation.MEMBER: frozenset({Audience.EVERYBODY, Audience.MEMBERS}),
    Relation.SAME_EVENT: frozenset({Audience.EVERYBODY, Audience.MEMBERS, Audience.SAME_EVENT}),
    Relation.SELF: frozenset(Audience),
}

# The fields that have an audience, in the order of the page, with what holds until it is changed.
DEFAULTS: dict[str, Audience] = {
    "name": Audience.MEMBERS,
    "photo": Audience.MEMBERS,
    "job_title": Audience.MEMBERS,
    "organization": Audience.MEMBERS,
    "location": Audience.MEMBERS,
    "bio": Audience.MEMBERS,
    "links": Audience.MEMBERS,
    "topics": Audience.MEMBERS,
    "email": Audience.NOBODY,
}


def may_read(audience: Audience, relation: Relation) -> bool:
    """Whether a field of that audience is there for somebody in that relation."""
    return audience in _READS[relation]


def readable(relation: Relation) -> frozenset[Audience]:
    """The audiences that somebody in that relation belongs to."""
    return _READS[relation]
