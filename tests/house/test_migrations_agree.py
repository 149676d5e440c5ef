"""The tables that migrations make are those that the models describe, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from community.core.db import Base, db


def test_nothing_is_left_for_a_migration_to_do(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_sees_a_column_without_a_migration(app: Flask) -> None:
    changed = sa.MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["topics"].append_column(sa.Column("colour", sa.String(20)))
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), changed)
    assert [difference[0] for difference in differences] == ["add_column"]


def test_the_guards_of_the_tables_are_there_as_well(app: Flask) -> None:
    """CHECK constraints, which a comparison of tables and columns leaves out."""
    present = sa.inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {
            str(check.name) for check in table.constraints if isinstance(check, sa.CheckConstraint)
        }
        there = {str(check["name"]) for check in present.get_check_constraints(table.name)}
        assert there == wanted, table.name


def test_there_is_one_newest_migration(app: Flask) -> None:
    scripts = ScriptDirectory(app.extensions["migrate"].directory)
    assert len(scripts.get_heads()) == 1


def test_what_links_name_by_id_is_never_given_the_id_of_another_on_sqlite(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # a sequence never goes back
    with db.engine.connect() as connection:
        made = sa.text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        there = set(connection.scalars(made))
    wanted = {
        table.name
        for table in Base.metadata.sorted_tables
        if table.dialect_options["sqlite"]["autoincrement"]
    }
    assert there == wanted >= {"events", "rsvps", "attendees"}
