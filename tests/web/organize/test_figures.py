"""Figures of past events on the desk: filters, pictures, and files that spreadsheets can open."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from community.events.models import Event
from community.membership.models import Person
from community.organizing import figures, figures_csv
from community.rsvp.checkin import check_in
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.organizing.test_export import PAYLOADS
from tests.web.browser_without_js import Page
from tests.web.visitors import browser_of

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
TABLES = ("events", "topics", "months", "answers", "seats")
HEADINGS = {
    "events": "date,title,topics,capacity,invited,going,came,show_rate,empty_at_start",
    "topics": "topic,events,invited,going,came,show_rate,empty_at_start",
    "months": "month,events,invited,going,came,show_rate,empty_at_start",
    "answers": "date,title,answers,median_hours,p90_hours",
    "seats": "date,title,direct,promoted,approved,by_hand,offers,offers_taken,offers_expired,"
    "left,left_late,going_at_start,empty_at_start",
}


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def dinner(owner: Person, month: int, day: int, *, year: int = 2026, **facts: object) -> Event:
    at = datetime(year, month, day, 18)  # noqa: DTZ001 - wall time
    with time_machine.travel(at.replace(tzinfo=UTC) - timedelta(days=30), tick=False):
        ends = at + timedelta(hours=3)
        return an_event(owner, starts_at=at, ends_at=ends, timezone="UTC", **facts)


def lived(owner: Person) -> Event:
    """Two invited, one of whom answers after six hours and comes; one who leaves late."""
    a_topic("Data", "data")
    event = dinner(owner, 6, 10, title="June Dinner", capacity=4, topics=("data",))
    ann, bea, cem = a_member("Ann"), a_member("Bea"), a_member("Cem")
    with time_machine.travel(event.starts_at - timedelta(days=9), tick=False):
        invited = [Invitee(one.addresses[0].address) for one in (ann, bea)]
        invite_people(owner.id, event.id, invited)
        say_yes(cem.id, event.id)
    with time_machine.travel(event.starts_at - timedelta(days=9, hours=-6), tick=False):
        coming = say_yes(ann.id, event.id)
    with time_machine.travel(event.starts_at - timedelta(hours=3), tick=False):
        say_no(cem.id, event.id)
    let_in(owner, event, coming)
    return event


def let_in(owner: Person, event: Event, rsvp: Rsvp) -> None:
    with time_machine.travel(event.starts_at, tick=False):
        check_in(owner.id, event.id, rsvp.head.id)


def shown(app: Flask, who: Person, query: str = "") -> Page:
    return browser_of(app, who).get(f"/organize/figures{query}")


def file(app: Flask, who: Person, table: str, query: str = "") -> list[list[str]]:
    page = shown(app, who, f".csv?table={table}{query}")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Content-Disposition"] == f"attachment; filename={table}.csv"
    data = page.response.data
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_desk_leads_there_and_members_find_nothing(app: Flask) -> None:
    owner = an_organizer()
    assert "/organize/figures" in browser_of(app, owner).get("/organize").html
    for address in ("", ".csv?table=events"):
        assert shown(app, a_member(), address).status == 404


def test_without_past_events_the_page_says_so(app: Flask) -> None:
    owner = an_organizer()
    an_event(owner, title="Coming")
    page = shown(app, owner)
    assert page.status == 200
    assert page.says("No event was over in this period")
    for table in TABLES:
        assert file(app, owner, table) == [HEADINGS[table].split(",")]


def test_a_past_event_is_counted_in_every_table(app: Flask) -> None:
    owner = an_organizer()
    lived(owner)
    page = shown(app, owner)
    assert page.says("Half of the invited answered within")
    assert page.says("6 hours")
    assert page.says("June 2026")
    assert page.says("100%")
    assert page.says("Given up within a day of the start")
    assert page.html.count('role="img"') == 1
    assert "style=" not in page.html
    assert file(app, owner, "events")[1:] == [
        ["2026-06-10", "June Dinner", "Data", "4", "2", "1", "1", "1.000", "3"]
    ]
    assert file(app, owner, "topics")[1:] == [["Data", "1", "2", "1", "1", "1.000", "3"]]
    assert file(app, owner, "months")[1:] == [["2026-06", "1", "2", "1", "1", "1.000", "3"]]
    assert file(app, owner, "answers")[1:] == [["2026-06-10", "June Dinner", "1", "6.00", "6.00"]]
    assert file(app, owner, "seats")[1:] == [
        ["2026-06-10", "June Dinner", "2", "0", "0", "0", "0", "0", "0", "1", "1", "1", "3"]
    ]


def test_what_nobody_knows_is_empty_in_a_file_and_a_dash_on_the_page(app: Flask) -> None:
    owner = an_organizer()
    dinner(owner, 6, 10, title="Unlimited", capacity=None)
    assert file(app, owner, "events")[1:] == [
        ["2026-06-10", "Unlimited", "", "", "0", "0", "", "", ""]
    ]
    assert shown(app, owner).says("–")


def test_an_organizer_sees_their_own_events_and_an_admin_all(app: Flask) -> None:
    owner, other = an_organizer(), an_organizer()
    lived(owner)
    dinner(other, 6, 11, title="Theirs")
    assert not shown(app, owner).says("Theirs")
    assert [row[1] for row in file(app, owner, "events")[1:]] == ["June Dinner"]
    assert [row[1] for row in file(app, an_admin(), "events")[1:]] == ["Theirs", "June Dinner"]


def test_a_period_and_a_topic_narrow_page_and_files(app: Flask) -> None:
    owner = an_organizer()
    lived(owner)
    dinner(owner, 7, 1, title="July Dinner")
    dinner(owner, 8, 1, year=2025, title="Long ago")
    assert not shown(app, owner).says("Long ago")
    old = "?from=2025-07-01&to=2025-08-31"
    assert shown(app, owner, old).says("Long ago")
    page = shown(app, owner, "?topic=data")
    assert page.says("June Dinner")
    assert not page.says("July Dinner")
    linked = re.search(r'href="/organize/figures(\.csv\?[^"]*table=events[^"]*)"', page.html)
    assert linked is not None
    query = linked[1].replace("&amp;", "&")
    assert "from=2025-09-02&to=2026-09-01" in query
    assert "topic=data" in query
    rows = csv.reader(io.StringIO(shown(app, owner, query).response.text))
    assert [row[1] for row in rows] == ["title", "June Dinner"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=tomorrow", "Not a valid date value."),
        ("from=2026-02-30", "Not a valid date value."),
        ("to=%00", "Not a valid date value."),
        ("from=2026-06-02&to=2026-06-01", "The last day must not come before the first one."),
        ("from=0001-01-01", "Please choose a year between 2000 and 2100."),
        ("to=9999-12-31", "Please choose a year between 2000 and 2100."),
        ("topic=no-such-topic", "Not a valid choice."),
        ("topic=" + "x" * 4000, "Not a valid choice."),
    ],
)
def test_bad_input_is_said_and_never_a_file(app: Flask, query: str, told: str) -> None:
    owner = an_organizer()
    lived(owner)
    page = shown(app, owner, f"?{query}")
    assert page.status == 422
    assert page.says(told)
    assert not page.says("June Dinner")
    for name, typed in (part.split("=") for part in query.split("&")):
        if name != "topic" and typed != "%00":
            assert page.form("from", "to").values[name] == [typed]
    assert shown(app, owner, f".csv?table=events&{query}").status == 404


@pytest.mark.parametrize("table", ["", "people", "events,topics", "../events", "\x00"])
def test_an_unknown_table_is_no_file(app: Flask, table: str) -> None:
    owner = an_organizer()
    assert (
        browser_of(app, owner)
        .client.get("/organize/figures.csv", query_string={"table": table})
        .status_code
        == 404
    )


def hostile_events(owner: Person) -> list[str]:
    """Events and topics whose names a spreadsheet would run."""
    payloads = [one for one in PAYLOADS if one.strip() and one.isprintable()][:40]
    for n, payload in enumerate(payloads):
        a_topic(f"{payload} {n}"[:80], f"topic-{n}")
        dinner(owner, 1 + n % 8, 1 + n % 28, title=f"{payload} {n}", topics=(f"topic-{n}",))
    return payloads


def runs(cells: set[str]) -> bool:
    return any(cell[0] in "=+-@\t\r" for cell in cells)


def test_no_title_and_no_topic_becomes_a_formula(app: Flask) -> None:
    owner = an_organizer()
    payloads = hostile_events(owner)
    titles = {row[1] for row in file(app, owner, "events")[1:]}
    topics = {row[0] for row in file(app, owner, "topics")[1:]}
    assert len(titles) == len(payloads)
    assert not runs(titles | topics)
    assert {title.removeprefix("'") for title in titles} == {
        " ".join(f"{payload} {n}".split()) for n, payload in enumerate(payloads)
    }


def test_the_check_sees_a_formula_that_nothing_stops(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_csv, "without_formula", lambda text: text)
    owner = an_organizer()
    hostile_events(owner)
    assert runs({row[1] for row in file(app, owner, "events")[1:]})
    assert runs({row[0] for row in file(app, owner, "topics")[1:]})


def test_a_file_has_all_events_and_the_page_says_that_it_has_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST", 2)
    owner = an_organizer()
    for day in (1, 2, 2, 3, 4):
        dinner(owner, 6, day, title=f"Dinner {day}")
    page = shown(app, owner)
    assert page.says("Only the latest 2 events of this period are counted here")
    assert 'to=2026-06-03"' in page.html
    dates = [row[0][-2:] for row in file(app, owner, "events")[1:]]
    assert dates == ["04", "03", "02", "02", "01"]
    assert file(app, owner, "months")[1][1] == "5"
