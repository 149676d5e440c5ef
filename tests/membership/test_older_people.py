"""People from before profiles had handles and audiences keep everything and lack nothing."""

from pathlib import Path

import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from community.app import create_app
from community.core.db import db
from community.membership.models import Person
from community.membership.terms import index_all_missing

BEFORE = """
INSERT INTO people
  (id, name, organization, job_title, location, bio, membership, role, created_at)
VALUES
  (1, 'Ada Lovelace', 'Works', '', 'London', '', 'active', 'member', '2026-01-01 00:00:00'),
  (2, '李明', '', '', '', '', 'none', 'member', '2026-01-01 00:00:00')
"""


def test_an_upgrade_gives_handles_and_the_worker_the_terms(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path, base_url="http://community.test", env="development")
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(BEFORE)
            connection.exec_driver_sql(
                "INSERT INTO person_addresses (id, person_id, address, is_primary, verified_at)"
                " VALUES (1, 1, 'ada@example.org', 1, '2026-01-01 00:00:00')"
            )
        upgrade()
        ada, li = db.session.scalars(sa.select(Person).order_by(Person.id)).all()
        assert ada.handle.startswith("ada-lovelace-")
        assert li.handle.startswith("member-")
        assert ada.address == "ada@example.org"
        assert ada.bio_audience == "members"
        assert ada.email_audience == "nobody"
        assert index_all_missing() == 2
        assert db.session.get_one(Person, 1).sort_name == "ada lovelace"
        db.session.remove()
        downgrade(revision="0001")
        with db.engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT name FROM people ORDER BY id").all()
            assert [row[0] for row in kept] == ["Ada Lovelace", "李明"]
            assert connection.exec_driver_sql("SELECT count(*) FROM person_addresses").scalar() == 1
        db.engine.dispose()
