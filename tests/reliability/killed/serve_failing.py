"""``flask serve``, or ``flask worker``, with fail points, quick to begin again after a death.

In the environment ``WITHOUT`` names the protection that is taken out (see ``weakened``), and
``LEASE`` the seconds of a lease.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from flask.cli import ScriptInfo

from community.ops import processes, worker
from tests.reliability.killed import fail_points, weakened
from wsgi import app

if __name__ == "__main__":
    # Operators are spared a program that dies every second; here it does so on purpose.
    processes._LONGEST_PAUSE = processes._FIRST_PAUSE = 0.1
    worker._IDLE = 0.05
    weakened.take_out(os.environ.get("WITHOUT", ""))
    fail_points.install()
    if seconds := os.environ.get("LEASE"):  # shorter than any operator may set it
        known = app.extensions["community_settings"]
        changed = known.model_copy(update={"lease_seconds": float(seconds)})
        app.extensions["community_settings"] = changed
    app.cli.main(sys.argv[1:], obj=ScriptInfo(create_app=lambda: app))
