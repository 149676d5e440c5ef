"""The attendee list on the desk, and its export."""

import csv
import io
from urllib.parse import urlencode

import pytest
from flask import Flask

from community.core.db import db
from community.events.drafts import edit_event
from community.events.models import Event
from community.organizing import roster
from community.organizing.saved_views import Shown, list_views, save_view
from community.organizing.segments import Segment
from community.rsvp.answers import Typed
from community.rsvp.models import RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, a_topic, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.questions import a_question
from tests.organizing.test_roster import counted_queries
from tests.rsvp.states import answer_in
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


def test_conditions_are_chips_and_each_is_taken_off_by_itself(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=2, guests_allowed=1)
    menu = a_question(event, QuestionKind.ONE_OF, "Menu?")
    known = ("Ann Lee", "Bea Ruiz", "Cem Kaya")
    for name, option in zip(known, ("o1", "o2", "o1"), strict=True):
        say_yes(a_member(name).id, event.id, answers={menu.id: Typed(options=(option,))})
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    page = browser.get(f"{base}?status=going&answer-{menu.id}=o1")
    assert names(page, *known) == ["Ann Lee"]
    assert page.says("Menu? Fish")
    (off,) = [link for link in page.links if link == f"{base}?status=going"]
    assert names(browser.get(off), *known) == ["Ann Lee", "Bea Ruiz"]
    page = browser.get(f"{base}?not_status=going")
    assert names(page, *known) == ["Cem Kaya"]
    assert page.says("not: Going")
    assert base in page.links
    page = browser.get(f"{base}?not_answer-{menu.id}=o1")
    assert names(page, *known) == ["Bea Ruiz"]
    assert page.says("Menu? not Fish")


