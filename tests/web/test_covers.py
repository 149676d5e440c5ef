"""Covers of events: handed in with the form, served to whoever may see the event, never as sent."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.events.covers import (
    EventCover,
    as_cover,
    change_cover,
    edit_with_cover,
    forget_unused,
)
from community.events.models import Event, Visibility
from community.events.previews import make_preview, revoke_preview
from community.membership.models import Person
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.pictures import BLUE, a_picture, opened
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET = b"<script>alert('polyglot')</script>"


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer()


def hand_in(browser: Browser, event: Event, content: bytes | None, **more: str) -> Page:
    """The form as bytes: the test client keeps large files open."""
    path = f"/organize/events/{event.slug}/edit"
    values = browser.get(path).form("cover").values
    fields = {name: found[0] for name, found in values.items() if found} | more
    head = 'Content-Disposition: form-data; name="'
    parts = [f'--xx\r\n{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = "".join(parts).encode()
    if content is not None:
        body += f'--xx\r\n{head}cover"; filename="c.jpg"\r\n\r\n'.encode() + content + b"\r\n"
    answer = browser.client.post(
        path,
        data=body + b"--xx--\r\n",
        content_type="multipart/form-data; boundary=xx",
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=True,
    )
    return Page(answer, path)


def version_of(event: Event) -> str:
    db.session.rollback()
    db.session.refresh(event)
    return event.cover_version


def test_a_cover_is_made_anew_in_two_widths_and_shown_on_page_and_card(
    app: Flask, owner: Person
) -> None:
    event = an_event(owner)
    content = a_picture(size=(2400, 1500)) + SECRET
    assert hand_in(browser_of(app, owner), event, content).says("The changes are saved.")
    visitor, version = Browser(app), version_of(event)
    for size, pixels in (("large", (1200, 630)), ("small", (600, 315))):
        path = f"/events/{event.slug}/cover/{size}?v={version}"
        answer = visitor.client.get(path)
        assert opened(answer.data).size == pixels
        assert SECRET not in answer.data
        assert answer.mimetype == "image/jpeg"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        again = visitor.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    page, card = visitor.get(f"/events/{event.slug}").html, visitor.get("/events").html
    assert 'width="1200" height="630"' in page
    assert 'width="600" height="315"' in card
    assert f"cover/small?v={version}" in card
    image = f"http://community.test/events/{event.slug}/cover/large?v={version}"
    assert f'<meta property="og:image" content="{image}"' in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SVG, "This is no picture we can read"),
        (b"GIF89a" + SVG, "The picture is broken"),
        (b"\xff\xd8\xff" + SECRET, "The picture is broken"),
        (a_picture() + b"\x00" * 20 * 1024 * 1024, "The picture is larger than 10 MB."),
    ],
    ids=["svg", "polyglot", "half a JPEG", "20 MB"],
)
def test_what_is_no_picture_is_refused_at_its_field_and_nothing_is_saved(
    app: Flask, owner: Person, content: bytes, told: str
) -> None:
    event = an_event(owner)
    page = hand_in(browser_of(app, owner), event, content, title="Another")
    assert page.status == 422
    assert page.says(told)
    assert page.form("title").values["title"] == ["Another"]
    assert version_of(event) == ""
    assert event.title != "Another"


def test_a_cover_is_taken_away_and_then_gone_for_everybody(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    change_cover(owner.id, event.id, as_cover(a_picture()))
    path = f"/events/{event.slug}/cover/small?v={event.cover_version}"
    assert Browser(app).get(path).status == 200
    hand_in(browser_of(app, owner), event, None, remove_cover="y")
    assert Browser(app).get(path).status == 404
    assert "cover" not in Browser(app).get(f"/events/{event.slug}").html
    assert forget_unused() == 2
    assert db.session.scalars(sa.select(EventCover.version)).all() == []


def test_a_cover_that_another_event_shows_is_kept(owner: Person) -> None:
    one, other = an_event(owner), an_event(owner)
    for event in (one, other):
        change_cover(owner.id, event.id, as_cover(a_picture()))
    change_cover(owner.id, one.id, as_cover(a_picture(colour=BLUE)))
    assert forget_unused() == 0
    edit_with_cover(owner.id, other.id, a_draft(), remove=True)
    assert forget_unused() == 2


def test_who_may_not_see_the_event_finds_no_cover_and_caches_are_private(
    app: Flask, owner: Person
) -> None:
    event = an_event(owner, visibility=Visibility.MEMBERS)
    change_cover(owner.id, event.id, as_cover(a_picture()))
    path = f"/events/{event.slug}/cover/small?v={event.cover_version}"
    assert Browser(app).get(path).status == 404
    answer = browser_of(app, a_member()).client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert "Cookie" in answer.headers["Vary"]
    assert browser_of(app, a_member()).get(f"/events/{event.slug}/cover/huge").status == 404
    assert "og:image" not in browser_of(app, a_member()).get(f"/events/{event.slug}").html


def test_a_preview_shows_the_cover_as_long_as_its_link_lives(app: Flask, owner: Person) -> None:
    event = an_event(owner, published=False)
    change_cover(owner.id, event.id, as_cover(a_picture()))
    token = make_preview(owner.id, event.id)
    visitor = Browser(app)
    assert f"/events/preview/{token}/cover/large" in visitor.get(f"/events/preview/{token}").html
    answer = visitor.client.get(f"/events/preview/{token}/cover/large")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert visitor.get(f"/events/{event.slug}/cover/large").status == 404
    revoke_preview(owner.id, event.id)
    assert visitor.get(f"/events/preview/{token}/cover/large").status == 404


def test_somebody_else_gives_an_event_no_cover(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    other = browser_of(app, an_organizer())
    token = other.get("/organize/events/new").form("title").values["csrf_token"]
    page = other.post(f"/organize/events/{event.slug}/edit", {"csrf_token": token})
    assert page.status == 404
    assert version_of(event) == ""
