"""Topics that were there before their names were folded come through the migration."""

from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from community.app import create_app
from community.core.db import db
from community.membership.models import person_topics
from community.membership.queries import all_topics

NAMES = ["AI", "Ai", "École", "Data-Management", "Data Management"]


def test_topics_and_their_followers_survive_also_when_names_look_alike(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        scripts = ScriptDirectory(app.extensions["migrate"].directory)
        before = scripts.get_revision("0002").down_revision
        upgrade(revision=before)
        with db.engine.begin() as connection:
            for number, name in enumerate(NAMES, 1):
                connection.execute(
                    sa.text("INSERT INTO topics VALUES (:id, :slug, :name, 'About')"),
                    {"id": number, "slug": f"slug-{number}", "name": name},
                )
            connection.execute(
                sa.text(
                    "INSERT INTO people (id, name, organization, job_title, location, bio,"
                    " membership, role, created_at) VALUES"
                    " (1, 'Ada', '', '', '', '', 'active', 'member', '2026-01-01')"
                )
            )
            connection.execute(sa.insert(person_topics).values(person_id=1, topic_id=2))
        upgrade()
        known = {topic.id: topic for topic in all_topics()}
        assert [known[n].name for n in range(1, 6)] == NAMES
        assert [known[n].folded for n in range(1, 6)] == [
            "ai",
            "ai #2",
            "ecole",
            "data management",
            "data management #5",
        ]
        assert all(topic.changed_at for topic in known.values())
        assert db.session.execute(sa.select(person_topics)).all() == [(1, 2)]
        db.session.rollback()
        downgrade(revision=before)
        columns = {column["name"] for column in sa.inspect(db.engine).get_columns("topics")}
        assert columns == {"id", "slug", "name", "description"}
        db.engine.dispose()
