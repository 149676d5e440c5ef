"""Everything that names a person has a rule for when two records of one person are merged."""

import sqlalchemy as sa

from community.core.db import Base
from community.privacy.moving import RULES, columns_of_people


def test_every_column_that_names_a_person_has_a_rule_and_every_rule_a_column() -> None:
    assert columns_of_people().keys() ^ RULES.keys() == set(), (
        "say in community/privacy/moving.py what becomes of it when records are merged"
    )


def test_a_new_column_that_names_a_person_is_found() -> None:
    """The control: a table that nobody thought of."""
    table = sa.Table(
        "gadgets",
        Base.metadata,
        sa.Column("owner_id", sa.ForeignKey("people.id"), primary_key=True),
    )
    try:
        assert columns_of_people().keys() - RULES.keys() == {"gadgets.owner_id"}
    finally:
        Base.metadata.remove(table)
