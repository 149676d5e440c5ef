"""Messages of hosts to those who answered, who got them, and reminders of events."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

_OLD = "'events', 'connections', 'applications'"
_STATUSES = (
    'invited', 'requested', 'waitlisted', 'offered', 'going', 'declined', 'withdrawn', 'removed', 'refused', 'lapsed',
)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    _allow(f"{_OLD}, 'messages'")
    op.create_table('announcements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('segment', sa.JSON(), nullable=False),
    sa.Column('subject', sa.String(length=150), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', _choice('announcementstate', 'draft', 'scheduled', 'sending', 'sent', 'stopped', 'skipped'), nullable=False),
    sa.Column('send_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminds', _choice('reminds', 'going', 'undecided'), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_announcements_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_announcements_person_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcements')),
    sa.UniqueConstraint('event_id', 'reminds', 'minutes', 'starts_at', name=op.f('uq_announcements_event_id_reminds_minutes_starts_at')),
    sqlite_autoincrement=True,
    )
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcements_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_announcements_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_announcements_due', ['state', 'send_at'], unique=False)

    op.create_table('announcement_recipients',
    sa.Column('announcement_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('status', _choice('rsvpstatus', *_STATUSES), nullable=False),
    sa.Column('state', _choice('recipientstate', 'waiting', 'made', 'passed_over'), nullable=False),
    sa.Column('why', _choice('passedover', 'erased', 'no_address', 'left', 'answered', 'suppressed', 'unwanted', 'lately', 'stopped'), nullable=True),
    sa.Column('mail_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcements.id'], name=op.f('fk_announcement_recipients_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['mail_id'], ['outbox.id'], name=op.f('fk_announcement_recipients_mail_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_announcement_recipients_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('announcement_id', 'person_id', name=op.f('pk_announcement_recipients'))
    )
    with op.batch_alter_table('announcement_recipients', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcement_recipients_mail_id'), ['mail_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_announcement_recipients_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_announcement_recipients_state', ['announcement_id', 'state', 'person_id'], unique=False)

    op.create_table('event_reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('reminds', _choice('reminds', 'going', 'undecided'), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_event_reminders_minutes')),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_reminders_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_reminders')),
    sa.UniqueConstraint('event_id', 'reminds', 'minutes', name=op.f('uq_event_reminders_event_id_reminds_minutes'))
    )


def downgrade() -> None:
    op.drop_table('event_reminders')
    op.drop_table('announcement_recipients')
    op.drop_table('announcements')
    op.execute("DELETE FROM mail_wishes WHERE category = 'messages'")
    _allow(_OLD)


def _allow(values: str) -> None:
    with op.batch_alter_table('mail_wishes', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_mail_wishes_mailcategory'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_mail_wishes_mailcategory'), f'category IN ({values})')
