"""Presses at the door."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('door_presses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=True),
    sa.Column('attendee_id', sa.Integer(), nullable=False),
    sa.Column('lets_in', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['attendee_id'], ['attendees.id'], name=op.f('fk_door_presses_attendee_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['by'], ['people.id'], name=op.f('fk_door_presses_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_door_presses')),
    sa.UniqueConstraint('key', name=op.f('uq_door_presses_key'))
    )
    with op.batch_alter_table('door_presses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_door_presses_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_door_presses_attendee_id'), ['attendee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_door_presses_by'), ['by'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('door_presses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_door_presses_by'))
        batch_op.drop_index(batch_op.f('ix_door_presses_attendee_id'))
        batch_op.drop_index(batch_op.f('ix_door_presses_at'))
    op.drop_table('door_presses')
