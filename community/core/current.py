"""What the running application is set to, for code that knows nothing of HTTP."""

from typing import cast

from flask import current_app

from community.config import Settings


def settings() -> Settings:
    """The settings of the application whose context is active."""
    return cast("Settings", current_app.extensions["community_settings"])
