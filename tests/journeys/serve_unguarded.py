"""``flask serve`` with the guards taken out; see ``unguarded``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from flask.cli import ScriptInfo

from tests.journeys.unguarded import take_out_guards
from wsgi import app

if __name__ == "__main__":
    take_out_guards()  # the children are forks of this process
    app.cli.main(["serve", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
