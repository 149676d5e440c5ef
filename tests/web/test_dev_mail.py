"""The development mailbox: there for a developer at the machine, absent for everybody else."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from community.app import create_app
from community.web.dev_mail import calendar_facts
from tests.web.browser_without_js import Browser

INVITE = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "UID:1@x\r\nDTSTAMP:20260701T120000Z\r\nDTSTART:20260716T220000Z\r\nSUMMARY:Dinner\r\n"
    "SEQUENCE:2\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def spool(app: Flask, name: str = "0001", html: str = "<p>Hello <b>Ada</b></p>") -> None:
    mail = EmailMessage()
    mail["Subject"] = "Your seat <script>alert(1)</script>"
    mail["From"] = "Community Network <no-reply@localhost>"
    mail["To"] = "Ada <ada@example.org>"
    mail["Date"] = "Tue, 14 Jul 2026 18:02:00 +0000"
    mail.set_content(
        "Hello Ada,\n\nopen http://community.test/rsvp/1-abc.\n"
        "Or (https://example.org/x?a=1&b=2), or javascript:alert(1)\n"
    )
    mail.add_alternative(html, subtype="html")
    mail.add_alternative(INVITE, subtype="calendar", params={"method": "REQUEST"})
    folder: Path = app.extensions["community_settings"].spool_folder
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.eml").write_bytes(mail.as_bytes())


def test_the_list_shows_each_mail(app: Flask) -> None:
    browser = Browser(app)
    assert browser.get("/dev/mail").says("No mail yet")
    spool(app)
    page = browser.get("/dev/mail")
    assert page.says("Ada <ada@example.org>")
    assert page.says("Jul 14, 2026, 6:02 PM")
    assert "/dev/mail/0001" in page.links
    assert "<script>alert" not in page.html


def test_a_mail_shows_its_links_its_text_and_what_a_calendar_reads(app: Flask) -> None:
    spool(app)
    page = Browser(app).get("/dev/mail/0001")
    assert page.status == 200
    assert {"http://community.test/rsvp/1-abc", "https://example.org/x?a=1&b=2"} <= set(page.links)
    assert not any(link.startswith("javascript:") for link in page.links)
    assert page.says("Hello Ada,")
    assert page.says("METHOD REQUEST")
    assert page.says("SUMMARY Dinner")
    assert page.says("mailto:ada@example.org (ACCEPTED)")
    assert "<script>alert" not in page.html


def test_the_html_part_lives_in_a_frame_that_runs_nothing(app: Flask) -> None:
    spool(app, html="<script>alert(1)</script><p>Hello</p>")
    answer = Browser(app).client.get("/dev/mail/0001/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/dev/mail", "/dev/mail/0001", "/dev/mail/0001/html"])
def test_nobody_else_sees_that_there_is_a_mailbox(app: Flask, path: str) -> None:
    spool(app)
    assert Browser(app).get(path).status == 200
    assert Browser(app, address="192.0.2.1").get(path).status == 404
    assert Browser(app).get(path, headers={"Host": "evil.example"}).status == 404
    assert Browser(app).get(path, headers={"X-Forwarded-For": "192.0.2.1"}).status == 404


def test_with_a_mail_server_there_is_no_mailbox(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path, mail_url="smtp://localhost")
    spool(app)
    assert Browser(app).get("/dev/mail").status == 404


@pytest.mark.parametrize("name", ["0002", "..", "x/y", "%2e%2e%2fsecret_key", "../secret_key", "A"])
def test_a_mail_that_is_not_there_is_not_found(app: Flask, name: str) -> None:
    spool(app)
    assert Browser(app).get(f"/dev/mail/{name}").status == 404
    assert Browser(app).get(f"/dev/mail/{name}/html").status == 404


@pytest.mark.parametrize(
    "text", ["", "no calendar", "BEGIN:VCALENDAR", "BEGIN:VEVENT\nEND:VCALENDAR"]
)
def test_a_broken_calendar_part_has_no_facts(text: str) -> None:
    assert calendar_facts(text) == []
