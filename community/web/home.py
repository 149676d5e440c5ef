"""The front page, and what crawlers are asked to leave alone."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from community.discovery.events import Wanted, list_events
from community.membership.queries import all_topics
from community.web.access import everybody, viewer
from community.web.kept_pages import changes_at, kept

SHOWN = 7  # one large card and two rows of three
_ROBOTS = """\
User-agent: *
Disallow: /dev/
Disallow: /invited/
Disallow: /join/confirm/
Disallow: /organize
Disallow: /profile
Disallow: /rsvp/
Disallow: /sign-in/
"""

pages = Blueprint("home", __name__)


@pages.get("/")
@everybody
@kept("coming", most=SHOWN + 1)
def index() -> ResponseReturnValue:
    """What the community is and what is on next."""
    cards = list_events(viewer(), Wanted(), size=SHOWN).rows
    changes_at(*(card.event.ends_at for card in cards))
    return render_template("home/index.html", cards=cards, topics=all_topics())


@pages.get("/robots.txt")
@everybody
def robots() -> ResponseReturnValue:
    """Pages that are somebody's own are no use to a search engine."""
    return Response(_ROBOTS, mimetype="text/plain")
