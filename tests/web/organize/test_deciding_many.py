"""Requests that are ticked on the list and decided together."""

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.organizing import bulk
from community.organizing.roster import PAGE
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import statuses
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of


def a_list(app: Flask, requests: int, **facts: object) -> tuple[Browser, Event, str, list[str]]:
    owner = an_organizer()
    event = an_event(owner, **{"requires_approval": True, **facts})
    ids = [str(say_yes(a_member(f"Asker {n}").id, event.id).id) for n in range(requests)]
    desk, address = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    desk.get(address)
    return desk, event, address, ids


def ticked(desk: Browser, ids: list[str], action: str) -> Page:
    """The page between the list and the act."""
    return desk.submit({"rsvp": ids}, press=action)


def test_a_page_between_says_who_is_concerned_and_changes_nothing(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 3, capacity=5)
    page = ticked(desk, ids[:2], "approve")
    assert page.status == 200
    assert page.says("2 requests are approved; everybody is told.")
    assert page.says("They ask for 2 seats, and 5 are free.")
    assert [page.says(f"Asker {n}") for n in range(3)] == [True, True, False]
    assert statuses(event.id) == ["requested"] * 3


def test_those_ticked_are_let_in_and_the_others_wait_on(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 3, capacity=5)
    ticked(desk, ids[:2], "approve")
    page = desk.submit({"or_waitlist": ""}, press="Let them come")
    assert page.says("Going: 2. On the waitlist: 0.")
    assert page.path.endswith("/attendees")
    assert statuses(event.id) == ["going", "going", "requested"]


def test_more_than_fit_are_refused_with_all_kept_or_wait_when_told(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 3, capacity=1)
    ticked(desk, ids[:2], "approve")
    page = desk.submit(at="/attendees/bulk", press="Let them come")
    assert page.status == 422
    assert page.says("Free seats: 1. These requests ask for 2.")
    assert statuses(event.id) == ["requested"] * 3
    page = desk.submit({"or_waitlist": "y"}, press="Let them come")
    assert page.says("Going: 1. On the waitlist: 1.")
    assert statuses(event.id) == ["going", "waitlisted", "requested"]


def test_those_ticked_are_told_no_with_one_word(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 3)
    assert ticked(desk, ids[1:], "refuse").says("This cannot be undone.")
    page = desk.submit({"word": "The table is set."}, press="Say no")
    assert page.says("2 were told no.")
    assert statuses(event.id) == ["requested", "refused", "refused"]
    assert desk.get(f"{address}?status=refused").says("An organizer said no. “The table is set.”")


def test_everybody_whom_the_address_means_is_chosen_on_all_pages(app: Flask) -> None:
    desk, event, address, _ = a_list(app, PAGE + 2)
    say_no(a_member("Nobody").id, event.id)
    desk.get(f"{address}?status=requested&q=asker")
    page = desk.submit({"who": "all"}, press="refuse")
    assert page.says(f"{PAGE + 2} people are told no.")
    assert page.says("and 2 more")
    page = desk.submit(at="/attendees/bulk")
    assert page.says(f"{PAGE + 2} were told no.")
    assert page.path.endswith("?status=requested&q=asker")
    assert statuses(event.id) == ["refused"] * (PAGE + 2) + ["declined"]


def test_an_address_that_is_not_understood_chooses_nobody(app: Flask) -> None:
    desk, event, address, _ = a_list(app, 2)
    page = desk.get(f"{address}?status=requestet")
    assert page.says("Not understood: status")
    assert not page.says("Everybody, on all pages")
    values = {**page.form("rsvp").values, "who": "all", "action": "refuse"}
    page = desk.post(f"{address}?status=requestet", values)
    assert page.status == 422
    assert page.says("The address of this page was not understood: status.")
    assert statuses(event.id) == ["requested"] * 2


def test_who_changed_meanwhile_is_named_and_the_others_are_decided_on(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 2)
    ticked(desk, ids, "refuse")
    say_no(rsvp_of(ids[0]).person_id, event.id)
    page = desk.submit(at="/attendees/bulk")
    assert page.says("1 was told no.")
    assert page.says("Passed over: Asker 0 (has changed since you looked)")
    assert statuses(event.id) == ["withdrawn", "refused"]


def rsvp_of(rsvp_id: str) -> Rsvp:
    db.session.rollback()
    return db.session.get_one(Rsvp, int(rsvp_id))


def test_a_button_pressed_twice_decides_once(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 2, capacity=5)
    values = ticked(desk, ids, "approve").form("frozen").values
    desk.post(f"{address}/bulk", values)
    page = desk.post(f"{address}/bulk", values)
    assert page.status == 422
    assert page.says("There is nobody left to whom this could be done.")
    assert statuses(event.id) == ["going", "going"]


