"""The audit log on the desk: an event's for its hosts, all of it for admins, as page and file."""

import csv
import io
import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.core.origin import Origin, acting
from community.events.cloning import clone_event
from community.events.drafts import edit_event
from community.events.models import Event, HostRole, Visibility
from community.events.team import add_helper
from community.membership.models import Person
from community.membership.standing import suspend
from community.organizing.models import AuditEntry
from community.privacy.erasing import erase_person
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.organizing.test_export import PAYLOADS
from tests.web.browser_without_js import Browser, signed_in


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga Host")


@pytest.fixture
def event(owner: Person) -> Event:
    return an_event(owner, capacity=30, guests_allowed=1)


@pytest.fixture
def desk(app: Flask, owner: Person) -> Browser:
    return signed_in(app, owner)


def log_of(event: Event) -> str:
    return f"/organize/events/{event.slug}/log"


@transactional
def an_entry(**facts: object) -> None:
    db.session.add(AuditEntry(**{"via": "web", "details": {}, **facts}))


def rows_of(browser: Browser, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status == 200
    assert answer.response.mimetype == "text/csv"
    text = answer.response.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_hosts_read_what_happened_with_what_was_there_before(
    desk: Browser, owner: Person, event: Event
) -> None:
    ann = a_member("Ann Guest")
    with acting(Origin(ann.id, "web", "192.0.2.7")):
        say_yes(ann.id, event.id)
        say_yes(ann.id, event.id, guests=[Guest("Bea")])
    draft = replace(
        a_draft(guests_allowed=1),
        capacity=40,
        visibility=Visibility.MEMBERS,
        description="Long prose.",
    )
    with acting(Origin(owner.id, "web")):
        edit_event(owner.id, event.id, draft)
    page = " ".join(desk.get(log_of(event)).html.split())
    assert "Ann Guest has a seat." in page
    assert "Heads: <del>1</del>" in page
    assert "Seats: <del>30</del>" in page
    assert "<ins>40</ins>" in page
    assert "Who may see it: <del>Everybody</del>" in page
    assert "Also changed: Description" in page
    assert "Long prose." not in page
    assert "192.0.2.7" not in page  # a guest's network is not for hosts
    assert page.index("The event was changed.") < page.index("The event was published.")
    desk.get(f"/organize/events/{event.slug}")
    assert log_of(event) in desk.page.links


def test_admins_read_everything_and_from_where(app: Flask, event: Event) -> None:
    admin, ann = an_admin("Root"), a_member("Ann Guest")
    with acting(Origin(ann.id, "web", "192.0.2.7")):
        say_yes(ann.id, event.id)
    with acting(Origin(admin.id, "web")):
        suspend(admin.id, ann.id, "Enough.")
    root = signed_in(app, admin)
    page = " ".join(root.get("/organize/log").html.split())
    assert "The membership of Ann Guest was suspended." in page
    assert "Membership: <del>Member</del>" in page
    assert "192.0.2.7" in page
    assert "Enough." not in page
    root.get(f"/organize/people/{ann.id}")
    mine = f"/organize/log?person={ann.id}"
    assert mine in root.page.links
    text = root.get(mine).text
    assert "What Ann Guest did" in text
    assert "Olga Host" not in text


def test_an_answers_page_leads_to_its_own_entries(desk: Browser, event: Event) -> None:
    rsvp = say_yes(a_member("Ann Guest").id, event.id)
    say_yes(a_member("Bea Guest").id, event.id)
    desk.get(f"/organize/events/{event.slug}/attendees/{rsvp.id}")
    own = f"{log_of(event)}?rsvp={rsvp.id}"
    assert own in desk.page.links
    text = desk.get(own).text
    assert "Ann Guest has a seat." in text
    assert "Bea Guest" not in text


def test_a_name_that_several_have_is_asked_about(desk: Browser, event: Event) -> None:
    for name in ("Ann One", "Ann Two", "Bea"):
        say_yes(a_member(name).id, event.id)
    several = desk.get(f"{log_of(event)}?who=ann").text
    assert "Who is meant?" in several
    assert "has a seat" not in several
    one = next(link for link in desk.page.links if "person=" in link)
    assert "Ann One has a seat." in desk.get(one).text
    assert "Ann Two" not in desk.get(one).text
    assert "Bea has a seat." in desk.get(f"{log_of(event)}?who=bea").text
    nobody = desk.get(f"{log_of(event)}?who=nobody+at+all").text
    assert "Nothing is noted here" in nobody


def test_groups_ways_and_days_narrow_it(desk: Browser, event: Event) -> None:
    say_yes(a_member("Ann Guest").id, event.id)
    assert "published" not in desk.get(f"{log_of(event)}?group=answers").text
    assert "Ann Guest" not in desk.get(f"{log_of(event)}?group=event").text
    assert "Nothing is noted here" in desk.get(f"{log_of(event)}?via=mail").text
    assert "Ann Guest" in desk.get(f"{log_of(event)}?since=2020-01-01").text
    assert "Nothing is noted here" in desk.get(f"{log_of(event)}?until=2020-01-01").text


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=0001-01-01",
        "until=9999-12-31",
        "since=2026-02-02&until=2026-02-01",
        "group=no-such",
        "group=membership",  # only in the whole log
        "via=pigeon",
        "who=" + "x" * 300,
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    desk: Browser, event: Event, query: str
) -> None:
    say_yes(a_member("Ann Guest").id, event.id)
    answer = desk.get(f"{log_of(event)}?{query}")
    assert answer.status == 422
    assert "Please look at this again" in answer.text
    assert "Ann Guest" not in answer.text
    if query == "since=yesterday":
        assert 'value="yesterday"' in answer.html
    assert desk.get(f"{log_of(event)}.csv?{query}").status == 404


