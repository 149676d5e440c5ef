"""A browser without JavaScript: opens pages, fills in the forms it finds, presses buttons.

It sends what a real one sends along (``Origin``, ``Sec-Fetch-Site``, the fields a form holds), so
that a page whose form lacks its token or a field fails here as it would for a person.
"""

import gzip
import re
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from community.core.tokens import sign
from community.membership.models import Person
from community.membership.sessions import open_session
from tests.calendar.linter import lint

HERE = "http://localhost"
Fields = Mapping[str, str | list[str]]


class FreshClient(FlaskClient):
    """A test client whose requests know nothing of the test's own application context.

    Flask lends a request the context that is active already, and with it ``g``: who was signed in
    and which CSRF token was valid a request ago.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """One request, in a context of its own, read to its end there."""
        return Context().run(super().open, *args, **{"buffered": True, **kwargs})


@dataclass
class FormSeen:
    """A form as a browser knows it: where it goes, what it would send, what it could."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, label


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormSeen] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: FormSeen | None = None
        self._filling: tuple[str, list[str]] | None = None  # a textarea or button, and its text
        self._button: tuple[str, str] | None = None
        self._select = ""
        self._silent = 0
        self._by_id: dict[str, FormSeen] = {}
        self._outside: list[dict[str, str]] = []  # inputs that name their form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = FormSeen(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif tag in {"script", "style", "title"}:
            self._silent += 1
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "input" and "form" in given:
            self._outside.append(given)
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input":
            self._input(name, given)
        elif tag == "textarea":
            self._filling = (name, [])
        elif tag == "select":
            self._select = name
            self._note(name, None)
        elif tag == "option" and "selected" in given:
            self._note(self._select, given.get("value", ""))
        elif tag == "button":
            self._button, self._filling = (name, given.get("value", "")), ("", [])

    def _input(self, name: str, given: dict[str, str]) -> None:
        ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
        self._note(name, given.get("value", "on" if "checked" in given else "") if ticked else None)

    def _note(self, name: str, value: str | None) -> None:
        assert self._form is not None
        if name:
            self._form.names.add(name)
        if name and value is not None:
            self._form.values.setdefault(name, []).append(value)

    def close(self) -> None:
        """The end of the page: inputs that name a form belong to it, wherever they stand."""
        super().close()
        for given in self._outside:
            self._form = self._by_id[given["form"]]
            self._input(given.get("name", ""), given)
        self._form = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in {"script", "style", "title"}:
            self._silent -= 1
        elif tag == "textarea" and self._filling:
            # HTML knows one line end, and drops the first one of a textarea.
            text = "".join(self._filling[1]).replace("\r\n", "\n")
            self._note(self._filling[0], text.removeprefix("\n"))
            self._filling = None
        elif tag == "button" and self._button and self._filling and self._form is not None:
            label = " ".join("".join(self._filling[1]).split())
            self._form.buttons.append((*self._button, label))
            self._button = self._filling = None

    def handle_data(self, data: str) -> None:
        if self._filling:
            self._filling[1].append(data)
        if not self._silent:
            self.words.append(data)


