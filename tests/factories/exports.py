"""Exports for tests, asked for by their person and made as the worker makes them."""

import io
import json
import zipfile
from typing import Any

from community.core.db import db
from community.membership.models import Person
from community.privacy.exporting import ask_for_export, get_export_file, make_due
from community.privacy.models import Export


def an_export(person: Person) -> Export:
    """An export that can be fetched."""
    asked = ask_for_export(person.id)
    while make_due():
        pass
    db.session.rollback()
    return db.session.get_one(Export, asked.id, populate_existing=True)


def files_of(person: Person, export: Export) -> dict[str, bytes]:
    """What is in the zip, by name."""
    with zipfile.ZipFile(io.BytesIO(get_export_file(person.id, export.id))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def everything(person: Person) -> dict[str, Any]:
    """The JSON of a new export."""
    held = json.loads(files_of(person, an_export(person))["everything.json"])
    assert isinstance(held, dict)
    return held