@pytest.mark.parametrize(
    "query", ["person=x", "person=99999999999", "rsvp=0", "rsvp=-1", "person=%00", "rsvp=1e3"]
)
def test_what_is_not_there_looks_absent(desk: Browser, event: Event, query: str) -> None:
    assert desk.get(f"{log_of(event)}?{query}").status == 404


def test_a_host_learns_nothing_about_anything_else(app: Flask, desk: Browser, event: Event) -> None:
    other = an_event(an_organizer("Otto Other"), title="Another Dinner")
    stranger = a_member("Sam Stranger")
    elsewhere = say_yes(stranger.id, other.id)
    assert desk.get(log_of(other)).status == 404
    assert desk.get(f"{log_of(other)}.csv").status == 404
    assert desk.get(f"{log_of(event)}?rsvp={elsewhere.id}").status == 404
    assert desk.get(f"{log_of(event)}?person={stranger.id}").status == 404
    assert "Sam" not in desk.get(f"{log_of(event)}?who=stranger&via=").text.replace("stranger", "")
    assert desk.get("/organize/log").status == 404
    assert desk.get("/organize/log.csv").status == 404


def test_a_co_host_reads_it_and_who_is_at_the_door_does_not(
    app: Flask, owner: Person, event: Event
) -> None:
    cohost, door = a_member("Cleo"), a_member("Dora")
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    text = signed_in(app, cohost).get(log_of(event)).text
    assert "Dora was added to the team." in text
    assert signed_in(app, door).get(log_of(event)).status == 404


def test_who_was_erased_has_no_name_in_it(desk: Browser, event: Event) -> None:
    ann = a_member("Ann Guest")
    with acting(Origin(ann.id, "web")):
        say_yes(ann.id, event.id)
    erase_person(ann.id)
    text = desk.get(log_of(event)).text
    assert "Ann Guest" not in text
    assert "Erased person has a seat." in text


def test_pages_go_on_where_they_ended(desk: Browser, event: Event) -> None:
    for _ in range(60):
        an_entry(action="PreviewOpened", event_id=event.id)
    first = desk.get(f"{log_of(event)}?group=event").text
    assert first.count("A link that shows the draft was made.") == 50
    older = next(link for link in desk.page.links if "after=" in link)
    assert "group=event" in older
    second = desk.get(older).text
    assert second.count("A link that shows the draft was made.") == 10
    assert desk.get(f"{log_of(event)}?after=xx").status == 409


