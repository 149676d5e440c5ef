"""Offers, opening times, invitations, and more reasons for decisions."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_REASONS = ('seat_free', 'full', 'in_line', 'freed_seat', 'more_seats', 'needs_approval', 'own_wish', 'organizer')
_MORE_REASONS = ('offered', 'ran_out', 'grew', 'shrank', 'invited', 'kept_back', 'moved', 'merged', 'erased')


def _is_one_of(*reasons: str) -> str:
    return 'reason IN (' + ', '.join(f"'{reason}'" for reason in reasons) + ')'


def upgrade() -> None:
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('edit_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('takes_answers', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('line_policy', sa.Enum('arrival', 'organizer', name='linepolicy', native_enum=False, create_constraint=True, length=20), server_default='arrival', nullable=False))
        batch_op.add_column(sa.Column('offer_hours', sa.SmallInteger(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_events_offer_hours'), 'offer_hours BETWEEN 1 AND 336')

    with op.batch_alter_table('rsvps', schema=None) as batch_op:
        batch_op.add_column(sa.Column('invited_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_decisions_reason'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_decisions_reason'), _is_one_of(*_REASONS, *_MORE_REASONS))


def downgrade() -> None:
    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_decisions_reason'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_decisions_reason'), _is_one_of(*_REASONS))

    with op.batch_alter_table('rsvps', schema=None) as batch_op:
        batch_op.drop_column('reminded_at')
        batch_op.drop_column('invited_at')

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_events_offer_hours'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_events_linepolicy'), type_='check')
        batch_op.drop_column('offer_hours')
        batch_op.drop_column('line_policy')
        batch_op.drop_column('takes_answers')
        batch_op.drop_column('edit_until')
        batch_op.drop_column('opens_at')
