"""Every address, asked for by every kind of viewer: each answer is the one that the table says.

The rows of ``BY_AUDIENCE`` hold for every address that ``test_audiences.py`` lists under that
audience, so that a new address needs its line there, and here only when it differs.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from community.web import access
from community.web.access import Audience
from community.web.headers import CONTENT_SECURITY_POLICY
from tests.evidence import Evidence
from tests.factories.world import World, build_world
from tests.house.test_audiences import ABOUT_A_PERSON, DESK, EVENT, EXPECTED

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "every address answers every kind of viewer as the table says"
VIEWERS = (
    "visitor",
    "none",  # signed in, and never joined
    "applied",
    "suspended",
    "member",
    "going",  # to the event
    "other",  # organizer of another event
    "door",  # of the event
    "cohost",
    "owner",
    "admin",
)
# Whoever has another part in the event gets what "going" gets, whose column stands for all of them,
# but for what is between her and the owner alone; whoever was removed does not even know of it.
ALSO = ("invited", "waitlisted", "removed")
ALL = VIEWERS + ALSO
HERS = {
    "POST /members/<slug:handle>/connect/accept",
    "POST /members/<slug:handle>/connect/let-lie",
}

# + allowed   s sent to sign in   a sent to where the application stands   m sent to what is so
# - nothing there (404)           x told that it is not for them (403)
BY_AUDIENCE = {
    # of the event:                 ┌ visitor, none, applied, suspended
    #                               │    ┌ member, going, other
    #                               │    │   ┌ door, cohost, owner, admin
    Audience.EVERYBODY:            "++++ +++ ++++",
    Audience.DEVELOPMENT:          "++++ +++ ++++",  # at this very machine
    Audience.SIGNED_IN:            "s+++ +++ ++++",
    Audience.RECENTLY_SIGNED_IN:   "s+++ +++ ++++",  # each of them has just signed in
    Audience.MEMBERS:              "s-am +++ ++++",
    Audience.ORGANIZERS:           "s--- --+ --++",
    Audience.HOSTS:                "s--- --+ -+++",
    Audience.EVENT_DOOR:           "s--- --- ++++",
    Audience.EVENT_EDITORS:        "s--- --- -+++",
    Audience.EVENT_LEADERS:        "s--- --- --++",
    Audience.ADMINS:               "s--- --- ---+",
}  # fmt: skip

# The event is for those who are invited to it: whoever may not know of it finds nothing there.
KNOWS_THE_EVENT = "---- -+- -+++"
HAS_APPLIED = "s-+- --- ----"
EXCEPTIONS = {
    "GET /metrics":                                  "---- --- ----",  # there is no token
    f"GET {EVENT}":                                  KNOWS_THE_EVENT,
    f"GET {EVENT}/event.ics":                        KNOWS_THE_EVENT,
    f"GET {EVENT}/cover/<size>":                     KNOWS_THE_EVENT,
    f"GET {EVENT}/rsvp":                             KNOWS_THE_EVENT,
    f"POST {EVENT}/rsvp":                            KNOWS_THE_EVENT,
    f"GET {EVENT}/rsvp/check-mail":                  KNOWS_THE_EVENT,
    "GET /members/<slug:handle>":                    "---- +++ ++++",  # shows herself to members
    "POST /topics/<slug:topic>/follow":              "sxxx +++ ++++",  # everybody sees topics
    "GET /members/<slug:handle>/photo/<size>":       "---- +++ ++++",  # hers is for members
    # Nobody connects with, reports or blocks themselves; the rest depends on who asked whom.
    "POST /members/<slug:handle>/connect":           "s-am +++ ++-+",
    "GET /members/<slug:handle>/report":             "s-am +++ ++-+",
    "POST /members/<slug:handle>/report":            "s-am +++ ++-+",
    "POST /members/<slug:handle>/block":             "s-am +++ ++-+",
    "POST /members/<slug:handle>/connect/accept":    "s-am ++- ----",  # she asked these
    "POST /members/<slug:handle>/connect/let-lie":   "s-am -+- ----",
    "POST /members/<slug:handle>/connect/take-back": "s-am --- -+--",  # who has asked her
    "POST /members/<slug:handle>/disconnect":        "s-am +-- ----",  # who is connected with her
    "GET /members/<slug:handle>.vcf":                "s-am +-- ----",
    "POST /profile/blocked/<slug:handle>/unblock":   "s-am --- ----",  # nobody has blocked her
    "POST /profile/leave":                           "smm+ mmm mmm+",  # then they are shown it
    "GET /profile/privacy/export/<int:number>":      "s--- --- --+-",  # whose export it is
    "POST /organize/reports/<int:report_id>/resolve": "s--- --- --++",  # never who is reported
    # Confirmed, and every browser but the owner's own has to sign in anew.
    "POST /profile/email/confirm/<token>":           "ssss sss ss+s",
    "GET /join/application":                         HAS_APPLIED,
    "POST /invite/<int:invitation_id>/revoke":       "s-am --- --+-",  # whose invitation it is
    "POST /profile/sessions/<int:number>/revoke":    "s+-- --- ----",  # whose session it is
    **dict.fromkeys(ABOUT_A_PERSON,                  "s--- --- --++"),  # who co-hosts with her
}  # fmt: skip


def rules(world: World) -> Iterator[tuple[str, str, str, Any]]:
    """Method, rule, what the table says about it, and the view."""
    listed = {line: audience for audience, lines in EXPECTED.items() for line in lines}
    for rule in world.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            line = f"{method} {rule.rule}"
            assert line in listed, f"write {line} into the table of test_audiences.py"
            row = EXCEPTIONS.get(line, BY_AUDIENCE[listed[line]]).replace(" ", "")
            assert len(row) == len(VIEWERS), line
            yield (
                method,
                rule.rule,
                row + others(line, row),
                world.app.view_functions[rule.endpoint],
            )


def others(line: str, row: str) -> str:
    """What those in ``ALSO`` get."""
    same = "-" if line in HERS else row[VIEWERS.index("going")]
    return same + same + ("-" if EXCEPTIONS.get(line) == KNOWS_THE_EVENT else same)


def answer_of(answer: TestResponse) -> str:
    """The sign that the table has for an answer."""
    where = answer.headers.get("Location", "")
    if answer.status_code == 303 and where.partition("?")[0] == "/sign-in":
        return "s"
    if answer.status_code == 303 and where == "/join/application":
        return "a"
    if answer.status_code == 303 and where == "/membership":
        return "m"
    if answer.status_code in {403, 404}:
        return {403: "x", 404: "-"}[answer.status_code]
    assert answer.status_code < 500, answer.text
    return "+"  # also when what was sent is refused, because that is not about who sent it


def is_the_frame_of_a_mail(rule: str, policy: str) -> bool:
    """In development a mail is shown with its own styles, in a sandbox in which nothing runs."""
    bare = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    return rule == "/dev/mail/<id>/html" and policy.startswith(bare) and "script" not in policy


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def csrf(world: World) -> dict[str, str]:
    """A valid token for each viewer; a visitor has one from the form to sign in."""
    return {
        name: browser.get("/sign-in").form("email").values["csrf_token"][0]
        if name == "visitor"
        else browser.get("/events").forms[0].values["csrf_token"][0]
        for name, browser in world.browsers.items()
    }


def found_row(
    world: World, csrf: dict[str, str], method: str, rule: str, viewers: tuple[str, ...] = ALL
) -> str:
    """What each viewer gets; whatever a button did is undone before the next one presses it."""
    row = ""
    for name in viewers:
        client, path = world.browsers[name].client, world.path(rule)
        cookies = {key: client.get_cookie(key) for key in ("session", "browser")}
        if method == "GET":
            answer = client.get(path)
        else:
            headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
            answer = client.post(path, data={"csrf_token": csrf[name]}, headers=headers)
            # 400 is the answer to a bad CSRF token, which would prove nothing.
            assert answer.status_code != 400 or rule.startswith("/unsubscribe"), (rule, name)
        policy = answer.headers["Content-Security-Policy"]
        assert policy == CONTENT_SECURITY_POLICY or is_the_frame_of_a_mail(rule, policy), rule
        row += answer_of(answer)
        if method == "POST" and row[-1] in "+s":
            _undo(world, client, cookies)
    return row


def _undo(world: World, client: FlaskClient, cookies: dict[str, Any]) -> None:
    world.reset()
    for key, cookie in cookies.items():
        if cookie is None:
            client.delete_cookie(key)
        else:
            client.set_cookie(key, cookie.value)


@pytest.mark.proof
def test_every_viewer_gets_from_every_address_what_the_table_says(
    world: World, csrf: dict[str, str], evidence: Evidence
) -> None:
    wrong = {}
    asked = 0
    for method, rule, whole, _ in rules(world):
        # In the short run a third of them presses each button.
        some = slice(None) if PROOF or method == "GET" else slice(asked % 3, None, 3)
        wanted, found = whole[some], found_row(world, csrf, method, rule, ALL[some])
        asked += 1
        if found != wanted:
            wrong[f"{method} {rule}"] = f"wanted {wanted}, found {found}"
    assert wrong == {}
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert asked == sum(len(lines) for lines in EXPECTED.values())
    evidence("S1", SHOWN, count=f"{asked} addresses × {len(ALL)} kinds of viewers")
    evidence(
        "S9",
        "every answer has a policy without unsafe-inline and unsafe-eval, refusals and files too",
        count=f"{asked * len(ALL)} answers",
        control="tests/security/access/test_scripts.py: without it scripts run",
    )


def test_every_exception_is_about_an_address_and_differs_from_its_audience() -> None:
    for line, row in EXCEPTIONS.items():
        (audience,) = [audience for audience, lines in EXPECTED.items() if line in lines]
        assert row != BY_AUDIENCE[audience], line


@pytest.mark.proof
@pytest.mark.parametrize(
    ("line", "others"),
    [
        ("GET /members", (None, Audience.EVERYBODY, Audience.SIGNED_IN, Audience.ORGANIZERS)),
        ("GET /organize/topics", (None, Audience.MEMBERS, Audience.HOSTS, Audience.ADMINS)),
        ("POST /organize/topics/new", (None, Audience.SIGNED_IN, Audience.HOSTS)),
        (f"GET {DESK}/team", (None, Audience.ADMINS)),
        (f"POST {DESK}/check-in", (None, Audience.EVENT_EDITORS, Audience.MEMBERS)),
    ],
)
def test_a_view_whose_audience_is_gone_or_another_one_is_found_out(
    world: World,
    csrf: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
    line: str,
    others: tuple[Audience | None, ...],
) -> None:
    """The control: the table sees a decorator that was removed, loosened or tightened."""
    method, _, path = line.partition(" ")
    ((wanted, view),) = [row[2:] for row in rules(world) if row[:2] == (method, path)]
    assert found_row(world, csrf, method, path) == wanted
    for other in others:
        monkeypatch.setitem(vars(view), "audience", other)
        assert found_row(world, csrf, method, path) != wanted, other
    evidence("S1", SHOWN, control="decorators taken away, loosened and tightened are seen")


@pytest.mark.parametrize("line", [f"GET {DESK}/team", f"POST {DESK}/team", f"GET {DESK}/check-in"])
def test_a_page_about_an_event_asks_once_more_whose_it_is(
    world: World, csrf: dict[str, str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """So that a decorator that is too wide opens nothing to anybody who is signed in."""
    method, _, path = line.partition(" ")
    ((wanted, view),) = [row[2:] for row in rules(world) if row[:2] == (method, path)]
    monkeypatch.setitem(vars(view), "audience", Audience.SIGNED_IN)
    assert found_row(world, csrf, method, path) == wanted


def test_what_nobody_declared_is_there_for_nobody(world: World) -> None:
    view = world.app.view_functions["home.index"]
    audience = vars(view).pop("audience")
    try:
        assert world.browsers["admin"].client.get("/").status_code == 404
    finally:
        vars(view)["audience"] = audience
    assert access.audience_of(view) == Audience.EVERYBODY