def test_an_action_that_nobody_worded_shows_what_was_noted(desk: Browser, event: Event) -> None:
    an_entry(action="LongGone", event_id=event.id, details={"n": 7, "why": "<b>old</b>"})
    an_entry(action="DraftDeleted", event_id=event.id)  # erasing took its details away
    text = desk.get(log_of(event)).text
    assert "LongGone" in text
    assert "<b>old</b>" in text  # as text
    assert "The draft “…” was deleted." in text


def test_numbers_stand_where_one_reads_as_well_as_many(app: Flask) -> None:
    an_entry(action="SessionsRevoked", details={"sessions": 1})
    an_entry(action="AttendeesExported", details={"format": "csv", "count": 1})
    text = signed_in(app, an_admin()).get("/organize/log").text
    assert "was signed out. Browsers signed out: 1." in text
    assert "The attendees left as a file (csv, answers: 1)." in text


def test_the_file_holds_what_the_page_is_narrowed_to(
    desk: Browser, owner: Person, event: Event
) -> None:
    ann = a_member("Ann Guest")
    with acting(Origin(ann.id, "web", "192.0.2.7")):
        say_yes(ann.id, event.id)
    with acting(Origin(owner.id, "web")):
        edit_event(owner.id, event.id, replace(a_draft(guests_allowed=1), capacity=40))
    rows = rows_of(desk, f"{log_of(event)}.csv")
    assert [row["action"] for row in rows] == [
        "EventEdited",
        "SeatGiven",
        "EventPublished",
        "EventDrafted",
    ]
    assert rows[0]["changed"] == "Seats: 30 → 40"
    assert rows[1]["sentence"] == "Ann Guest has a seat."
    assert (rows[1]["by"], rows[1]["via"], rows[1]["network"]) == ("Ann Guest", "Website", "")
    assert [row["action"] for row in rows_of(desk, f"{log_of(event)}.csv?group=answers")] == [
        "SeatGiven"
    ]


def test_the_admins_file_says_from_which_network(app: Flask, event: Event) -> None:
    ann = a_member("Ann Guest")
    with acting(Origin(ann.id, "web", "192.0.2.7")):
        say_yes(ann.id, event.id)
    root = signed_in(app, an_admin())
    rows = rows_of(root, f"/organize/log.csv?person={ann.id}&group=answers")
    assert [(row["network"], row["event"]) for row in rows] == [("192.0.2.7", event.title)]


def test_no_cell_of_the_file_is_a_formula(desk: Browser, event: Event) -> None:
    for payload in PAYLOADS:
        name = payload.replace("\x00", "") or "x"
        an_entry(action=name[:60], event_id=event.id, via=name[:20], details={"x": payload[:5]})
    for row in rows_of(desk, f"{log_of(event)}.csv"):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
        if row["changed"]:
            json.loads(row["changed"])


def test_reading_writes_nothing(desk: Browser, event: Event) -> None:
    count = sa.select(sa.func.count(AuditEntry.id))
    before = db.session.scalar(count)
    db.session.rollback()
    desk.get(log_of(event))
    desk.get(f"{log_of(event)}.csv")
    assert db.session.scalar(count) == before


@pytest.mark.parametrize("seen", [Visibility.PUBLIC, Visibility.INVITED])
def test_a_log_names_no_other_event_that_its_reader_may_not_know(
    app: Flask, owner: Person, seen: Visibility
) -> None:
    source = an_event(owner, title="Layoffs", visibility=seen)
    [copy] = clone_event(owner.id, source.id, starts_at=source.starts_local)
    ann = a_member("Ann")
    add_helper(owner.id, copy.id, ann.address, HostRole.COHOST)
    log = signed_in(app, ann).get(f"/organize/events/{copy.slug}/log")
    assert log.says("“Layoffs”") == (seen == Visibility.PUBLIC)
    assert log.says("The event was made like")
