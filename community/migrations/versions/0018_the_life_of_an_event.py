"""The life of an event."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('event_covers',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('size', sa.String(length=20), nullable=False),
    sa.Column('content_type', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('version', 'size', name=op.f('pk_event_covers'))
    )
    op.create_table('event_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('every', sa.Enum('week', 'month_nth_weekday', 'month_last_weekday', name='every', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_series'))
    )
    op.create_table('event_previews',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_previews_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_event_previews'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address_private', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('online_link', sa.String(length=500), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('attendees_visible_to', sa.Enum('hosts', 'going', 'members', name='attendeesvisibleto', native_enum=False, create_constraint=True, length=20), server_default='hosts', nullable=False))
        batch_op.add_column(sa.Column('cover_version', sa.String(length=16), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('series_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('moved_from', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_events_series_id'), ['series_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_events_series_id'), 'event_series', ['series_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_events_series_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_events_attendeesvisibleto'), type_='check')
        batch_op.drop_index(batch_op.f('ix_events_series_id'))
        batch_op.drop_column('archived_at')
        batch_op.drop_column('moved_from')
        batch_op.drop_column('series_id')
        batch_op.drop_column('cover_version')
        batch_op.drop_column('attendees_visible_to')
        batch_op.drop_column('online_link')
        batch_op.drop_column('address_private')

    op.drop_table('event_previews')
    op.drop_table('event_series')
    op.drop_table('event_covers')
