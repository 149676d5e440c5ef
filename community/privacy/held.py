"""How one kind of row about a person is described: whose it is, what is handed out, what goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from community.core.db import Base, db
from community.privacy.subject import Subject

Whose = Callable[[sa.Table, Subject], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Held:
    """Rows of a table that are about a person because of the column ``by``.

    ``section`` is where an export gives them, ``given`` which columns under which key; ``beside``
    adds what makes a row readable. Without a section, ``withheld`` says why.

    Erasure deletes the rows (``deleted``), or sets the columns of ``blank``: to a value, to an SQL
    expression, or to what a function makes of the value that was there. ``kept`` says of each
    other column that refers to a person or holds text why it may stay.
    """

    table: str
    by: str
    whose: Whose | None = None
    section: str = ""
    given: tuple[str, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    withheld: str = ""
    deleted: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> sa.Table:
        """The table itself."""
        return Base.metadata.tables[self.table]

    def of(self, subject: Subject) -> sa.ColumnElement[bool]:
        """Which rows are about this person."""
        if self.whose is not None:
            return self.whose(self.rows, subject)
        return by_id(self.by)(self.rows, subject)

    def accounts_for(self, column: sa.Column[Any]) -> bool:
        """Whether it says what becomes of a column when the person is erased."""
        if self.deleted:
            return column.name == self.by or not refers_to_person(column)
        return column.name in {*self.blank, *self.kept}


def by_id(column: str) -> Whose:
    """Rows that name the person by id, or a record that was merged into theirs."""
    return lambda table, subject: table.c[column].in_(subject.records)


def by_address(column: str) -> Whose:
    """Rows that name one of the person's addresses."""
    return lambda table, subject: table.c[column].in_(subject.addresses)


def refers_to_person(column: sa.Column[Any]) -> bool:
    """Whether a column names a person: by a foreign key, or by a number without one."""
    named = column.name.endswith(("person_id", "actor_id")) and isinstance(column.type, sa.Integer)
    return named or any(key.target_fullname == "people.id" for key in column.foreign_keys)


def may_hold_words(column: sa.Column[Any]) -> bool:
    """Whether a column could hold an address, a name, or words: any text, JSON or bytes."""
    if isinstance(column.type, sa.Enum):
        return False
    return isinstance(column.type, sa.String | sa.JSON | sa.LargeBinary)


def forget(held: Held, subject: Subject) -> None:
    """Do to the rows what erasure does to them. Call it inside a use-case."""
    table = held.rows
    if held.deleted:
        db.session.execute(sa.delete(table).where(held.of(subject)))
        return
    by_row = {name: value for name, value in held.blank.items() if callable(value)}
    plain = {name: value for name, value in held.blank.items() if name not in by_row}
    if plain:
        db.session.execute(sa.update(table).where(held.of(subject)).values(plain))
    for name, rewrite in by_row.items():  # last: the rows may be found by what is rewritten
        _rewrite(held, subject, name, rewrite)


def _rewrite(held: Held, subject: Subject, name: str, rewrite: Callable[[Any], Any]) -> None:
    table = held.rows
    keys = list(table.primary_key)
    found = db.session.execute(sa.select(table.c[name], *keys).where(held.of(subject))).all()
    for old, *values in found:
        if (new := rewrite(old)) != old:
            row = sa.and_(*(key == value for key, value in zip(keys, values, strict=True)))
            db.session.execute(sa.update(table).where(row).values({name: new}))
