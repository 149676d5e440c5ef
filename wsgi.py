"""What a WSGI server and the ``flask`` command load."""

import os

from community.app import create_app
from community.config import SettingsError
from community.core import logs

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"Error: {error}") from None

# A command says what it has to say itself, but for faults; what stays says more once it is up.
logs.start(
    app.extensions["community_settings"],
    least="warning" if os.environ.get("FLASK_RUN_FROM_CLI") else "",
)
