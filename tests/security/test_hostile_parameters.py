"""Whatever stands in an address or a form: no page breaks, and none of it becomes a part of SQL.

Which parameters a page reads is found by watching it read them; which fields there are, by the
forms on every page. ``MARK`` is in each payload, so that it is seen wherever it arrives.
"""

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import request
from werkzeug.datastructures import ImmutableMultiDict

from community.core.db import db
from community.web.access import everybody
from tests.evidence import Evidence
from tests.factories.world import World, build_world
from tests.web.browser_without_js import HERE, Browser, FormSeen, Page

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no typed text becomes a part of SQL, and none breaks a page"
MARK = "zq9x"
PAYLOADS = [
    f"'{MARK}",
    f"{MARK}' OR '1'='1",
    f"{MARK}') OR 1=1 -- ",
    f"{MARK}' UNION SELECT 1,2,3,name FROM sqlite_master -- ",  # noqa: S608 - so it is
    f"{MARK}'; SELECT pg_sleep(5); --",
    f"{MARK}' AND 1=randomblob(100000000) -- ",
    f'{MARK}" OR ""="',
    f"{MARK}\\'; DROP TABLE people; /*",
    f"{MARK}/**/OR/**/1=1#",
    f"1;{MARK}",
    f"-1 {MARK}",
    f"{MARK}%' ESCAPE '%",
    f"{MARK}\x00' OR 1=1",
    f"{MARK}\u02bc OR 1=1",
    f"{{{{7*7}}}}{MARK}${{7*7}}",
    f"{MARK}{'9' * 5000}",
    f"../../{MARK}/etc/passwd",
    f"%27{MARK}%bf%27",
    f"{MARK}\ud83d\ude00\r\n.\r\n",
    f"(select(0)from(select(sleep(15)))v)/*'{MARK}'*/",
]
VIEWERS = ("owner", "admin", "going", "member", "visitor")


class Watched(ImmutableMultiDict[str, str]):
    """Parameters that note who asks for them."""

    asked: set[str] = set()  # noqa: RUF012 - one for all requests of these tests

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.asked.add(key)
        return super().getlist(key, *args, **kwargs)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = build_world(tmp_path_factory.mktemp("world"))

    class Request(world.app.request_class):  # type: ignore[name-defined,misc]  # the app's own
        parameter_storage_class = Watched

    world.app.request_class = Request
    yield world
    with world.app.app_context():
        db.engine.dispose()


@pytest.fixture
def statements(world: World) -> Iterator[list[str]]:
    """The SQL of all requests, without what is bound to it."""
    with world.app.app_context():
        engine, seen = db.engine, []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Opened:
    """A page, who opened it, and the parameters that it reads or that its forms send."""

    path: str
    browser: Browser
    page: Page
    names: frozenset[str]


@pytest.fixture(scope="module")
def pages(world: World) -> list[Opened]:
    """Each address that can be opened, by the first who may."""
    found = []
    for rule in world.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/static", "/dev")):
            continue
        path = world.path(rule.rule)
        for browser in map(world.browsers.get, VIEWERS):
            assert browser is not None
            Watched.asked.clear()
            answer = browser.client.get(path)
            if answer.status_code == 200:
                page = Page(answer, path)
                names = set(Watched.asked) - {"v"}
                for form in page.forms:
                    names |= form.names if form.method == "get" else set()
                found.append(Opened(path, browser, page, frozenset(names)))
                break
    return found


def some(payloads: list[str], number: int) -> list[str]:
    """All of them in `make proof`, and otherwise one, each time another."""
    return payloads if PROOF else [payloads[number % len(payloads)]]


@pytest.mark.proof
def test_no_parameter_of_any_page_breaks_it_or_reaches_sql(
    pages: list[Opened], statements: list[str], evidence: Evidence
) -> None:
    asked = pairs = 0
    for one in pages:
        for name in sorted(one.names):
            pairs += 1
            for payload in some(PAYLOADS, pairs):
                asked += 1
                query = {name: _sendable(payload)}
                answer = one.browser.client.get(one.path, query_string=query)
                assert answer.status_code < 500, (one.path, name, payload)
    assert pairs > 100
    assert not reached(statements)
    evidence("S15", SHOWN, count=f"{pairs} parameters x {asked // pairs} payloads")


def _sendable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def reached(statements: list[str]) -> set[str]:
    """SQL with a text in it that somebody typed."""
    return {one for one in statements if MARK in one or "1=1" in one}


def forms_of(pages: list[Opened]) -> list[tuple[Browser, str, FormSeen]]:
    """Every form that posts, of every page, once."""
    found: dict[tuple[str, frozenset[str]], tuple[Browser, str, FormSeen]] = {}
    for one in pages:
        for form in one.page.forms:
            if form.method == "post" and "sign-out" not in form.action:
                action = re.sub(r"\d+", "N", form.action or one.path)
                known = (one.browser, one.path, form)
                found.setdefault((action, frozenset(form.names)), known)
    return list(found.values())


@contextmanager
def undone(world: World, browser: Browser) -> Iterator[None]:
    kept = {key: browser.client.get_cookie(key) for key in ("session", "browser")}
    yield
    world.reset()
    for key, cookie in kept.items():
        if cookie is None:
            browser.client.delete_cookie(key)
        else:
            browser.client.set_cookie(key, cookie.value)


@pytest.mark.proof
def test_no_field_of_any_form_breaks_it_or_reaches_sql(
    world: World, pages: list[Opened], statements: list[str], evidence: Evidence
) -> None:
    chance = random.Random(7)
    sent = fields = 0
    for browser, path, form in forms_of(pages):
        names = sorted(form.names - {"csrf_token"})
        fields += len(names)
        rounds = [[name] for name in names] if PROOF else [names]
        for spoiled in rounds:
            sent += 1
            payload = _sendable(chance.choice(PAYLOADS))
            values = {**form.values, **dict.fromkeys(spoiled, payload)}
            with undone(world, browser):
                answer = browser.client.post(
                    urlsplit(form.action or path).path or path,
                    data=values,
                    headers={"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
                )
            assert answer.status_code < 500, (path, form.action, spoiled, payload)
    assert fields > 150
    assert not reached(statements)
    evidence("S15", f"{SHOWN} (forms)", count=f"{fields} fields of forms, {sent} sendings (seed 7)")


@pytest.mark.proof
def test_control_sql_that_is_put_together_is_seen(
    world: World, statements: list[str], evidence: Evidence
) -> None:
    # Also of the rows about forms: they look at the same statements.
    before = world.app.view_functions["members.index"]

    @everybody
    def careless() -> str:
        name = request.args.get("q", "").replace("'", "''")
        db.session.execute(sa.text(f"SELECT 1 WHERE '{name}' = ''"))
        return "x"

    world.app.view_functions["members.index"] = careless
    world.browsers["visitor"].client.get("/members", query_string={"q": PAYLOADS[1]})
    world.app.view_functions["members.index"] = before
    assert reached(statements)
    for shown in (SHOWN, f"{SHOWN} (forms)"):
        evidence("S15", shown, control="a view that puts SQL together is seen")
