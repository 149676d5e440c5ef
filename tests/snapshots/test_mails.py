"""Every kind of mail as its reader gets it, compared with the text kept beside this file.

``WRITE_SNAPSHOTS=1`` writes them anew: then read the difference before you keep it.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from community.membership.models import Person
from tests.factories.mails import letter, post
from tests.factories.people import a_member, an_organizer
from tests.mail.moody import moody
from tests.snapshots import answers, helping, invitations, messages, scenes
from tests.snapshots.scenes import ANN

FOLDER = Path(__file__).parent
WRITE = bool(os.environ.get("WRITE_SNAPSHOTS"))

# What is drawn by lot, and ids, which a database counts as it likes.
RANDOM = [
    (r"rsvp\+[a-z02-7]{26}@", "rsvp+KEY@"),
    (r"/(rsvp|guest)/\d+-[0-9a-f]{32}", r"/\1/TOKEN"),
    (r"\b[0-9A-HJKMNP-TV-Z]{1,7}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b", "DOOR-CODE"),
    (r"/unsubscribe/[a-z]+-\d+-[0-9a-f]{32}", "/unsubscribe/TOKEN"),
    (r"/members/[a-z-]+-[a-z0-9]{6}", "/members/HANDLE"),
    (r"/unsubscribe/(?:events|applications)-\d+-[0-9a-f]{32}", "/unsubscribe/TOKEN"),
    (
        r"(/answers|/helping|/join/confirm|/invited|/rsvp/confirm|/sign-in/link|/profile/email/confirm)/[\w-]{43}",
        r"\1/TOKEN",
    ),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"(?m)^((?:Subject: )|  )\d{6}\b", r"\g<1>CODE"),
    (r"(?m)^DTSTAMP:.*|^LAST-MODIFIED:.*", "STAMP"),
    # Where a line is broken depends on how many digits an id has.
    (r"(?<=/rsvp/TOKEN>)\s+knows\s+more\.", " knows more."),
]


SCENES: dict[str, Callable[[Person, Person], None]] = {
    **invitations.SCENES,
    **answers.SCENES,
    **helping.SCENES,
    **messages.SCENES,
    "application_approved": scenes.being_approved,
    "application_declined": scenes.being_declined,
    "applications_wait": scenes.hearing_of_an_application,
    "applications_wait.several": scenes.hearing_of_several_applications,
    "address_asked": scenes.hearing_of_an_address,
    "address_changed": scenes.changing_the_address,
    "address_confirm": scenes.asking_for_an_address,
    "address_taken": scenes.asking_for_a_taken_address,
    "calendar_selftest": scenes.testing_the_calendar,
    "connection_accepted": scenes.being_accepted,
    "connection_asked": scenes.being_asked_to_connect,
    "erased": scenes.being_erased,
    "event_cancelled": scenes.cancelling,
    "new_event": scenes.publishing,
    "event_changed": scenes.moving,
    "event_changed.clocks": scenes.following_the_clocks,
    "event_changed.words": scenes.rewording,
    "export_ready": scenes.taking_everything_out,
    "guest_cancelled": scenes.being_brought_in_vain,
    "guest_changed": scenes.being_brought_to_another_place,
    "guest_declined": scenes.losing_a_guest,
    "guest_going": scenes.being_brought,
    "guest_left": scenes.being_left_out,
    "invitation": scenes.inviting,
    "invitation_again": scenes.inviting_a_member,
    "invite_gone": scenes.leaving_the_old_calendar,
    "invite_moved": scenes.entering_the_new_calendar,
    "invite_moved.line": scenes.entering_the_new_calendar_as_waiting,
    "join_again": scenes.joining_again,
    "join_confirm": scenes.joining,
    "join_confirm.approval": scenes.joining_by_approval,
    "join_invited": scenes.being_imported,
    "join_closed": scenes.joining_while_suspended,
    "left": scenes.leaving,
    "left.line": scenes.leaving_the_line,
    "on_team": scenes.co_organizing,
    "on_team.door": scenes.working_at_the_door,
    "on_team.owner": scenes.being_handed_an_event,
    "membership_ended": scenes.being_let_go,
    "membership_ended.own": scenes.leaving_the_community,
    "records_merged": scenes.becoming_one,
    "reinstated": scenes.being_reinstated,
    "seat_folded": scenes.having_answered_twice,
    "lapsed": scenes.letting_it_run_out,
    "offered": scenes.being_offered,
    "party_changed": scenes.bringing_somebody,
    "party_changed.alone": scenes.bringing_nobody,
    "refused": scenes.asking_in_vain,
    "removed": scenes.being_removed,
    "removed.line": scenes.being_removed_from_the_line,
    "requested": scenes.asking,
    "rsvp_confirm": scenes.visiting,
    "rsvp_confirm.no": scenes.declining,
    "seat_added": scenes.being_added,
    "seat_given": scenes.going,
    "seat_given.promoted": scenes.going_with_guests_after_waiting,
    "sign_in": scenes.signing_in,
    "sign_in_unknown": scenes.signing_in_unknown,
    "suspended": scenes.being_suspended,
    "waitlisted": scenes.waiting,
}


def as_read(data: bytes) -> str:
    """Subject, addresses, plain text and calendar part; what is random masked."""
    mail = letter(data)
    lines = [f"Subject: {mail.subject}", f"From: {mail.sender}", f"To: {mail.recipient}", ""]
    text = "\n".join(lines) + "\n" + mail.text
    if mail.calendar is not None:
        text += f"\n[text/calendar; method={mail.calendar_method}]\n\n"
        text += mail.calendar.replace(b"\r\n ", b"").replace(b"\r\n", b"\n").decode()
    for pattern, mask in RANDOM:
        text = re.sub(pattern, mask, text)
    return text


@pytest.mark.parametrize("scene", SCENES)
def test_a_mail_reads_as_it_did(app: Flask, scene: str) -> None:
    with time_machine.travel("2026-06-01 12:00Z"), moody() as server:
        SCENES[scene](a_member("Ann Lee", ANN), an_organizer())
        post(server.way_in())
    data = [data for address, data in server.taken if address in {ANN, "cy@example.org"}][-1]
    read = as_read(data)
    file = FOLDER / f"{scene}.txt"
    if WRITE:
        file.write_text(read)
    assert read == file.read_text()
    body = read.partition("\n\n")[2].partition("\n[text/calendar")[0]
    assert "\n\n\n" not in body, "an empty line too many"
    assert max(len(line) for line in body.split("\n")) <= 78 or "http" in body
    assert body.endswith("\n")
