"""Views of the list that are kept under a name."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import HostRole
from community.events.team import add_helper
from community.organizing import saved_views
from community.organizing.saved_views import (
    USUAL,
    Shown,
    delete_view,
    list_views,
    rename_view,
    replace_view,
    save_view,
)
from community.organizing.segments import Segment
from community.privacy.retention import forget_answers
from community.rsvp.deleting import delete_draft
from community.rsvp.models import RsvpStatus
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import owner_of
from tests.rsvp.states import answer_in

WAITING = Segment.from_args({"status": ["waitlisted"], "q": ["ann"], "answer-3": ["o1", "o2"]})


def names(event_id: int) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [view.name for view in list_views(event_id)]


def test_a_view_keeps_whom_it_means_what_it_shows_and_the_order(app: Flask) -> None:
    event = an_event()
    shown = Shown(WAITING, ("email", "status"), "-name")
    kept = save_view(owner_of(event), event.id, " Those  who wait ", shown)
    db.session.expire_all()
    (view,) = list_views(event.id)
    assert (view.id, view.name, view.segment) == (kept.id, "Those who wait", WAITING)
    assert (view.columns, view.sort) == (["email", "status"], "-name")
    assert view.made_by == owner_of(event)


def test_what_there_is_not_is_not_kept(app: Flask) -> None:
    event = an_event()
    view = save_view(owner_of(event), event.id, "x", Shown(columns=("secret",), sort="id; --"))
    assert (tuple(view.columns), view.sort) == (USUAL, "answered")


@pytest.mark.parametrize("name", ["Vegans", "vegans", " VEGANS ", "végans"])
def test_a_name_is_given_once_at_an_event(app: Flask, name: str) -> None:
    event, other = an_event(), an_event()
    save_view(owner_of(event), event.id, "Vegans", Shown())
    with pytest.raises(Refused, match="view_name_taken"):
        save_view(owner_of(event), event.id, name, Shown())
    second = save_view(owner_of(event), event.id, "Others", Shown())
    with pytest.raises(Refused, match="view_name_taken"):
        rename_view(owner_of(event), event.id, second.id, name)
    save_view(owner_of(other), other.id, name, Shown())
    assert names(event.id) == ["Others", "Vegans"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "view_name_missing"), (" \x00\u202e", "view_name_missing"), ("x" * 81, "view_name_too")],
)
def test_a_view_has_a_name_that_can_be_read(app: Flask, name: str, code: str) -> None:
    event = an_event()
    view = save_view(owner_of(event), event.id, "Old", Shown())
    for act in (
        lambda: save_view(owner_of(event), event.id, name, Shown()),
        lambda: rename_view(owner_of(event), event.id, view.id, name),
    ):
        with pytest.raises(Refused, match=code):
            act()
    assert names(event.id) == ["Old"]


def test_a_view_may_keep_its_name_in_other_letters(app: Flask) -> None:
    event = an_event()
    view = save_view(owner_of(event), event.id, "vegans", Shown())
    rename_view(owner_of(event), event.id, view.id, "Vegans")
    assert names(event.id) == ["Vegans"]


def test_there_are_thirty_at_most(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 2)
    event = an_event()
    for name in ("One", "Two"):
        save_view(owner_of(event), event.id, name, Shown())
    with pytest.raises(Refused, match="too_many_views"):
        save_view(owner_of(event), event.id, "Three", Shown())
    assert names(event.id) == ["One", "Two"]


def test_any_editor_changes_and_deletes_them_and_nobody_else(app: Flask) -> None:
    event, helper, door = an_event(), a_member(), a_member()
    add_helper(owner_of(event), event.id, helper.address, HostRole.COHOST)
    add_helper(owner_of(event), event.id, door.address, HostRole.DOOR)
    view = save_view(owner_of(event), event.id, "Ours", Shown())
    for stranger in (door, a_member(), an_organizer()):
        for act in (
            lambda me: save_view(me, event.id, "Mine", Shown()),
            lambda me: rename_view(me, event.id, view.id, "Mine"),
            lambda me: replace_view(me, event.id, view.id, Shown()),
            lambda me: delete_view(me, event.id, view.id),
        ):
            with pytest.raises(Refused):
                act(stranger.id)
    assert names(event.id) == ["Ours"]
    replace_view(helper.id, event.id, view.id, Shown(WAITING))
    db.session.expire_all()
    assert list_views(event.id)[0].segment == WAITING
    delete_view(helper.id, event.id, view.id)
    delete_view(helper.id, event.id, view.id)
    assert names(event.id) == []


def test_a_view_of_another_event_is_not_found(app: Flask) -> None:
    owner = an_organizer()
    event, other = an_event(owner), an_event(owner)
    view = save_view(owner.id, other.id, "Theirs", Shown())
    with pytest.raises(NotFound):
        rename_view(owner.id, event.id, view.id, "Mine")
    with pytest.raises(NotFound):
        replace_view(owner.id, event.id, view.id, Shown(WAITING))
    delete_view(owner.id, event.id, view.id)
    assert names(other.id) == ["Theirs"]


def test_a_draft_is_deleted_with_its_views(app: Flask) -> None:
    event = an_event(published=False)
    save_view(owner_of(event), event.id, "One", Shown())
    delete_draft(owner_of(event), event.id)
    assert names(event.id) == []


def test_views_go_with_the_answers_that_they_seek(app: Flask) -> None:
    event = an_event()
    answer_in(RsvpStatus.GOING, event.id)
    save_view(owner_of(event), event.id, "One", Shown(WAITING))
    assert forget_answers() == 0
    assert names(event.id) == ["One"]
    with time_machine.travel(event.ends_at + timedelta(days=31)):
        assert forget_answers() > 0
    assert names(event.id) == []
