"""The attendee list on the desk, and its export."""

import csv
import io

import pytest
from flask import Flask

from community.events.drafts import edit_event
from community.events.models import Event
from community.organizing import roster
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of


def names(page: Page, *known: str) -> list[str]:
    """Those of the known names that the page shows, in its order."""
    found = [(page.text.index(name), name) for name in known if page.says(name)]
    return [name for _, name in sorted(found)]


def exported(browser: Browser, event: Event, query: str = "") -> list[dict[str, str]]:
    page = browser.get(f"/organize/events/{event.slug}/attendees.csv{query}")
    assert page.status == 200
    text = page.response.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_list_says_who_comes_with_whom_what_they_eat_and_why(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=3, guests_allowed=1)
    ann = a_member("Ann Lee", "ann@example.com", organization="Acme", job_title="CDO")
    say_yes(ann.id, event.id, guests=[Guest("Bo", "no nuts")], dietary="vegan", note="Late")
    say_yes(a_member("Cem").id, event.id, guests=[Guest("Dora")])
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees")
    for words in ("Ann Lee", "CDO, Acme", "ann@example.com", "with Bo", "vegan; Bo: no nuts"):
        assert page.says(words)
    assert page.says("3 seats were free, 2 wanted.")
    assert page.says("Number 1 in line")
    assert page.says("1 seat was free, 2 wanted.")


def test_the_reasons_follow_what_happened(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    people = [a_member(name) for name in ("Ann", "Bea", "Cem")]
    for person in people:
        say_yes(person.id, event.id)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees")
    assert page.says("No seat was free.")
    say_no(people[0].id, event.id, word="I am ill.")
    edit_event(owner.id, event.id, a_draft(capacity=2))
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees")
    for words in (
        "Withdrew. “I am ill.”",
        "Moved up when a seat became free.",
        "Moved up when the event got more seats.",
    ):
        assert page.says(words)


def test_requests_wait_for_the_organizers_yes(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True)
    say_yes(a_member().id, event.id)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees")
    assert page.says("Waits for your yes.")


def test_the_list_narrows_sorts_and_searches(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=2)
    known = ("Cem Kaya", "Ann Lee", "Bea Ruiz")
    for name in known:
        say_yes(a_member(name).id, event.id)
    browser = browser_of(app, owner)
    base = f"/organize/events/{event.slug}/attendees"
    assert names(browser.get(base), *known) == ["Cem Kaya", "Ann Lee", "Bea Ruiz"]
    by_name = browser.get(f"{base}?sort=name")
    assert names(by_name, *known) == ["Ann Lee", "Bea Ruiz", "Cem Kaya"]
    assert names(browser.get(f"{base}?status=waitlisted"), *known) == ["Bea Ruiz"]
    assert names(browser.get(f"{base}?q=LEE"), *known) == ["Ann Lee"]
    assert browser.get(f"{base}?q=nobody").says("Nobody matches")
    assert browser.get(base).status == 200
    for strange in ("?sort=%00", "?status=%00", "?q=%00", "?status=sleeping", "?q=" + "x" * 5000):
        assert browser.get(base + strange).status == 200


def test_a_long_list_comes_in_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "PAGE", 2)
    owner = an_organizer()
    event = an_event(owner)
    known = ("Ann", "Bea", "Cem")
    for name in known:
        say_yes(a_member(name).id, event.id)
    browser = browser_of(app, owner)
    page = browser.get(f"/organize/events/{event.slug}/attendees?sort=name&status=going")
    assert names(page, *known) == ["Ann", "Bea"]
    (more,) = [link for link in page.links if "after=" in link]
    page = browser.get(more)
    assert names(page, *known) == ["Cem"]
    assert not [link for link in page.links if "after=" in link]


@pytest.mark.parametrize("after", ["nonsense", "%00", "W10", "A" * 3000])
def test_a_cursor_that_is_not_ours_is_refused(app: Flask, after: str) -> None:
    owner = an_organizer()
    event = an_event(owner)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees?after={after}")
    assert page.status == 409


def test_an_empty_list_says_so(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    browser = browser_of(app, owner)
    page = browser.get(f"/organize/events/{event.slug}/attendees")
    assert page.says("Nobody has answered yet")
    assert exported(browser, event) == []


def test_the_export_is_a_file_of_everybody_in_any_state(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    left = a_member("Left")
    for person in (left, a_member("Seated"), a_member("Waiting")):
        say_yes(person.id, event.id)
    say_no(left.id, event.id)
    browser = browser_of(app, owner)
    assert [(row["name"], row["status"]) for row in exported(browser, event)] == [
        ("Left", "withdrawn"),
        ("Seated", "going"),
        ("Waiting", "waitlisted"),
    ]
    headers = browser.page.headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == f"attachment; filename={event.slug}-attendees.csv"
    assert headers["Cache-Control"] == "no-store"
    assert [row["name"] for row in exported(browser, event, "?status=going")] == ["Seated"]


def test_a_mistyped_state_exports_nobody_rather_than_everybody(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees.csv?status=goin")
    assert page.status == 404


@pytest.mark.parametrize("kind", ["exe", "csv.exe", "CSV", "%00", ""])
def test_there_is_no_export_of_an_unknown_kind(app: Flask, kind: str) -> None:
    owner = an_organizer()
    event = an_event(owner)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees.{kind}")
    assert page.status == 404


def test_a_formula_in_a_name_is_a_text_in_the_file(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member('=HYPERLINK("http://evil.example")').id, event.id, note="+1")
    (row,) = exported(browser_of(app, owner), event)
    assert row["name"] == '\'=HYPERLINK("http://evil.example")'
    assert row["note"] == "'+1"


def test_a_large_export_is_sent_while_it_is_read(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    for _ in range(40):
        say_yes(a_member().id, event.id, note="n" * 1000)
    browser = browser_of(app, owner)
    response = browser.client.get(f"/organize/events/{event.slug}/attendees.csv")
    assert "Content-Length" not in response.headers
    assert len(list(response.iter_encoded())) > 1


def test_a_reader_who_goes_away_gives_the_connection_back(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    for _ in range(40):
        say_yes(a_member().id, event.id, note="n" * 1000)
    browser = browser_of(app, owner)
    for _ in range(30):  # more than the pool has
        response = browser.client.get(f"/organize/events/{event.slug}/attendees.csv")
        response.close()
    assert len(exported(browser, event)) == 40


def test_the_list_and_the_file_are_for_hosts_and_admins_only(app: Flask) -> None:
    event = an_event()
    say_yes(a_member("Ann", "ann@example.com").id, event.id)
    base = f"/organize/events/{event.slug}/attendees"
    for person in (a_member(), an_organizer()):
        browser = browser_of(app, person)
        for path in (base, f"{base}.csv"):
            page = browser.get(path)
            assert page.status == 404
            assert b"ann@example.com" not in page.response.data
    assert Browser(app).get(f"{base}.csv").path.startswith("/sign-in")
    assert len(exported(browser_of(app, an_admin()), event)) == 1
