"""Every button of the site, found on its pages and filled in so that pressing it does something."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

import time_machine
from werkzeug.test import TestResponse

from community.core.clock import now
from community.web.access import Audience
from tests.factories.world import World
from tests.house.test_audiences import EXPECTED
from tests.web.browser_without_js import HERE, FormSeen, FreshClient

# Who looks for buttons on a page, by whom it is for.
WHO = {
    Audience.EVERYBODY: ("visitor", "going", "owner"),
    Audience.SIGNED_IN: ("member", "owner"),
    Audience.RECENTLY_SIGNED_IN: ("member",),
    Audience.MEMBERS: ("member", "going"),
    Audience.ADMINS: ("admin",),
}
TYPED = {
    "email": "new@example.org",
    "name": "Newcomer",
    "consent": "y",
    "line": "You would like it.",
    "subject": "About the dinner",
    "body": "Dear all, come early.",
    "text": "Some new words.",
    "word": "See you there.",
    "reason": "Rude.",
    "guests": "0",
    "people": "Joe, joe@example.org",
    "label": "Do you sing?",
    "code": "123456",
    "title": "A new title",
    "tag": "singer",
    "place": "1",
    "venue": "Town Hall",
}

Rows = dict[tuple[str, int], tuple[Any, ...]]
Change = dict[tuple[str, int], tuple[Any, ...] | None]


@dataclass(frozen=True, eq=False)
class Button:
    """Who presses, at which rule, and what is sent along."""

    rule: str
    who: str
    path: str
    values: dict[str, list[str]]
    names: frozenset[str] = frozenset()  # of all fields, also those that are not ticked


@dataclass
class Desk:
    """A world with all of its buttons. ``world.reset`` undoes what a press did."""

    world: World

    @cached_property
    def buttons(self) -> list[Button]:
        """One for each rule that takes a POST, and each value of a button that it offers."""
        found: dict[tuple[str, str, str], Button] = {}
        for path, audience in self.pages:
            for who in WHO.get(audience, ("owner",)):
                page = self.world.browsers[who].get(path)
                if page.status != 200:
                    continue
                for form in page.forms:
                    if form.method == "post":
                        self._note(found, who, page.path, form)
        rules = {button.rule for button in found.values()}
        for rule, audience in sorted(self.posts.items()):
            if rule not in rules:  # on no page of this world
                who = WHO.get(audience, ("owner",))[-1]
                csrf = self.csrf(who)
                found[rule, "", ""] = Button(rule, who, self.world.path(rule), csrf)
        self.world.reset()  # an export that was opened is noted down
        return list(found.values())

    def _note(
        self, found: dict[tuple[str, str, str], Button], who: str, at: str, form: FormSeen
    ) -> None:
        path = urljoin(at, form.action)
        adapter = self.world.app.url_map.bind("localhost")
        rule, _ = adapter.match(urlsplit(path).path, method="POST", return_rule=True)
        typed = {name: [TYPED[name]] for name in form.names & set(TYPED)}
        names = frozenset(form.names)
        for name, value, _label in form.buttons or [("", "", "")]:
            values = {**form.values, **typed, **({name: [value]} if name else {})}
            found.setdefault((rule.rule, name, value), Button(rule.rule, who, path, values, names))

    @cached_property
    def pages(self) -> list[tuple[str, Audience]]:
        """Every address that can be opened, and for whom."""
        return [
            (self.world.path(rule), audience)
            for audience, lines in EXPECTED.items()
            for method, rule in sorted(line.split() for line in lines)
            if method == "GET" and not rule.startswith(("/static", "/logo"))
        ]

    @cached_property
    def posts(self) -> dict[str, Audience]:
        """Every rule that takes a POST, and for whom."""
        return {
            rule: audience
            for audience, lines in EXPECTED.items()
            for method, rule in (line.split() for line in lines)
            if method == "POST"
        }

    def csrf(self, who: str) -> dict[str, list[str]]:
        """A token that fits to the session of somebody's browser."""
        page = self.world.browsers[who].get("/events" if who != "visitor" else "/sign-in")
        return {"csrf_token": page.forms[0].values["csrf_token"]}

    def press(self, button: Button, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Press it as a browser does, from our own page unless ``headers`` say otherwise."""
        sent = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        return self.send(button, sent, **{"data": button.values, **more})

    def send(self, button: Button, headers: dict[str, str], **more: Any) -> TestResponse:
        """A request with the browser's cookies, whatever host it names."""
        app, browser = self.world.app, self.world.browsers[button.who]
        cookies = [f"{name}={browser.cookie(name)}" for name in ("session", "browser")]
        client = FreshClient(app, app.response_class, use_cookies=False)
        return client.post(button.path, headers={"Cookie": "; ".join(cookies), **headers}, **more)

    @cached_property
    def blank(self) -> Rows:
        """What the database holds in the beginning."""
        self.world.reset()
        return self.rows()

    @cached_property
    def moment(self) -> datetime:
        """When buttons are pressed: after the cookies were made that are sent along."""
        assert self.buttons
        return now() + timedelta(seconds=2)

    @cached_property
    def effects(self) -> dict[Button, Change]:
        """What each button changes that changes anything."""
        found = {button: self.effect(button) for button in self.buttons}
        return {button: change for button, change in found.items() if change}

    def effect(self, button: Button, **more: Any) -> Change:
        """What one press changes, always at the same moment; it is undone."""
        before = self.blank
        with time_machine.travel(self.moment, tick=False):
            answer = self.press(button, **more)
        assert answer.status_code in {200, 303, 403, 404, 409, 410, 422, 429}, (button, answer.text)
        found = self.changes(before)
        self.world.reset()
        return found

    def changes(self, before: Rows | None = None) -> Change:
        """The rows that are there now and were not, or not so, and None for those that went.

        The counters of limits are no change.
        """
        was, after = self.blank if before is None else before, self.rows()
        keys = [key for key in was.keys() | after.keys() if was.get(key) != after.get(key)]
        return {key: after.get(key) for key in keys if key[0] != "limits"}

    def rows(self) -> Rows:
        """All that the database holds."""
        file = self.world.app.extensions["community_settings"].instance_path / "community.db"
        with closing(sqlite3.connect(file)) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
                if not re.match(r"sqlite_|alembic", name)
            ]
            return {
                (name, row[0]): row[1:]
                for name in names
                for row in connection.execute(f"SELECT rowid, * FROM {name}")  # noqa: S608 - see above
            }

    def columns(self) -> dict[str, list[str]]:
        """The names of a row's values, by table."""
        file = self.world.app.extensions["community_settings"].instance_path / "community.db"
        with closing(sqlite3.connect(file)) as connection:
            query = "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p"
            found: dict[str, list[str]] = {}
            for table, column in connection.execute(query + " WHERE m.type = 'table'"):
                found.setdefault(table, []).append(column)
            return found