class Page:
    """An answer, read."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.response, self.path = response, path
        self.status, self.headers = response.status_code, response.headers
        self.html = response.text if response.mimetype == "text/html" else ""
        if response.mimetype == "text/calendar" and response.data:
            packed = self.headers.get("Content-Encoding") == "gzip"
            data = gzip.decompress(response.data) if packed else response.data
            assert lint(data) == [], f"a faulty calendar came from {path}"
        reader = _Reader()
        reader.feed(self.html)
        reader.close()
        self.forms, self.links = reader.forms, reader.links
        self.text = re.sub(r"\s+", " ", " ".join(reader.words)).strip()

    def says(self, words: str) -> bool:
        """Whether the visible text holds these words, whatever the line breaks between them."""
        return words in self.text

    def form(self, *names: str, at: str = "") -> FormSeen:
        """The form with these fields, or the one that goes ``at`` an address; not signing out."""
        found = [
            form
            for form in self.forms
            if set(names) <= form.names
            and (at in form.action if at else "sign-out" not in form.action)
        ]
        assert found, (
            f"no form with {names or at} on {self.path} ({self.status}): {self.text[:300]}"
        )
        return found[0]


def a_while_ago(stamp: str, *, seconds: float = 5) -> str:
    """The stamp of a form that was handed out so many seconds earlier than this one."""
    made, version, _ = stamp.split("-")
    earlier = int(made) - int(seconds * 1000)
    return f"{earlier}-{version}-{sign('form stamp', earlier, version)}"


class Browser:
    """One browser with its own cookies. ``page`` is the page that it shows.

    Its person takes a while to fill in a form, without letting the tests wait: unless they are
    ``hasty``, the time that a form was handed out is set back.
    """

    hasty = False

    def __init__(self, app: Flask, *, address: str = "127.0.0.1") -> None:
        self.client = FreshClient(app, app.response_class, use_cookies=True)
        self.client.environ_base["REMOTE_ADDR"] = address
        self.page: Page

    def get(self, path: str, **options: Any) -> Page:
        """Open an address and follow redirects."""
        return self._show(path, self.client.get(path, **options))

    def post(self, path: str, data: Fields | None = None, **options: Any) -> Page:
        """Send fields to an address as they are, without any form, and follow redirects."""
        return self._show(path, self.client.post(path, data=dict(data or {}), **options))

    def submit(
        self, fields: Fields | None = None, /, *, press: str = "", at: str = "", **more: Any
    ) -> Page:
        """Fill in a form of the page and press a button: its value, its label, or the first one."""
        filled = {**(fields or {}), **more}
        form = self.page.form(*filled, at=at)
        assert form.method == "post", "a form that changes something posts"
        values: dict[str, str | list[str]] = {**form.values, **filled}
        name, value = self._pressed(form, press)
        if name:
            values[name] = value
        target = urljoin(self.page.path, form.action)
        return self.post(target, values, headers=self._origin())

    def sign_out(self) -> Page:
        """Press the button in the head of the page."""
        return self.submit(at="/sign-out")

    def cookie(self, name: str) -> str:
        """The value of a cookie; ``""`` without it."""
        found = self.client.get_cookie(name)
        return found.value if found else ""

    def _pressed(self, form: FormSeen, press: str) -> tuple[str, str]:
        assert form.buttons, "a form needs a button"
        if not press:
            return form.buttons[0][:2]
        found = [button for button in form.buttons if press in button[1:]]
        assert found, f"no button {press!r} among {form.buttons}"
        return found[0][:2]

    def _origin(self) -> dict[str, str]:
        # Fetch standard: a page with no-referrer hides its origin, too.
        hidden = self.page.headers.get("Referrer-Policy") == "no-referrer"
        return {"Origin": "null" if hidden else HERE, "Sec-Fetch-Site": "same-origin"}

    def _show(self, path: str, response: TestResponse) -> Page:
        for _ in range(5):
            if response.status_code not in {301, 302, 303, 307, 308}:
                break
            path = urljoin(path, response.headers["Location"])
            assert not urlsplit(path).netloc, f"led away to {path}"
            response = self.client.get(path)
        self.page = Page(response, path)
        if not self.hasty:
            self._take_time()
        return self.page

    def _take_time(self) -> None:
        for values in (form.values for form in self.page.forms if "stamp" in form.values):
            with self.client.application.app_context():
                values["stamp"] = [a_while_ago(values["stamp"][0])]


def signed_in(app: Flask, person: Person) -> Browser:
    """A browser in which the person has signed in."""
    browser = Browser(app)
    token = open_session(person, proof="code")
    with browser.client.session_transaction() as session:
        session["token"] = token
    return browser
