"""Mails that come in and answers by calendar."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_aliases',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_calendar_aliases_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'address', name=op.f('pk_calendar_aliases'))
    )
    with op.batch_alter_table('calendar_aliases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_aliases_address'), ['address'], unique=False)

    op.create_table('received_mails',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source', sa.Enum('pipe', 'imap', name='receivedsource', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('raw', sa.LargeBinary(), nullable=True),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('verdict', sa.Enum('applied', 'unchanged', 'told_hosts', 'held', 'refused', 'outdated', 'resent', 'filed', 'dropped', 'poison', name='receivedverdict', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('detail', sa.String(length=40), nullable=False),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attendee_id', sa.Integer(), nullable=True),
    sa.Column('rsvp_id', sa.Integer(), nullable=True),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('message_id', sa.String(length=200), nullable=False),
    sa.Column('from_address', sa.String(length=254), nullable=False),
    sa.Column('answered_as', sa.String(length=254), nullable=False),
    sa.Column('trust', sa.String(length=20), nullable=False),
    sa.Column('method', sa.String(length=20), nullable=False),
    sa.Column('partstat', sa.Enum('NEEDS-ACTION', 'ACCEPTED', 'TENTATIVE', 'DECLINED', name='partstat', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('reply_sequence', sa.Integer(), nullable=True),
    sa.Column('reply_stamp', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proposed_start', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proposed_end', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('token_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('token_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['attendee_id'], ['attendees.id'], name=op.f('fk_received_mails_attendee_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_received_mails_event_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['rsvp_id'], ['rsvps.id'], name=op.f('fk_received_mails_rsvp_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_received_mails')),
    sa.UniqueConstraint('digest', name=op.f('uq_received_mails_digest')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_received_mails_token_hash'))
    )
    with op.batch_alter_table('received_mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_received_mails_attendee_id'), ['attendee_id'], unique=False)
        batch_op.create_index('ix_received_mails_event_id_id', ['event_id', 'id'], unique=False)
        batch_op.create_index('ix_received_mails_received_at', ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_received_mails_rsvp_id'), ['rsvp_id'], unique=False)

    with op.batch_alter_table('attendees', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answered_sequence', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('answered_stamp', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('rescheduled_sequence', sa.Integer(), nullable=True))

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('maybe_keeps_seat', sa.Boolean(), server_default=sa.true(), nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_column('maybe_keeps_seat')

    with op.batch_alter_table('attendees', schema=None) as batch_op:
        batch_op.drop_column('rescheduled_sequence')
        batch_op.drop_column('answered_stamp')
        batch_op.drop_column('answered_sequence')

    with op.batch_alter_table('received_mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_received_mails_rsvp_id'))
        batch_op.drop_index('ix_received_mails_received_at')
        batch_op.drop_index('ix_received_mails_event_id_id')
        batch_op.drop_index(batch_op.f('ix_received_mails_attendee_id'))

    op.drop_table('received_mails')
    with op.batch_alter_table('calendar_aliases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_aliases_address'))

    op.drop_table('calendar_aliases')
