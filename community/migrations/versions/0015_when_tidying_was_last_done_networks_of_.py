"""When tidying was last done, networks of the audit log."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chores',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('last_found_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_chores'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_networks', ['at'], unique=False, sqlite_where=sa.text("network <> ''"), postgresql_where=sa.text("network <> ''"))



def downgrade() -> None:
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_networks', sqlite_where=sa.text("network <> ''"), postgresql_where=sa.text("network <> ''"))

    op.drop_table('chores')
