"""Where an organizer goes on when an event is over."""

from flask import current_app, url_for

from community.events.models import Event


def thanks_url(event: Event) -> str | None:
    """The page to write to everybody who came; None where nothing can be written to them."""
    if "organize.messages" not in current_app.view_functions:
        return None
    return url_for("organize.messages", slug=event.slug, thanks=1)
