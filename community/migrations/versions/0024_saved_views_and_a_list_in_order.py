"""Saved views of an event's list, and an index that gives the list in order of time."""

import sqlalchemy as sa
from alembic import op

import community.core.types

revision = '0024'
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
    op.create_table(
        'saved_views',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('folded', sa.String(length=160), nullable=False),
        sa.Column('query', sa.JSON(), nullable=False),
        sa.Column('columns', sa.JSON(), nullable=False),
        sa.Column('sort', sa.String(length=20), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('created_at', community.core.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_saved_views_event_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_saved_views_made_by'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
        sa.UniqueConstraint('event_id', 'folded', name=op.f('uq_saved_views_event_id_folded')),
    )
    op.create_index(op.f('ix_saved_views_made_by'), 'saved_views', ['made_by'], unique=False)


def downgrade() -> None:
    op.drop_table('saved_views')
    op.drop_index(INDEX, table_name='rsvps')
    op.drop_column('rsvps', 'listed_at')
