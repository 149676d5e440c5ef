"""``flask serve`` with a clock that runs ahead by the seconds in a file of the instance folder,
``later``: so that a story of a week can be lived in a minute.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.core import clock

_LATER = Path(os.environ["COMMUNITY_INSTANCE_PATH"]) / "later"


def _now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(_LATER.read_text()))


clock.now = _now  # before anybody imports it by its name

from flask.cli import ScriptInfo  # noqa: E402 - the clock is set first

from wsgi import app  # noqa: E402 - the same

if __name__ == "__main__":
    app.cli.main(["serve", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
