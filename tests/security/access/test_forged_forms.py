"""No button can be pressed from another site, whichever it is, and whatever is sent along."""

import os
from urllib.parse import urlencode

import pytest

from community.web import headers as web_headers
from tests.evidence import Evidence
from tests.security.access.pressing import Button, Desk
from tests.web.test_csrf import FROM_ANYWHERE

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "a press from another site, or without the form's token, is refused and changes nothing"

# What another site can have a browser send, each with the right cookie and the right token.
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://evil.localhost"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://evil.example@localhost"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
]
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def guarded(desk: Desk) -> list[Button]:
    return [button for button in desk.buttons if button.rule not in FROM_ANYWHERE]


def without_token(button: Button) -> list[tuple[dict[str, str], object]]:
    """Headers and body of forms from this very site that lack a token which counts."""
    bare = {name: value for name, value in button.values.items() if name != "csrf_token"}
    text = urlencode(button.values, doseq=True)
    return [
        (OWN, bare),
        (OWN, {**bare, "csrf_token": "made-up"}),
        ({**OWN, "Content-Type": "text/plain"}, text),
        ({**OWN, "Content-Type": "application/json"}, "{}"),
    ]


def test_no_button_takes_a_press_from_elsewhere(desk: Desk, evidence: Evidence) -> None:
    buttons, asked = guarded(desk), 0
    for number, button in enumerate(buttons):
        sent = [(headers, button.values) for headers in FOREIGN] + without_token(button)
        for headers, data in sent if PROOF else (sent[number % len(sent)], sent[-number % 4 - 4]):
            answer = desk.press(button, dict(headers), data=data)
            assert answer.status_code == 403, (button.rule, headers)
            asked += 1
        assert desk.changes() == {}, button.rule
    assert {button.rule for button in buttons} == desk.posts.keys() - FROM_ANYWHERE
    evidence("S8", SHOWN, count=f"{len(buttons)} buttons, {asked} presses")


def pressed(desk: Desk, headers: dict[str, str], *, token: bool) -> int:
    """At how many buttons such a press changed something, and was undone."""
    count = 0
    for button in guarded(desk)[:: 1 if PROOF else 6]:
        data = {k: v for k, v in button.values.items() if token or k != "csrf_token"}
        desk.press(button, headers, data=data)
        if desk.changes():
            count += 1
            desk.world.reset()
    return count


@pytest.mark.parametrize("guard", ["where it comes from", "the token"])
def test_without_either_guard_buttons_could_be_pressed_from_elsewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, evidence: Evidence, guard: str
) -> None:
    """The control: the other guard is passed, and this one is gone."""
    app = desk.world.app
    if guard == "the token":
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
        count = pressed(desk, OWN, token=False)
    else:
        guards = app.before_request_funcs[None]
        kept = [one for one in guards if one is not web_headers._refuse_other_sites]
        monkeypatch.setitem(app.before_request_funcs, None, kept)
        count = pressed(desk, FOREIGN[0], token=True)
    assert count >= (60 if PROOF else 8)
    evidence("S8", SHOWN, control=f"without looking at {guard}, {count} buttons act")


def test_the_one_that_mail_programs_press_looks_at_nothing_but_its_own_token(
    desk: Desk, evidence: Evidence
) -> None:
    """RFC 8058: a right token needs no cookie, and a cookie is worth nothing without it."""
    [rule] = FROM_ANYWHERE
    path = desk.world.path(rule)
    one_click = {"List-Unsubscribe": "One-Click"}
    foreign = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    wrong = [path[:-1] + ("0" if path[-1] != "0" else "1"), path[:-1], path.replace("-", "-1", 1)]
    wrong += [path.replace("events", "connections"), "/unsubscribe/events-1-", "/unsubscribe/x"]
    for one in wrong:
        for who in ("owner", "admin", "visitor"):
            button = Button(rule, who, one, {})
            answer = desk.press(button, foreign, data=one_click)
            assert answer.status_code in {404, 410}, one
    assert desk.changes() == {}
    answer = desk.press(Button(rule, "visitor", path, {}), foreign, data=one_click)
    assert answer.status_code == 200
    assert desk.changes()
    evidence(
        "S8",
        "one-click unsubscribe acts on the secret in its address alone (RFC 8058)",
        count=f"{len(wrong) * 3} wrong ones, signed in and not",
        control="the right one acts from elsewhere without a cookie",
    )
