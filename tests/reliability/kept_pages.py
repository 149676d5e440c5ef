"""A visitor before a community that shows everything, and the same pages as nothing keeps them."""

from contextvars import Context
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import Client, TestResponse

from community.core.clock import now
from community.core.db import db, transactional
from community.events.covers import as_cover, change_cover
from community.events.models import Event, EventHost, HostRole, Venue
from community.events.series import EventSeries, Every
from community.membership.identity import as_logo, publish_identity
from community.membership.texts import PAGES, publish_text
from community.rsvp.respond import say_yes
from community.web.kept_pages import KeptPages
from community.web.page_shelf import Shelf
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import a_picture

PATHS = ("/events/dinner", "/events", "/")


def kept_of(app: Flask) -> KeptPages:
    found: Any = app.wsgi_app
    while not isinstance(found, KeptPages):
        found = found.app
    return found


class Visitor:
    """Asks for pages as they are kept, and as they would be if they were not."""

    def __init__(self, app: Flask) -> None:
        self.pages = kept_of(app)
        self.pages._shelf = Shelf()
        self._kept, self._fresh = Client(self.pages), Client(self.pages._inner)

    def kept(self, path: str, **how: Any) -> TestResponse:
        return Context().run(self._kept.open, path, **how)

    def fresh(self, path: str, **how: Any) -> TestResponse:
        return Context().run(self._fresh.open, path, **how)

    def differ(self, path: str) -> bool:
        kept, fresh = self.kept(path), self.fresh(path)
        return (kept.status, kept.data) != (fresh.status, fresh.data)


def a_visitor(app: Flask) -> Visitor:
    """Before a community that shows everything that a visitor can see of one."""
    owner, other, admin = an_organizer(name="Ada"), an_organizer(name="Grace"), an_admin()
    topics = (a_topic().slug, a_topic("Ethics", "ethics").slug)
    soon = now() + timedelta(days=20)
    event = an_event(
        owner, title="Dinner", capacity=1, topics=topics, answer_by=soon.replace(tzinfo=None)
    )
    second = an_event(owner, title="Lunch", capacity=60, venue="")
    change_cover(owner.id, event.id, as_cover(a_picture()))
    _lived(event.id, second.id, other.id)
    for _ in range(2):
        say_yes(a_member().id, event.id)
    publish_identity(admin.id, name="Data & Friends", logo=as_logo(a_picture()), seen=0)
    publish_text(admin.id, PAGES[0], "Who we are.", seen=0)
    db.session.remove()
    return Visitor(app)


@transactional
def _lived(event_id: int, second_id: int, helper_id: int) -> None:
    series = EventSeries(every=Every.WEEK)
    db.session.add(series)
    db.session.flush()
    for one in (event_id, second_id):
        db.session.get_one(Event, one).series_id = series.id
    db.session.add(EventHost(event_id=event_id, person_id=helper_id, role=HostRole.COHOST))
    venue = db.session.scalars(sa.select(Venue)).first()
    assert venue is not None
    venue.access_notes, venue.country = "Ring twice.", "USA"
