"""Photos on pages: handed in with the profile, shown to whom they are for, kept by no other."""

import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.pictures import MIB
from community.membership.models import Person
from community.membership.photo_models import PersonPhoto
from tests.factories.people import a_member, a_person
from tests.factories.pictures import BLUE, a_photo_of, a_picture, opened
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of

JPEG = a_picture()
MULTIPART = "multipart/form-data; boundary=xx"


def hand_in(browser: Browser, content: bytes, name: str = "me.jpg", **typed: str) -> Page:
    browser.get("/profile")
    file = {"photo": (io.BytesIO(content), name, "text/html")}
    return browser.submit(file, press="Save the profile", **typed)  # type: ignore[arg-type]  # a file


def on_the_wire(browser: Browser, content: bytes, **typed: str) -> Page:
    """The same as bytes: the test client keeps large files open."""
    token = browser.get("/profile").form("bio").values["csrf_token"][0]
    head = 'Content-Disposition: form-data; name="'
    fields = {"csrf_token": token, "name": "Ada", **typed}
    lines = [f'--xx\r\n{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    file = f'--xx\r\n{head}photo"; filename="me.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join([*lines, file]).encode() + content + b"\r\n--xx--\r\n"
    return Page(browser.client.post("/profile", data=body, content_type=MULTIPART), "/profile")


def now(person: Person) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Person, person.id)


def photos() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(PersonPhoto)) or 0


def address(page: Page, of: str = "") -> str:
    found = set(re.findall(rf'src="(/members/{of}[^"]+)"', page.html))
    assert len(found) == 1
    return str(found.pop()).replace("&amp;", "&")


def test_a_photo_is_handed_in_shown_and_taken_away(app: Flask) -> None:
    member = a_member(name="Ada Lovelace")
    browser, reader = browser_of(app, member), browser_of(app, a_member(name="Bo"))
    assert reader.get("/members").says("AL")
    assert not browser.get("/profile").says("Remove the photo")
    page = hand_in(browser, JPEG, job_title="Analyst")
    assert page.says("Your profile is saved.")
    assert now(member).job_title == "Analyst"
    card = address(reader.get("/members"))
    assert not reader.page.says("AL")
    answer = reader.client.get(card)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert opened(answer.data).size == (96, 96)
    large = address(reader.get(f"/members/{member.handle}"))
    assert opened(reader.client.get(large).data).size == (480, 480)
    browser.get("/profile")
    browser.submit(remove_photo="y", press="Save the profile")
    assert reader.client.get(card).status_code == 404
    assert photos() == 0


def test_a_form_without_a_file_keeps_the_photo(app: Flask) -> None:
    browser = browser_of(app, a_photo_of(a_member()))
    browser.get("/profile")
    assert browser.submit(bio="New", press="Save the profile").says("Your profile is saved.")
    assert on_the_wire(browser, b"").status in {303, 422}
    assert photos() == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no picture we can read"),
        (b"<!doctype html><script>x()</script>", "no picture we can read"),
        (JPEG[:500], "is broken"),
        (a_picture("PNG", (6400, 6400), mode="1", colour=0), "more than 40 million pixels"),
    ],
)
def test_a_refused_photo_keeps_everything_else_in_the_form(
    app: Flask, content: bytes, says: str
) -> None:
    member = a_member(name="Ada", bio="Before")
    browser = browser_of(app, member)
    page = hand_in(browser, content, bio="All that I typed", job_title="Analyst")
    assert page.status == 422
    form = page.form("bio")
    assert (form.values["bio"], form.values["job_title"]) == (["All that I typed"], ["Analyst"])
    assert says in page.html.partition('id="photo-error"')[2][:200]
    assert 'aria-describedby="photo-help photo-error"' in page.html
    assert (now(member).bio, photos()) == ("Before", 0)


@pytest.mark.parametrize("name", ["x.svg", "x.html", "../../etc/passwd", "x.php", "x" * 300])
def test_name_and_declared_type_of_the_file_have_no_say(app: Flask, name: str) -> None:
    browser = browser_of(app, a_member())
    assert hand_in(browser, JPEG, name).says("Your profile is saved.")
    assert browser.client.get(address(browser.get("/profile"))).mimetype == "image/jpeg"


