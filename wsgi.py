"""What a WSGI server and the ``flask`` command load."""

from community.app import create_app
from community.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"Error: {error}") from None
