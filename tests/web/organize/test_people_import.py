"""Importing people on the desk: hand in, look, start, watch; for admins alone."""

import csv
import io

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.membership import import_queries
from community.membership.import_models import Import, ImportState
from community.membership.import_queries import get_import
from community.membership.importing import start_import, work_on_due
from community.membership.models import Membership, Person
from community.membership.queries import find_owner
from tests.factories.imports import an_import, checked, imported
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of

PAGE = "/organize/people/import"
TEXT = "name,email\nAnn Lee,ann@example.org\nBob,bob\nAnn,ANN@example.org\n"


def hand_in(browser: Browser, data: str | bytes, name: str = "people.csv") -> Page:
    browser.get(PAGE)
    raw = data.encode() if isinstance(data, str) else data
    return browser.submit({"file": (io.BytesIO(raw), name)})  # type: ignore[dict-item]  # a file


def hand_in_raw(browser: Browser, data: bytes) -> int:
    """The same as bytes on the wire: the test client keeps large files open."""
    token = browser.get(PAGE).form("file").values["csrf_token"][0]
    head = 'Content-Disposition: form-data; name="'
    parts = [
        f'--xx\r\n{head}csrf_token"\r\n\r\n{token}\r\n--xx\r\n'.encode(),
        f'{head}file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode(),
        data,
        b"\r\n--xx--\r\n",
    ]
    content_type = "multipart/form-data; boundary=xx"
    answer = browser.client.post(PAGE, data=b"".join(parts), content_type=content_type)
    return answer.status_code


def work() -> None:
    """What the worker does, which sees the database as it is now."""
    db.session.rollback()
    work_on_due()


def people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_a_list_is_handed_in_checked_looked_at_started_and_done(app: Flask) -> None:
    browser = browser_of(app, an_admin("Olga Host"))
    page = hand_in(browser, TEXT, "Our people.csv")
    assert page.status == 200
    assert page.says("Being checked")
    before = people()
    work()
    page = browser.get(page.path)
    assert page.says("Checked, waits for your word")
    for words in (
        "ann@example.org",
        "An e-mail address has an @ in it",
        "Line 2 has this address.",
    ):
        assert page.says(words)
    assert people() == before
    page = browser.submit({"consented": "y", "invite": "y"}, at="/start")
    assert page.says("0 of 3 rows are done")
    work()
    page = browser.get(page.path)
    assert page.says("Done")
    ann = find_owner("ann@example.org")
    assert ann is not None
    assert ann.membership == Membership.ACTIVE
    assert [mail.facts for mail in outbox("join_invited")] == [{"by": "Olga Host"}]
    assert browser.get(PAGE).says("Our people.csv")


def test_without_ticks_nobody_is_a_member_or_written_to(app: Flask) -> None:
    browser = browser_of(app, an_admin())
    browser.get(f"{PAGE}/{checked(TEXT).id}")
    browser.submit(at="/start")
    work()
    ann = find_owner("ann@example.org")
    assert ann is not None
    assert ann.membership == Membership.NONE
    assert outbox() == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is nothing in this file."),
        (b"PK\x03\x04\x00", "This is not a CSV file."),
        (b"name,phone\n", "These are missing: email."),
        (b"name,email,email\n", "names the column email twice"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(
    app: Flask, data: bytes, words: str
) -> None:
    page = hand_in(browser_of(app, an_admin()), data)
    assert page.status == 422
    assert page.says(words)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Import)) == 0


def test_a_form_without_a_file_asks_for_one(app: Flask) -> None:
    browser = browser_of(app, an_admin())
    browser.get(PAGE)
    page = browser.submit(at="")
    assert page.status == 422
    assert page.says("Please choose a file.")


def test_a_file_may_be_larger_than_a_form_but_not_than_the_limit(app: Flask) -> None:
    browser = browser_of(app, an_admin())
    row = b"Ann,ann@example.org," + b"x" * 1000 + b"\n"
    assert hand_in_raw(browser, b"name,email,note\n" + row * 3000) == 303
    assert hand_in_raw(browser, b"name,email,note\n" + row * 21_000) == 413
    # Control: other pages still take no more than a form.
    assert browser.client.post("/join", data=b"x" * (2 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize("name", ["../../etc/passwd", "\x00", "x" * 5000, "<b>.csv", ""])
def test_the_name_of_a_file_is_only_shown(app: Flask, name: str) -> None:
    page = hand_in(browser_of(app, an_admin()), TEXT, name)
    assert page.status in {200, 422}
    assert "<b>" not in page.html


def test_the_wrong_rows_are_a_file_that_runs_nothing(app: Flask) -> None:
    one = checked('name,email\n=1+1,x\n"@b,""c""",y\nAnn,ann@example.org\n')
    browser = browser_of(app, an_admin())
    page = browser.get(f"{PAGE}/{one.id}/wrong.csv")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    text = page.response.data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["line"], row["email"], row["name"]) for row in rows] == [
        ("2", "x", "'=1+1"),
        ("3", "y", '\'@b,"c"'),
    ]
    assert rows[0]["why"] == "An e-mail address has an @ in it, like name@example.org."


def test_rows_narrow_and_come_in_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_queries, "PAGE", 2)
    one = checked("name,email\nA,a@example.org\nB,b\nC,c\nD,d\n")
    browser = browser_of(app, an_admin())
    page = browser.get(f"{PAGE}/{one.id}?verdict=wrong")
    assert not page.says("a@example.org")
    (more,) = [link for link in page.links if "after=" in link]
    page = browser.get(more)
    assert page.says("Line") or page.status == 200
    assert not [link for link in page.links if "after=" in link]
    assert browser.get(f"{PAGE}/{one.id}?verdict=odd").status == 200
    assert browser.get(f"{PAGE}/{one.id}?after=nonsense").status == 409


def test_a_list_is_put_away(app: Flask) -> None:
    one = checked(TEXT)
    browser = browser_of(app, an_admin())
    browser.get(f"{PAGE}/{one.id}")
    assert browser.submit(at="/stop").says("Put away")
    db.session.rollback()
    assert get_import(one.id).state == ImportState.FAILED


def test_a_list_that_was_started_elsewhere_is_not_started_twice(app: Flask) -> None:
    one = checked(TEXT)
    browser = browser_of(app, an_admin())
    browser.get(f"{PAGE}/{one.id}")
    start_import(None, one.id)
    page = browser.submit(at="/start")
    assert page.status == 422
    assert page.says("started already")


def test_imports_are_for_admins_alone(app: Flask) -> None:
    one = checked(TEXT)
    paths = [PAGE, f"{PAGE}/{one.id}", f"{PAGE}/{one.id}/wrong.csv"]
    for person in (a_member(), an_organizer()):
        browser = browser_of(app, person)
        assert [browser.get(path).status for path in paths] == [404] * 3
        for path in (PAGE, f"{PAGE}/{one.id}/start", f"{PAGE}/{one.id}/stop"):
            assert browser.post(path).status == 404
    assert all(Browser(app).get(path).path.startswith("/sign-in") for path in paths)
    admin = browser_of(app, an_admin())
    assert [admin.get(path).status for path in paths] == [200] * 3
    for strange in ("0", "99999999999999999999", "x"):
        assert admin.get(f"{PAGE}/{strange}").status == 404
    assert db.session.get_one(Import, one.id).state == ImportState.CHECKED


def test_every_state_has_its_page(app: Flask) -> None:
    admin = browser_of(app, an_admin())
    for one in (an_import(), checked(), imported(), checked("name,email\n")):
        assert admin.get(f"{PAGE}/{one.id}").status == 200
