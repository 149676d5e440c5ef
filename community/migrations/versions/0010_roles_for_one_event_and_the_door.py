"""Roles for one event, who let somebody in, mails about applications."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('attendees', schema=None) as batch_op:
        batch_op.add_column(sa.Column('checked_in_by', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_attendees_checked_in_by'), ['checked_in_by'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_attendees_checked_in_by'), 'people', ['checked_in_by'], ['id'], ondelete='SET NULL')
    _allow('event_hosts', 'hostrole', 'role', "'owner', 'cohost', 'door'")
    _allow('mail_wishes', 'mailcategory', 'category', "'events', 'connections', 'applications'")


def downgrade() -> None:
    # Whoever has one of the new values has nothing that the older version knows.
    op.execute("DELETE FROM event_hosts WHERE role = 'door'")
    op.execute("DELETE FROM mail_wishes WHERE category = 'applications'")
    _allow('mail_wishes', 'mailcategory', 'category', "'events', 'connections'")
    _allow('event_hosts', 'hostrole', 'role', "'owner', 'cohost'")
    with op.batch_alter_table('attendees', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attendees_checked_in_by'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_attendees_checked_in_by'))
        batch_op.drop_column('checked_in_by')


def _allow(table: str, name: str, column: str, values: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(f'ck_{table}_{name}'), type_='check')
        batch_op.create_check_constraint(batch_op.f(f'ck_{table}_{name}'), f'{column} IN ({values})')
