"""Whether the hosts of an event have read what came in words."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('received_mails') as table:
        table.add_column(sa.Column('read_at', sa.DateTime(timezone=True), nullable=True))
    # Nobody could say so before: what is there has had its readers.
    op.execute('UPDATE received_mails SET read_at = received_at')


def downgrade() -> None:
    with op.batch_alter_table('received_mails') as table:
        table.drop_column('read_at')
