"""Notes and tags about people, and who was asked to help at an event."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_person_notes_author_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_person_notes_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_notes'))
    )
    op.create_index(op.f('ix_person_notes_author_id'), 'person_notes', ['author_id'])
    op.create_index(op.f('ix_person_notes_person_id'), 'person_notes', ['person_id'])
    op.create_table('person_tags',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('folded', sa.String(length=200), nullable=False),
    sa.Column('tag', sa.String(length=40), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_person_tags_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'folded', name=op.f('pk_person_tags'))
    )
    op.create_index('ix_person_tags_found', 'person_tags', ['folded', 'person_id'])
    op.create_table('team_invitations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('role', sa.Enum('owner', 'cohost', 'door', name='hostrole', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('invited_by', sa.Integer(), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_team_invitations_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invited_by'], ['people.id'], name=op.f('fk_team_invitations_invited_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_invitations')),
    sa.UniqueConstraint('event_id', 'address', name=op.f('uq_team_invitations_event_id_address')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_team_invitations_token_hash')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_team_invitations_address'), 'team_invitations', ['address'])
    op.create_index(op.f('ix_team_invitations_expires_at'), 'team_invitations', ['expires_at'])
    op.create_index(op.f('ix_team_invitations_invited_by'), 'team_invitations', ['invited_by'])


def downgrade() -> None:
    op.drop_table('team_invitations')
    op.drop_table('person_tags')
    op.drop_table('person_notes')
