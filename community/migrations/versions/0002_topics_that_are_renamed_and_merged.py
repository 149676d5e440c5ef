"""Topics that are renamed and merged."""

import sqlalchemy as sa
from alembic import op

from community.core.text import alike_key

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('topic_redirects',
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_topic_redirects_topic_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_topic_redirects'))
    )
    with op.batch_alter_table('topic_redirects', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_topic_redirects_topic_id'), ['topic_id'], unique=False)

    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.add_column(sa.Column('folded', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))

    _fill()

    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.alter_column('folded', existing_type=sa.String(length=200), nullable=False)
        batch_op.alter_column(
            'changed_at', existing_type=sa.DateTime(timezone=True), nullable=False
        )
        batch_op.create_unique_constraint(batch_op.f('uq_topics_folded'), ['folded'])


def _fill() -> None:
    """Fold the names that are there. Those that look alike stay two topics until they are merged."""
    topics = sa.table(
        'topics', sa.column('id'), sa.column('name'), sa.column('folded'), sa.column('changed_at')
    )
    connection = op.get_bind()
    seen = set()
    for topic_id, name in connection.execute(
        sa.select(topics.c.id, topics.c.name).order_by(topics.c.id)
    ).all():
        folded = alike_key(name)
        if folded in seen:
            folded = f'{folded[:180]} #{topic_id}'
        seen.add(folded)
        connection.execute(
            topics.update()
            .where(topics.c.id == topic_id)
            .values(folded=folded, changed_at=sa.func.current_timestamp())
        )


def downgrade() -> None:
    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_topics_folded'), type_='unique')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('folded')

    with op.batch_alter_table('topic_redirects', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_topic_redirects_topic_id'))

    op.drop_table('topic_redirects')