@pytest.mark.parametrize("megabytes", [11, 20, 24])
def test_too_large_a_photo_is_said_at_its_field_and_nothing_typed_is_lost(
    app: Flask, megabytes: int
) -> None:
    member = a_member(name="Ada", bio="Before")
    large = JPEG + b"\x00" * (megabytes * MIB)
    page = on_the_wire(browser_of(app, member), large, bio="All that I typed")
    assert page.status == 422
    assert page.says("larger than 10 MB")
    assert page.form("bio").values["bio"] == ["All that I typed"]
    assert (now(member).bio, photos()) == ("Before", 0)


def test_more_than_any_photo_is_answered_with_words_and_changes_nothing(app: Flask) -> None:
    member = a_photo_of(a_member(name="Ada", bio="Before"))
    page = on_the_wire(browser_of(app, member), b"\x00" * (26 * MIB), bio="Typed")
    assert page.status == 413
    assert page.says("larger than we take, and nothing of it was saved")
    assert (now(member).bio, photos()) == ("Before", 2)


def test_other_forms_take_no_more_than_before(app: Flask) -> None:
    browser = browser_of(app, a_member())
    data = b"--xx" + b"\x00" * (2 * MIB)
    for path in ("/profile/privacy", "/invite", "/join"):
        assert browser.client.post(path, data=data, content_type=MULTIPART).status_code == 413


def test_only_who_may_open_the_form_may_send_so_much(app: Flask) -> None:
    for browser, status in ((Browser(app), 303), (browser_of(app, a_person()), 404)):
        data = b"--xx" + b"\x00" * (2 * MIB)
        answer = browser.client.post("/profile", data=data, content_type=MULTIPART)
        assert answer.status_code == status


def test_a_photo_is_kept_by_its_readers_browser_alone(app: Flask) -> None:
    member = a_photo_of(a_member())
    browser = browser_of(app, a_member())
    src = address(browser.get(f"/members/{member.handle}"))
    first = browser.client.get(src)
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    assert "Cookie" in first.headers["Vary"]
    again = browser.client.get(src, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    a_photo_of(member, BLUE)
    assert address(browser.get(f"/members/{member.handle}")) != src
    renewed = browser.client.get(src, headers={"If-None-Match": first.headers["ETag"]})
    assert renewed.status_code == 200
    assert renewed.headers["Cache-Control"] == "private, no-cache"
    assert Browser(app).client.get(src).status_code == 404


def test_a_photo_for_everybody_may_be_kept_and_is_asked_for_anew(app: Flask) -> None:
    member = a_photo_of(a_member(name="Ada"))
    browser = browser_of(app, member)
    browser.get("/profile/privacy")
    browser.submit(name="everybody", photo="everybody")
    visitor = Browser(app)
    src = address(visitor.get(f"/members/{member.handle}"))
    answer = visitor.client.get(src)
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in answer.headers
    browser.get("/profile/privacy")
    browser.submit(photo="members")
    again = visitor.client.get(src, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 404
    assert "/photo/" not in visitor.get(f"/members/{member.handle}").html


@pytest.mark.parametrize(("looking", "sees"), [("visitor", 0), ("member", 0), ("same_event", 1)])
def test_a_member_sees_whether_others_see_the_photo(app: Flask, looking: str, sees: int) -> None:
    browser = browser_of(app, a_photo_of(a_member(name="Ada")))
    browser.get("/profile/privacy")
    browser.submit(name="everybody", photo="same_event")
    shown = browser.get(f"/profile/privacy?as={looking}").html.partition('id="seen"')[2]
    assert shown.count("/photo/large") == sees


@pytest.mark.parametrize("path", ["x", "small/", "0", "small%00", "é"])
def test_there_are_no_other_sizes(app: Flask, path: str) -> None:
    member = a_photo_of(a_member())
    browser = browser_of(app, member)
    assert browser.client.get(f"/members/{member.handle}/photo/{path}").status_code == 404


@pytest.mark.parametrize("name", ["<b>", "李", "  ", "\u0301", "Å ström"])
def test_initials_are_a_part_of_any_name_and_only_text(app: Flask, name: str) -> None:
    page = browser_of(app, a_member(name=name)).get("/members")
    assert page.status == 200
    assert 'aria-hidden="true"><B' not in page.html
