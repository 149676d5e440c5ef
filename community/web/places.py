"""Where an event is, as far as whoever looks may know: the only way for a template to say it."""

from flask import Flask

from community.discovery.going import place_for
from community.events.models import Event
from community.events.visibility import Place, place_of, shown_to_anybody, shown_to_team
from community.web.access import viewer


def register(app: Flask) -> None:
    """Let templates ask. ``desk_place`` is for pages that only the event's team reaches."""
    app.add_template_global(_place, "place_for")
    app.add_template_global(_desk_place, "desk_place")
    app.add_template_global(_public_place, "public_place")


def _place(event: Event) -> Place:
    return place_for(viewer(), event)


def _desk_place(event: Event) -> Place:
    return place_of(event, shown_to_team(event))


def _public_place(event: Event) -> Place:
    return place_of(event, shown_to_anybody(event))
