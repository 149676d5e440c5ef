"""The main job, over HTTP: join, register for the dinner, get the invite, export the list."""

import csv
import io
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest
import vobject

from community.ops import demo
from tests.journeys.running import ROOT, running
from tests.journeys.visitor import Visitor, calendar_of, first_link, plain_text

pytestmark = pytest.mark.slow
DINNER = "/events/boston-leadership-dinner"


def test_a_newcomer_joins_comes_and_is_on_the_exported_list(
    own_database: str, tmp_path: Path
) -> None:
    with running(tmp_path, database_url=own_database) as program:
        with program.app.app_context():
            demo.load()
        ann, mailbox = Visitor(program.url), program.mailbox

        # Joining, confirmed from the mail.
        page = ann.press(
            ann.get("/join"),
            name="Ann Visitor",
            email="Ann@Example.com",
            organization="Harbor & Co",
            job_title="Chief of Staff",
            consent="y",
        )
        assert page.status == 200
        mail = mailbox.wait_for("ann@example.com", "Confirm")
        link = first_link(mail, "/join/confirm/")
        assert ann.get(link).status == 200
        welcome = ann.press(ann.get(link))
        assert welcome.status == 200
        assert "Ann Visitor" in welcome.text

        # One press on the dinner's page.
        page = ann.press(ann.get(DINNER), ("action", "going"))
        assert "You are going" in page.words
        mail = mailbox.wait_for("ann@example.com", "You are going")
        invite = calendar_of(mail)
        entry = icalendar.Calendar.from_ical(invite)
        event = entry.events[0]
        assert entry["METHOD"] == "REQUEST"
        assert event["ATTENDEE"] == "mailto:ann@example.com"
        assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
        assert str(event["ORGANIZER"]).removeprefix("mailto:") in str(mail["From"])
        other = vobject.readOne(invite.decode()).vevent
        assert other.dtstart.value.astimezone(UTC) == event.start.astimezone(UTC)
        assert event.start.strftime("%H:%M") == "18:30"
        assert event.start > datetime.now(UTC)

        # The organizer signs in with a code and exports the list.
        organizer = Visitor(program.url)
        page = organizer.press(organizer.get("/sign-in"), email="organizer@example.org")
        code = re.search(
            r"^\s*(\d{6})\s*$",
            plain_text(mailbox.wait_for("organizer@example.org", "code")),
            re.MULTILINE,
        )
        assert code is not None
        organizer.press(page, code=code[1])
        desk = organizer.get(f"/organize{DINNER}/attendees")
        assert "Ann Visitor" in desk.text
        export = organizer.get(f"/organize{DINNER}/attendees.csv")
        assert export.body.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(export.body.decode("utf-8-sig"))))
        assert [r["status"] for r in rows if r["email"] == "ann@example.com"] == ["going"]

        # The same export by the command line.
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "flask",
                "events",
                "export",
                "boston-leadership-dinner",
                "--format",
                "csv",
                "--output",
                "-",
            ],
            cwd=ROOT,
            env=program.environment,
            capture_output=True,
            check=True,
        )
        assert done.stdout == export.body

        # Leaving takes it out of the calendar.
        ann.press(ann.get(f"{DINNER}/rsvp"), ("action", "withdraw"))
        cancel = icalendar.Calendar.from_ical(
            calendar_of(mailbox.wait_for("ann@example.com", "not coming"))
        )
        assert cancel["METHOD"] == "CANCEL"
        assert cancel.events[0]["UID"] == event["UID"]
        assert cancel.events[0]["SEQUENCE"] > event["SEQUENCE"]


def test_a_visitor_without_an_account_registers_from_the_mail(
    own_database: str, tmp_path: Path
) -> None:
    with running(tmp_path, database_url=own_database) as program:
        with program.app.app_context():
            demo.load()
        bob, mailbox = Visitor(program.url), program.mailbox
        page = bob.press(
            bob.get(f"{DINNER}/rsvp"), ("action", "going"), name="Bob", email="bob@example.com"
        )
        assert page.status == 200
        assert "nothing is reserved" in page.words.lower()
        link = first_link(mailbox.wait_for("bob@example.com", "confirm"), "/rsvp/confirm/")
        for reader in (Visitor(program.url), bob):  # a mail scanner, then the person
            assert reader.get(link).status == 200
        assert [str(m["Subject"]) for m in mailbox.mails_to("bob@example.com")] == [
            "Please confirm your answer: Boston Leadership Dinner"
        ]
        bob.press(bob.get(link))
        mail = mailbox.wait_for("bob@example.com", "You are going")
        assert b"METHOD:REQUEST" in calendar_of(mail)
        # On another machine the mailed page lets him leave without signing in.
        elsewhere = Visitor(program.url)
        own = elsewhere.get(first_link(mail, "/rsvp/"))
        assert "bob@example.com" not in own.text
        elsewhere.press(own, ("action", "withdraw"))
        mailbox.wait_for("bob@example.com", "not coming")
