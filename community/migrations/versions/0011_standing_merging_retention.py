"""Suspended members, merged records and what was let go."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

def upgrade() -> None:
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answers_forgotten_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('known_browsers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('used_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE known_browsers SET used_at = created_at")
    with op.batch_alter_table('known_browsers', schema=None) as batch_op:
        batch_op.alter_column('used_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_index(batch_op.f('ix_known_browsers_used_at'), ['used_at'], unique=False)

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_not_wiped', ['due_at'], unique=False, sqlite_where=sa.text("recipient <> ''"), postgresql_where=sa.text("recipient <> ''"))

    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.add_column(sa.Column('standing_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('standing_word', sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_people_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.drop_index('ix_people_membership')
        batch_op.create_index('ix_people_names', ['sort_name', 'id'], unique=False)

        batch_op.create_foreign_key(batch_op.f('fk_people_merged_into_id'), 'people', ['merged_into_id'], ['id'], ondelete='SET NULL')

def downgrade() -> None:
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_people_merged_into_id'), type_='foreignkey')

        batch_op.drop_index('ix_people_names')
        batch_op.create_index('ix_people_membership', ['membership'], unique=False)
        batch_op.drop_index(batch_op.f('ix_people_merged_into_id'))
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('standing_word')
        batch_op.drop_column('standing_since')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_not_wiped', sqlite_where=sa.text("recipient <> ''"), postgresql_where=sa.text("recipient <> ''"))

    with op.batch_alter_table('known_browsers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_browsers_used_at'))
        batch_op.drop_column('used_at')

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_column('answers_forgotten_at')
