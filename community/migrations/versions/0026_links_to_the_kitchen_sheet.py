"""Links to the kitchen sheet of an event."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kitchen_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('with_names', sa.Boolean(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_kitchen_links_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_kitchen_links_made_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kitchen_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_kitchen_links_token_hash')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('kitchen_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kitchen_links_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kitchen_links_made_by'), ['made_by'], unique=False)


def downgrade() -> None:
    op.drop_table('kitchen_links')
