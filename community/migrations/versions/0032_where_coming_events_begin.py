"""The index that finds where coming events begin.

Those of status and visibility, which nearly all events share, only led databases astray: they
sorted every public event where a walk in order of time finds the few that are shown.
"""

from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_events_ends_at_starts_at', 'events', ['ends_at', 'starts_at'], unique=False)
    for name in ('ends_at', 'status', 'visibility'):
        op.drop_index(f'ix_events_{name}', table_name='events')


def downgrade() -> None:
    for name in ('ends_at', 'status', 'visibility'):
        op.create_index(f'ix_events_{name}', 'events', [name], unique=False)
    op.drop_index('ix_events_ends_at_starts_at', table_name='events')
