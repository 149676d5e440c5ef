"""The community's name and logo: set on the admins' desk, shown everywhere from then on."""

import io
import re

import pytest
from flask import Flask

from community.core.pictures import MIB
from community.membership.identity import as_logo, publish_identity
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import a_picture, opened
from tests.web.browser_without_js import Browser, Page, signed_in

PAGE = "/organize/community/identity"
SET = "Community Network"
WIDE = a_picture("PNG", (400, 100), mode="RGBA", colour=(9, 9, 9, 90))
SQUARE = a_picture("PNG", (100, 100))


def save(browser: Browser, logo: bytes | None = None, **typed: str) -> Page:
    browser.get(PAGE)
    file = {"logo": (io.BytesIO(logo), "logo.png")} if logo is not None else {}
    press = "Save as a new version"
    return browser.submit(file, at="" if typed or file else PAGE, press=press, **typed)  # type: ignore[arg-type]  # a file


def logo_address(page: Page) -> str:
    (found,) = set(re.findall(r'src="(/logo/[^"]+)"', page.html))
    return str(found)


def test_the_name_is_everywhere_at_once_and_without_one_the_setting_is(app: Flask) -> None:
    an_event()
    a_topic()
    browser, visitor = signed_in(app, an_admin("Olga Host")), Browser(app)
    assert PAGE in browser.get("/organize/community").links
    assert save(browser, name="Data Leaders").says("shown like this from now on")
    assert browser.get(PAGE).says("Version 1")
    assert browser.page.says("Olga Host")
    pages = ("/", "/events", "/join", "/sign-in", "/topics", "/topics/data-management")
    for path in (*pages, "/no-such-page"):
        html = visitor.get(path).html
        assert "Data Leaders" in html, path
        assert SET not in html, path
    for path in ("/calendar.ics", "/topics/data-management/calendar.ics"):
        text = visitor.client.get(path).text
        assert re.search("^X-WR-CALNAME:.*Data Leaders", text, re.MULTILINE)
        assert SET not in text
    save(browser, name="")
    assert SET in visitor.get("/").html
    assert SET in visitor.get("/no-such-page").html


def test_a_new_name_is_a_new_page_for_caches(app: Flask) -> None:
    an_event()
    visitor, admin = Browser(app), an_admin()
    paths = ("/", "/events", "/calendar.ics")
    before = {path: visitor.client.get(path).headers["ETag"] for path in paths}

    def status(path: str) -> int:
        return visitor.client.get(path, headers={"If-None-Match": before[path]}).status_code

    assert {status(path) for path in paths} == {304}, "the control: no news"
    publish_identity(admin.id, "Data Leaders", seen=0)
    assert {status(path) for path in paths} == {200}


def test_a_calendar_that_asks_by_time_alone_hears_of_the_name(app: Flask) -> None:
    admin, visitor = an_admin(), Browser(app)
    assert "Last-Modified" not in visitor.client.get("/calendar.ics").headers
    publish_identity(admin.id, "Data Leaders", seen=0)
    assert "Last-Modified" in visitor.client.get("/calendar.ics").headers


def test_a_logo_is_shown_kept_by_caches_for_ever_and_taken_away(app: Flask) -> None:
    browser, visitor = signed_in(app, an_admin()), Browser(app)
    assert "/logo/" not in visitor.get("/").html
    save(browser, WIDE)
    src = logo_address(visitor.get("/"))
    answer = visitor.client.get(src)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert opened(answer.data).mode == "RGBA"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert visitor.client.get(src, headers=tag).status_code == 304
    save(browser, SQUARE)
    assert logo_address(visitor.get("/")) != src
    assert visitor.client.get(src).status_code == 404
    save(browser, remove_logo="y")
    assert "/logo/" not in visitor.get("/").html


def test_a_wide_logo_stands_for_the_name_and_a_square_one_beside_it(app: Flask) -> None:
    admin, visitor = an_admin(), Browser(app)
    for seen, (picture, alone) in enumerate(((WIDE, True), (SQUARE, False))):
        publish_identity(admin.id, "", seen=seen, logo=as_logo(picture))
        link = visitor.get("/").html.partition('class="name"')[2].partition("<nav")[0]
        assert (f'alt="{SET}"' in link) == alone
        assert (re.search(rf">\s*{SET}", link) is not None) != alone


@pytest.mark.parametrize(
    ("logo", "typed", "says"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "Mine", "no picture we can read"),
        (WIDE[:100], "Mine", "is broken"),
        (None, "x" * 81, "80 characters"),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(
    app: Flask, logo: bytes | None, typed: str, says: str
) -> None:
    page = save(signed_in(app, an_admin()), logo, name=typed)
    assert page.status == 422
    assert page.says(says)
    assert page.form("name").values["name"] == [typed]
    assert SET in Browser(app).get("/").html


def test_what_another_admin_saved_meanwhile_is_not_lost(app: Flask) -> None:
    admin = an_admin()
    browser = signed_in(app, admin)
    browser.get(PAGE)
    publish_identity(admin.id, "Theirs", seen=0)
    page = browser.submit(name="Mine")
    assert page.status == 422
    assert page.says("Somebody else saved another name or logo")
    assert page.form("name").values["name"] == ["Mine"]
    assert browser.submit().says("shown like this from now on")
    assert "Mine" in Browser(app).get("/").html


def test_a_hostile_name_is_only_a_text(app: Flask) -> None:
    publish_identity(an_admin().id, '<script>x</script>" onload="x', seen=0, logo=as_logo(WIDE))
    html = Browser(app).get("/").html
    assert "<script>x" not in html
    assert '" onload="' not in html


@pytest.mark.parametrize("digest", ["x", "0" * 64, "%00", "é"])
def test_there_are_no_other_logos(app: Flask, digest: str) -> None:
    publish_identity(an_admin().id, "", seen=0, logo=as_logo(SQUARE))
    assert Browser(app).client.get(f"/logo/{digest}").status_code == 404


def test_a_logo_of_twenty_megabytes_is_refused_with_words(app: Flask) -> None:
    browser = signed_in(app, an_admin())
    token = browser.get(PAGE).form("name").values["csrf_token"][0]
    head = 'Content-Disposition: form-data; name="'
    parts = f'--xx\r\n{head}csrf_token"\r\n\r\n{token}\r\n--xx\r\n{head}name"\r\n\r\nMine\r\n'
    file = f'--xx\r\n{head}logo"; filename="a.png"\r\n\r\n'
    body = (parts + file).encode() + WIDE + b"\x00" * (20 * MIB) + b"\r\n--xx--\r\n"
    kind = "multipart/form-data; boundary=xx"
    page = Page(browser.client.post(PAGE, data=body, content_type=kind), PAGE)
    assert (page.status, page.says("larger than 10 MB")) == (422, True)
    assert page.form("name").values["name"] == ["Mine"]


def test_nobody_but_admins_has_the_page(app: Flask) -> None:
    for person in (a_member(), an_organizer()):
        browser = signed_in(app, person)
        assert browser.get(PAGE).status == 404
        browser.get("/invite")
        token = browser.page.form("email").values["csrf_token"]
        sent = {"csrf_token": token, "name": "Mine", "seen": "0"}
        assert browser.post(PAGE, sent).status == 404
    assert SET in Browser(app).get("/").html
