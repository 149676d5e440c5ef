"""Saved views of an event's list, and an index that gives the list in order of time."""

import sqlalchemy as sa
from alembic import op

import community.core.types

revision = 'list'
down_revision = '0023'
branch_labels = None
depends_on = None

INDEX = 'ix_rsvps_listed'


def upgrade() -> None:
    # SQLite adds one that is not stored to a table as it is, PostgreSQL indexes one that is.
    is_stored = op.get_bind().dialect.name == 'postgresql'
    made_of = sa.Computed('coalesce(answered_at, created_at)', persisted=is_stored)
    op.add_column('rsvps', sa.Column('listed_at', community.core.types.UTCDateTime(), made_of, nullable=False))
    op.create_index(INDEX, 'rsvps', ['event_id', 'status', 'listed_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index(INDEX, table_name='rsvps')
    op.drop_column('rsvps', 'listed_at')
