"""What a WSGI server and the ``flask`` command load."""

import gc
import os

# What is loaded stays, so that looking for garbage among it finds none: not meanwhile, which takes
# a tenth off the start, and not later, when a request would wait for it. What a process that is
# forked from here never looks at stays shared with the others, too.
gc.disable()

from community.app import create_app  # noqa: E402 - see above
from community.config import SettingsError  # noqa: E402 - see above
from community.core import logs  # noqa: E402 - see above

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"Error: {error}") from None

# A command says what it has to say itself, but for faults; what stays says more once it is up.
logs.start(
    app.extensions["community_settings"],
    least="warning" if os.environ.get("FLASK_RUN_FROM_CLI") else "",
)
gc.freeze()
gc.enable()
