"""``flask serve`` that keeps something of every request, for ever."""

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from flask.cli import ScriptInfo

from wsgi import app

kept: list[Any] = []


@app.before_request
def keep_something() -> None:
    kept.append(bytearray(100_000))
    kept.append(tempfile.TemporaryFile())  # noqa: SIM115 - that is the fault


if __name__ == "__main__":
    app.cli.main(["serve", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
