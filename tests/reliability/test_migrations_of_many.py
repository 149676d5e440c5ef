"""A community of ten thousand goes through every migration, one after the other."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_migrate import upgrade

from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import another
from tests.reliability.populate import KEPT, MANY, populate, require_kept, sums
from tests.reliability.test_migrations import REVISIONS

pytestmark = [pytest.mark.slow, pytest.mark.proof]


@pytest.fixture
def server(database_kind: str, request: pytest.FixtureRequest) -> str:
    """Where databases are made; ``""`` for files."""
    is_file = database_kind == "sqlite"
    return "" if is_file else str(request.getfixturevalue("postgres_url"))


def test_ten_thousand_members_go_all_the_way(
    server: str, tmp_path: Path, evidence: Evidence
) -> None:
    """One revision after the other, each with rows in its new tables."""
    with another(tmp_path, server) as app, app.app_context():
        assert app
        upgrade(revision=REVISIONS[0])
        rows = populate(MANY, 1000)
        before = sums()
        for revision in REVISIONS[1:]:
            upgrade(revision=revision)
            require_kept(before)
            rows = populate(MANY, 1000)
            before = sums()
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE people SET location = 'Elsewhere' WHERE id = 7"))
        assert sums() != before
    steps = f"step by step with {sum(rows.values())} rows"
    evidence("R10", KEPT, count=steps, control="one value changed is seen")
