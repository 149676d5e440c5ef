"""Who may read a field: the whole table."""

import pytest

from community.membership.audiences import Audience, Relation, may_read, readable

TABLE = {
    #                        visitor member same_event self
    Audience.EVERYBODY: (True, True, True, True),
    Audience.MEMBERS: (False, True, True, True),
    Audience.SAME_EVENT: (False, False, True, True),
    Audience.NOBODY: (False, False, False, True),
}
RELATIONS = (Relation.VISITOR, Relation.MEMBER, Relation.SAME_EVENT, Relation.SELF)


@pytest.mark.parametrize("audience", Audience)
def test_a_field_is_there_for_its_audience_and_for_nobody_else(audience: Audience) -> None:
    assert tuple(may_read(audience, relation) for relation in RELATIONS) == TABLE[audience]


@pytest.mark.parametrize("relation", Relation)
def test_what_somebody_may_read_is_the_same_asked_either_way(relation: Relation) -> None:
    assert readable(relation) == {a for a in Audience if may_read(a, relation)}
