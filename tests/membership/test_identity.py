"""The community's name and logo: versions, kept and audited, in mails, invites and calendars."""

from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from community.core.db import db
from community.core.errors import Forbidden, Refused
from community.core.identity import CommunityIdentity, community_name, find_logo, identity
from community.membership.identity import as_logo, publish_identity, versions_of_identity
from community.organizing.models import AuditEntry
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import BLUE, a_picture

SET = "Community Network"
LOGO = as_logo(a_picture("PNG", (300, 100)))
OTHER = as_logo(a_picture("PNG", (300, 100), colour=BLUE))


def test_without_a_version_the_setting_counts(app: Flask) -> None:
    assert community_name() == SET
    assert identity().logo is None
    assert identity().published_at is None


def test_each_save_is_a_version_that_is_kept_and_audited(app: Flask) -> None:
    admin = an_admin("Olga Host")
    assert publish_identity(admin.id, "  Data\u202e Leaders ", seen=0) == 1
    assert publish_identity(admin.id, "Data Leaders", seen=1, logo=LOGO) == 2
    assert publish_identity(admin.id, "Data Leaders", seen=2, logo=LOGO) == 2, "the same again"
    assert (community_name(), identity().version) == ("Data Leaders", 2)
    assert publish_identity(admin.id, "", seen=2) == 3
    assert community_name() == SET
    shown = identity().logo
    assert shown
    assert (shown.digest, shown.width, shown.height) == (LOGO.digest, 300, 100)
    found = [(one.version, one.name, one.has_logo, one.publisher) for one in versions_of_identity()]
    assert found == [
        (3, "", True, "Olga Host"),
        (2, "Data Leaders", True, "Olga Host"),
        (1, "Data Leaders", False, "Olga Host"),
    ]
    query = sa.select(AuditEntry).where(AuditEntry.action == "CommunityIdentityPublished")
    query = query.order_by(AuditEntry.id)
    assert [entry.details["version"] for entry in db.session.scalars(query)] == [1, 2, 3]


def test_only_the_logo_in_force_is_there(app: Flask) -> None:
    admin = an_admin()
    publish_identity(admin.id, "", seen=0, logo=LOGO)
    found = find_logo(LOGO.digest)
    assert found
    assert found.content == LOGO.content
    publish_identity(admin.id, "", seen=1, logo=OTHER)
    assert find_logo(LOGO.digest) is None
    assert find_logo(OTHER.digest)
    publish_identity(admin.id, "", seen=2, remove_logo=True)
    assert find_logo(OTHER.digest) is None
    publish_identity(admin.id, "", seen=3, logo=LOGO, remove_logo=True)
    assert find_logo(LOGO.digest), "a new logo counts more than removing the old one"


def test_nobody_but_admins_names_the_community(app: Flask) -> None:
    for person in (a_member(), an_organizer()):
        with pytest.raises(Forbidden):
            publish_identity(person.id, "Mine", seen=0)
    assert community_name() == SET


def test_a_version_that_nobody_saw_is_refused(app: Flask) -> None:
    admin = an_admin()
    publish_identity(admin.id, "One", seen=0)
    for seen in (0, 2, -1):
        with pytest.raises(Refused, match="identity_changed_meanwhile"):
            publish_identity(admin.id, "Two", seen=seen)
    assert community_name() == "One"


def test_of_two_at_once_one_wins_and_the_other_is_told(app: Flask) -> None:
    admin = an_admin()

    def save(number: int) -> int:
        try:
            return publish_identity(admin.id, f"Name {number}", seen=0)
        except Refused:
            return 0

    assert sorted(at_once(app, [lambda n=n: save(n) for n in range(4)])) == [0, 0, 0, 1]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CommunityIdentity)) == 1


EVIL = '=?utf-8?q?a=0d=0aBcc=3a_evil=40x?= \r\nBcc: evil@example.org;"x" & <Co>'


@pytest.mark.parametrize("name", ["Data Leaders", "Führungskräfte, “AG”", EVIL])
def test_mails_and_invites_carry_the_name(app: Flask, name: str) -> None:
    publish_identity(an_admin().id, name, seen=0)
    event, member = an_event(), a_member(email="ann@example.org")
    say_yes(member.id, event.id)
    post()
    (mail,) = outbox("seat_given")
    assert mail.body
    read = letter(mail.body)
    header = message_from_bytes(mail.body, policy=policy.default)
    assert [key for key in header if key.lower() == "bcc"] == []
    (sender,) = header["From"].addresses
    kept = community_name()
    shown = kept.replace("=?", "= ?").replace("Bcc:", "Bcc :")  # as our mails write it
    assert sender.display_name == shown
    assert kept in read.text
    assert SET not in read.text + read.html
    assert entry(read).organizer.startswith("mailto:")
    assert read.calendar
    assert b"Bcc:" not in [line[:4] for line in read.calendar.split(b"\r\n")]
    organizer = Calendar.from_ical(read.calendar).walk("VEVENT")[0]["ORGANIZER"]
    # Parameters of a calendar cannot hold a quotation mark (RFC 5545 3.2).
    assert str(organizer.params["CN"]).split()[0] == kept.split()[0]


def test_a_mail_that_waited_is_sent_under_the_new_name(app: Flask) -> None:
    event = an_event()
    say_yes(a_member().id, event.id)
    publish_identity(an_admin().id, "Data Leaders", seen=0)
    post()
    assert "Data Leaders" in letter(outbox("seat_given")[0].body).text
