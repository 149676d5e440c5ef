"""Nothing that the database holds about people is forgotten when they take it out, or go."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.app import create_app
from community.core.db import Base
from community.privacy.held import Held, may_hold_words, refers_to_person
from community.privacy.holdings import HOLDINGS
from community.privacy.of_nobody import OF_NOBODY


@pytest.fixture(autouse=True)
def _every_table_is_known(tmp_path: Path) -> None:
    create_app(instance_path=tmp_path)


def unaccounted(
    holdings: Iterable[Held], of_nobody: Iterable[str], tables: sa.MetaData = Base.metadata
) -> Iterator[str]:
    """The columns that may be about somebody and of which nobody says what becomes of them."""
    known, nobody = list(holdings), set(of_nobody)
    for table in tables.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            theirs = [held for held in known if held.table == table.name]
            if not refers_to_person(column) and (not may_hold_words(column) or name in nobody):
                continue
            if not any(held.accounts_for(column) for held in theirs):
                yield name


def test_every_column_that_refers_to_a_person_or_may_hold_words_is_accounted_for() -> None:
    assert list(unaccounted(HOLDINGS, OF_NOBODY)) == []


@pytest.mark.parametrize("table", sorted({held.table for held in HOLDINGS}))
def test_a_table_that_is_taken_away_is_missed(table: str) -> None:
    """One entry alone of a table with several is missed by the test of traces."""
    others = [held for held in HOLDINGS if held.table != table]
    assert any(name.startswith(f"{table}.") for name in unaccounted(others, OF_NOBODY))


def test_a_new_table_and_a_new_column_are_found() -> None:
    changed = sa.MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(changed)
    sa.Table(
        "diaries",
        changed,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.ForeignKey("people.id")),
        sa.Column("words", sa.Text),
    )
    changed.tables["people"].append_column(sa.Column("nickname", sa.String(20)))
    found = list(unaccounted(HOLDINGS, OF_NOBODY, changed))
    assert sorted(found) == ["diaries.person_id", "diaries.words", "people.nickname"]


def test_what_is_said_to_be_of_nobody_exists_and_refers_to_nobody() -> None:
    for name in OF_NOBODY:
        table, _, column = name.partition(".")
        assert not refers_to_person(Base.metadata.tables[table].columns[column]), name


def test_every_entry_names_columns_that_exist_and_says_why() -> None:
    for held in HOLDINGS:
        for name in (held.by, *held.given, *held.blank, *held.kept):
            assert name in held.rows.columns, (held.table, name)
        assert all(held.kept.values()), held.table
        assert bool(held.section) != bool(held.withheld), (held.table, held.by)
        assert bool(held.section) == bool(held.given or held.beside), (held.table, held.by)
        assert not (held.deleted and held.blank), held.table