def test_a_removal_is_undone_from_the_list_of_those_removed(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 2, requires_approval=False, capacity=2)
    page = ticked(desk, ids, "remove")
    assert page.says("2 people lose the seat, the place or the invitation")
    page = desk.submit({"word": "The oven broke."}, press="Take off the list")
    assert page.path.endswith("?status=removed")
    assert page.says("2 are off the list.")
    assert f"{address}/undo" in page.links
    say_yes(a_member("Newcomer").id, event.id)
    page = desk.get(f"{address}/undo")
    assert page.says("is seated again")
    page = desk.submit(at="/attendees/bulk", press="Put on the list again")
    assert page.says("1 is on the list again.")
    assert page.says("Passed over: Asker 1 (the free seats do not suffice)")
    assert statuses(event.id) == ["removed", "going", "going"]


def test_there_is_nothing_to_undo_where_nobody_was_removed(app: Flask) -> None:
    desk, _, address, _ = a_list(app, 1)
    assert desk.get(f"{address}/undo").status == 404
    assert not any(link.endswith("/undo") for link in desk.get(f"{address}?status=removed").links)


@pytest.mark.parametrize("sent", [{}, {"rsvp": []}, {"rsvp": ["x", "-1", "", "1e3", "9" * 30]}])
@pytest.mark.parametrize("action", ["approve", "refuse", "remind", "remove"])
def test_nobody_ticked_decides_nothing(app: Flask, sent: dict[str, list[str]], action: str) -> None:
    desk, event, address, _ = a_list(app, 1)
    token = desk.page.form("rsvp").values["csrf_token"]
    page = desk.post(address, {"csrf_token": token, "action": action, **sent})
    assert page.status == 422
    assert page.says("Nobody was chosen.")
    assert statuses(event.id) == ["requested"]


@pytest.mark.parametrize("action", ["", "sing", "APPROVE"])
def test_no_known_button_decides_nothing_and_keeps_the_ticks(app: Flask, action: str) -> None:
    desk, event, address, ids = a_list(app, 1)
    values = {**desk.page.form("rsvp").values, "rsvp": ids, "action": action}
    for path in (address, f"{address}/bulk"):
        page = desk.post(path, {**values, "frozen": f"{ids[0]}:requested"})
        assert page.status == 422
        assert page.says("Please press one of the buttons.")
    assert desk.post(address, values).form("rsvp").values["rsvp"] == ids
    assert statuses(event.id) == ["requested"]


@pytest.mark.parametrize("frozen", ["", "x", "1", ":", "1:going:2", "9" * 5000, "\x00", "-1:going"])
def test_a_made_up_preview_decides_nothing(app: Flask, frozen: str) -> None:
    desk, event, address, ids = a_list(app, 1)
    values = {**ticked(desk, ids, "refuse").form("frozen").values, "frozen": frozen}
    assert desk.post(f"{address}/bulk", values).status in {404, 422}
    assert statuses(event.id) == ["requested"]


def test_a_word_that_is_too_long_decides_nothing(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 1)
    ticked(desk, ids, "refuse")
    page = desk.submit({"word": "x" * 1001}, press="Say no")
    assert page.status == 422
    assert page.form("word").values["word"] == ["x" * 1001]
    assert statuses(event.id) == ["requested"]


def test_another_events_request_among_them_is_not_found(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 1)
    other = an_event(title="Another", requires_approval=True)
    theirs = str(say_yes(a_member().id, other.id).id)
    values = {**desk.page.form("rsvp").values, "action": "approve"}
    shown = {**values, "frozen": f"{ids[0]}:requested {theirs}:requested"}
    assert desk.post(address, {**values, "rsvp": [*ids, theirs]}).status == 404
    assert desk.post(f"{address}/bulk", shown).status == 404
    foreign = browser_of(app, an_organizer())
    own = foreign.get("/my/events").forms[0].values["csrf_token"]
    for path in (address, f"{address}/bulk"):
        assert foreign.post(path, {**shown, "csrf_token": own, "rsvp": ids}).status == 404
    assert foreign.get(f"{address}/undo").status == 404
    assert statuses(event.id) + statuses(other.id) == ["requested", "requested"]


def test_more_than_five_hundred_are_refused_with_words(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    desk, event, address, ids = a_list(app, 3)
    page = desk.submit({"who": "all"}, press="refuse")
    assert page.status == 422
    assert page.says("At most 2 can be decided on at once.")
    desk.get(address)
    values = {**ticked(desk, ids[:1], "refuse").form("frozen").values}
    values["frozen"] = [" ".join(f"{one}:requested" for one in ids)]
    page = desk.post(f"{address}/bulk", values)
    assert page.status == 422
    assert page.says("At most 2 can be decided on at once.")
    assert statuses(event.id) == ["requested"] * 3