def test_the_form_holds_what_the_address_says(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    topic, menu = a_topic(), a_question(event, QuestionKind.ONE_OF, "Menu?")
    said = {
        "status": ["going", "invited"],
        "not_status": ["declined"],
        "topic": [topic.slug],
        f"answer-{menu.id}": ["o2"],
        f"not_answer-{menu.id}": ["o1"],
        "unanswered": [str(menu.id)],
        "checked_in": ["no"],
        "first": ["yes"],
        "silent_since": ["2026-11-02"],
        "maybe": ["no"],
        "q": ["ann"],
        "sort": ["-name"],
        "columns": ["status", "checked_in_at"],
    }
    query = urlencode(said, doseq=True)
    page = browser_of(app, owner).get(f"/organize/events/{event.slug}/attendees?{query}")
    assert page.status == 200
    sent = {name: one for name, one in page.form("q").values.items() if one != [""]}
    assert sent == said


def test_what_is_not_understood_is_said_on_the_page(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member("Ann").id, event.id)
    base = f"/organize/events/{event.slug}/attendees"
    browser = browser_of(app, owner)
    page = browser.get(f"{base}?silent_since=yesterday&state=going")
    assert page.says("Not understood: silent_since, state")
    assert page.says("Ann")
    for query in ("silent_since=yesterday", "state=going", "unanswered=x"):
        assert browser.get(f"{base}.csv?{query}").status == 404
    assert exported(browser, event, "?sort=-name&columns=status")


def test_a_list_is_sorted_both_ways(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    known = ("Cem", "Ann", "Bea")
    for name in known:
        say_yes(a_member(name).id, event.id)
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    page = browser.get(f"{base}?sort=name")
    assert f"{base}?sort=-name" in page.links
    page = browser.get(f"{base}?sort=-name")
    assert names(page, *known) == ["Cem", "Bea", "Ann"]
    assert f"{base}?sort=name" in page.links
    assert names(browser.get(f"{base}?sort=-answered"), *known) == ["Bea", "Ann", "Cem"]


def test_only_the_chosen_columns_are_shown(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    ann = a_member("Ann", "ann@example.com", organization="Acme")
    say_yes(ann.id, event.id, dietary="vegan", note="Late by ten")
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    page = browser.get(f"{base}?columns=note&columns=email")
    assert page.says("Late by ten")
    assert page.says("ann@example.com")
    for words in ("vegan", "Acme", "on the website", "seats were free"):
        assert not page.says(words)
    page = browser.get(f"{base}?columns=nonsense")
    assert page.says("vegan")


def test_a_view_is_saved_and_shown(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    for name in ("Ann", "Bea"):
        say_yes(a_member(name).id, event.id)
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    browser.get(f"{base}?status=waitlisted&columns=status&sort=-name")
    page = browser.submit({"name": "Who waits"})
    assert page.says("The view is saved.")
    (link,) = [one for one in page.links if one.startswith(f"{base}?") and "sort=-name&view" in one]
    page = browser.get(link)
    assert names(page, "Ann", "Bea") == ["Bea"]
    assert page.says("View “Who waits”")


def test_a_view_that_was_changed_can_be_kept_so_renamed_and_deleted(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member("Ann").id, event.id)
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    view = save_view(owner.id, event.id, "Going", Shown(Segment(statuses=("going",))))
    page = browser.get(f"{base}?status=going&view={view.id}")
    assert not page.says("The list differs from what the view keeps.")
    page = browser.get(f"{base}?status=declined&view={view.id}")
    assert page.says("The list differs from what the view keeps.")
    browser.submit(at="/replace")
    assert stored(event) == [("Going", ("declined",))]
    token = browser.page.form("name").values["csrf_token"][0]
    page = browser.post(f"{base}/views/{view.id}", {"csrf_token": token, "name": "No"})
    assert page.says("The view has another name now.")
    assert stored(event) == [("No", ("declined",))]
    page = browser.submit(at="/delete")
    assert page.says("The view is deleted.")
    assert stored(event) == []
    assert browser.get(f"{base}?view=1").status == 200


def stored(event: Event) -> list[tuple[str, tuple[str, ...]]]:
    db.session.rollback()
    db.session.expire_all()
    return [(view.name, view.segment.statuses) for view in list_views(event.id)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Please give the view a name."),
        ("x" * 81, "80"),
        ("TAKEN", "There is a view of that name already."),
    ],
)
def test_a_view_without_a_good_name_is_asked_again(app: Flask, name: str, said: str) -> None:
    owner = an_organizer()
    event = an_event(owner)
    view = save_view(owner.id, event.id, "Taken", Shown())
    other = save_view(owner.id, event.id, "Other", Shown())
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    browser.get(f"{base}?q=ann")
    page = browser.submit({"name": name})
    assert page.status == 422
    assert page.says(said)
    assert page.form("name").values["name"] == [name]
    assert page.form("q").values["q"] == ["ann"]
    token = page.form("name").values["csrf_token"][0]
    page = browser.post(f"{base}/views/{other.id}", {"csrf_token": token, "name": name})
    assert page.status == 422
    assert [one for one, _ in stored(event)] == ["Other", "Taken"]
    assert view.name == "Taken"


def test_the_views_of_another_event_are_not_found(app: Flask) -> None:
    owner = an_organizer()
    event, other = an_event(owner), an_event(owner)
    view = save_view(owner.id, other.id, "Theirs", Shown())
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    token = browser.get(base).form("name").values["csrf_token"][0]
    for path in ("", "/replace"):
        sent = {"csrf_token": token, "name": "Mine"}
        assert browser.post(f"{base}/views/{view.id}{path}", sent).status == 404
    browser.post(f"{base}/views/{view.id}/delete", {"csrf_token": token})
    assert stored(other) == [("Theirs", ())]


def test_every_event_has_views_of_its_own_accord(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    browser, base = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    say_yes(a_member("Ann").id, event.id)
    assert not browser.get(base).says("Answers missing")
    asked = a_question(event, label="Train?", required=True)
    page = browser.get(base)
    for words in ("Has not answered", "Going, not in yet", "First time here", "Answers missing"):
        assert page.says(words)
    (link,) = [one for one in page.links if f"unanswered={asked.id}" in one]
    assert browser.get(link).says("Ann")
    (link,) = [one for one in page.links if "checked_in=no" in one]
    assert browser.get(link).says("Ann")


def test_a_page_costs_as_many_queries_with_three_rows_as_with_a_hundred(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    browser, costs = browser_of(app, owner), []
    base = f"/organize/events/{event.slug}/attendees"
    for rows in (3, 97):
        for _ in range(rows):
            answer_in(RsvpStatus.GOING, event.id)
        costs.append([queries_of(browser, base + query) for query in QUERIES])
    assert costs[0] == costs[1]
    assert max(costs[0]) < 30


QUERIES = ("", "?sort=name", "?sort=-status&status=going", "?first=yes&checked_in=no&q=member")


def queries_of(browser: Browser, path: str) -> int:
    with counted_queries() as seen:
        assert browser.get(path).status == 200
    return len(seen)
