"""The audit log: narrowed by what it is asked for, and append-only. News that a restore holds."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

NARROWED = ('actor_id', 'event_id', 'person_id', 'rsvp_id', 'action', 'via')
WHY = 'entries of the audit log are never changed or deleted'

# What may happen to an entry: its network is emptied (retention, erasure), and its details lose
# words (erasure). Numbers, yes and no stay as they are, nothing comes in, and no other column moves.
SQLITE = (
    f"""
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    WHEN NOT (
        NEW.id IS OLD.id AND NEW.at IS OLD.at AND NEW.actor_id IS OLD.actor_id
        AND NEW.via IS OLD.via AND NEW.action IS OLD.action AND NEW.event_id IS OLD.event_id
        AND NEW.person_id IS OLD.person_id AND NEW.rsvp_id IS OLD.rsvp_id
        AND (NEW.network IS OLD.network OR NEW.network IS '')
        AND (NEW.details IS OLD.details OR (
            json_valid(NEW.details) AND json_type(NEW.details) = 'object'
            AND NOT EXISTS (
                SELECT 1 FROM json_each(NEW.details) AS n
                WHERE n.type NOT IN ('integer', 'true', 'false') OR NOT EXISTS (
                    SELECT 1 FROM json_each(OLD.details) AS o
                    WHERE o.key = n.key AND o.type = n.type AND o.value IS n.value))
            AND NOT EXISTS (
                SELECT 1 FROM json_each(OLD.details) AS o
                WHERE o.type IN ('integer', 'true', 'false') AND NOT EXISTS (
                    SELECT 1 FROM json_each(NEW.details) AS n WHERE n.key = o.key))
        ))
    )
    BEGIN SELECT RAISE(ABORT, '{WHY}'); END
    """,
    f"""
    CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, '{WHY}'); END
    """,
    # INSERT OR REPLACE deletes without a word to the trigger above.
    f"""
    CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{WHY}'); END
    """,
)
POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        was jsonb;
        becomes jsonb;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            was := OLD.details::jsonb;
            becomes := NEW.details::jsonb;
            IF (NEW.id, NEW.at, NEW.actor_id, NEW.via, NEW.action, NEW.event_id, NEW.person_id,
                    NEW.rsvp_id)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.at, OLD.actor_id, OLD.via, OLD.action, OLD.event_id, OLD.person_id,
                    OLD.rsvp_id)
                AND (NEW.network = OLD.network OR NEW.network = '')
                AND (becomes = was OR (
                    jsonb_typeof(becomes) = 'object'
                    AND NOT EXISTS (
                        SELECT 1 FROM jsonb_each(becomes) AS n
                        WHERE jsonb_typeof(n.value) NOT IN ('number', 'boolean')
                            OR was -> n.key IS DISTINCT FROM n.value)
                    AND NOT EXISTS (
                        SELECT 1 FROM jsonb_each(was) AS o
                        WHERE (jsonb_typeof(o.value) = 'boolean'
                                OR jsonb_typeof(o.value) = 'number' AND o.value::text !~ '[.]')
                            AND NOT becomes ? o.key)
                ))
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{WHY}' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)


def upgrade() -> None:
    lite = op.get_bind().dialect.name == 'sqlite'
    op.add_column('audit', sa.Column('rsvp_id', sa.Integer(), nullable=True))
    op.execute(
        "UPDATE audit SET rsvp_id = json_extract(details, '$.rsvp_id'), "
        "details = json_remove(details, '$.rsvp_id') "
        "WHERE json_extract(details, '$.rsvp_id') IS NOT NULL"
        if lite
        else "UPDATE audit SET rsvp_id = (details ->> 'rsvp_id')::integer, "
        "details = (details::jsonb - 'rsvp_id')::json WHERE details ->> 'rsvp_id' IS NOT NULL"
    )
    for name in ('actor_id', 'at', 'event_id', 'person_id'):
        op.drop_index(f'ix_audit_{name}', table_name='audit')
    op.create_index('ix_audit_at', 'audit', ['at', 'id'])
    for name in NARROWED:
        op.create_index(f'ix_audit_{name}', 'audit', [name, 'at', 'id'])
    for statement in SQLITE if lite else POSTGRESQL:
        op.execute(statement)
    op.add_column(
        'broadcasts', sa.Column('held', sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    lite = op.get_bind().dialect.name == 'sqlite'
    op.drop_column('broadcasts', 'held')
    if lite:
        for name in ('changed', 'deleted', 'replaced'):
            op.execute(f'DROP TRIGGER audit_is_never_{name}')
    else:
        op.execute('DROP TRIGGER audit_is_never_changed ON audit')
        op.execute('DROP TRIGGER audit_is_never_emptied ON audit')
        op.execute('DROP FUNCTION audit_is_append_only()')
    for name in ('at', *NARROWED):
        op.drop_index(f'ix_audit_{name}', table_name='audit')
    op.execute(
        "UPDATE audit SET details = json_set(details, '$.rsvp_id', rsvp_id) "
        'WHERE rsvp_id IS NOT NULL'
        if lite
        else "UPDATE audit SET details = (details::jsonb || jsonb_build_object('rsvp_id', rsvp_id))"
        '::json WHERE rsvp_id IS NOT NULL'
    )
    op.drop_column('audit', 'rsvp_id')
    for name in ('actor_id', 'at', 'event_id', 'person_id'):
        op.create_index(f'ix_audit_{name}', 'audit', [name])
