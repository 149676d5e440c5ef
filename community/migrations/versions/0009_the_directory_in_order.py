"""Indexes that give the directory and a topic's followers in order."""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_index('ix_people_directory')
        batch_op.create_index('ix_people_directory', ['membership', 'sort_name', 'id'], unique=False)

    with op.batch_alter_table('person_topics', schema=None) as batch_op:
        batch_op.drop_index('ix_person_topics_topic_id')
        batch_op.create_index('ix_person_topics_followers', ['topic_id', 'person_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('person_topics', schema=None) as batch_op:
        batch_op.drop_index('ix_person_topics_followers')
        batch_op.create_index('ix_person_topics_topic_id', ['topic_id'], unique=False)

    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_index('ix_people_directory')
        batch_op.create_index('ix_people_directory', ['sort_name', 'id'], unique=False)
