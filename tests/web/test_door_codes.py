"""Everybody finds the code that they bring: in the mail, on their page, on the event's page."""

import re
from base64 import b64decode
from datetime import timedelta
from io import BytesIO

import time_machine
from flask import Flask
from PIL import Image

from community.core.current import settings
from community.core.qr import qr_png, qr_svg
from community.core.tokens import link_token
from community.mail.reading import list_mails
from community.rsvp.codes import code_link, code_of
from community.rsvp.guests import guest_token
from community.rsvp.models import RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import LINK
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member
from tests.rsvp.states import answer_in
from tests.web.browser_without_js import Browser, signed_in


def test_each_head_of_a_party_has_a_code_on_the_pages_of_the_person(app: Flask) -> None:
    event, ada = an_event(guests_allowed=1), a_member("Ada")
    rsvp = say_yes(ada.id, event.id, guests=[Guest("Bo")])
    link = f"/rsvp/{link_token(LINK, rsvp.id, rsvp.link_generation)}"
    for page in (Browser(app).get(link), signed_in(app, ada).get(f"/events/{event.slug}")):
        for head in rsvp.attendees:
            assert page.says(f"{head.name} {code_of(head.id)}")
            size, path = qr_svg(code_link(event.slug, head.id))
            assert path in page.html
            assert f'viewBox="0 0 {size} {size}"' in page.html
        assert len(page.html) < 50_000
    assert not Browser(app).get(f"/events/{event.slug}").says(code_of(rsvp.head.id))


def test_nobody_without_a_seat_has_a_code(app: Flask) -> None:
    event, bo, cy = an_event(), a_member("Bo"), a_member("Cy")
    asks = answer_in(RsvpStatus.REQUESTED, event.id, bo)
    gone = say_yes(cy.id, event.id)
    say_no(cy.id, event.id)
    for who, rsvp in ((bo, asks), (cy, gone)):
        assert not signed_in(app, who).get(f"/events/{event.slug}").says(code_of(rsvp.head.id))
    with time_machine.travel(event.ends_at + timedelta(hours=1)):
        back = answer_in(RsvpStatus.GOING, event.id)
        link = f"/rsvp/{link_token(LINK, back.id, back.link_generation)}"
        assert not Browser(app).get(link).says(code_of(back.head.id))


def test_the_mail_of_a_seat_carries_the_code_in_letters_and_as_a_picture(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    rsvp = say_yes(a_member("Ada").id, event.id, guests=[Guest("Bo", address="bo@example.org")])
    head, guest = rsvp.attendees
    post()
    for kind, one, other in (("seat_given", head, guest), ("guest_going", guest, head)):
        (row,) = outbox(kind)
        assert code_of(one.id) not in str(row.facts)  # the row holds none of it
        mail = next(m for m in list_mails(settings().spool_folder) if row.recipient in m.recipient)
        assert code_of(one.id) in mail.text
        assert code_of(other.id) not in mail.text
        [picture] = re.findall(r'src="data:image/png;base64,([^"]+)"', mail.html)
        assert b64decode(picture) == qr_png(code_link(event.slug, one.id))
        assert mail.calendar is not None
    page = Browser(app).get(f"/guest/{guest_token(guest, rsvp)}")
    assert page.says(code_of(guest.id))
    assert not page.says(code_of(head.id))


def test_the_picture_is_the_drawing(app: Flask) -> None:
    text = code_link("boston-leadership-dinner", 7)
    size, path = qr_svg(text)
    picture = Image.open(BytesIO(qr_png(text))).convert("1")
    assert picture.size == (size * 5, size * 5)
    drawn = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        drawn |= {(column, int(y)) for column in range(int(x), int(x) + int(width))}
    dark = {
        (x, y)
        for x in range(size)
        for y in range(size)
        if not picture.getpixel((x * 5 + 2, y * 5 + 2))
    }
    assert drawn == dark
