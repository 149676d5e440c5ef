"""Sheets to print, and links to the kitchen sheet: who stands on them, in which order, how long."""

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.config import Settings
from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import digest
from community.events.drafts import edit_event
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper, remove_helper
from community.membership.models import Membership, Person
from community.ops.worker import HOUSEKEEPING
from community.organizing import kitchen_links
from community.organizing.kitchen_links import (
    MOST_LINKS,
    KitchenLink,
    Lasts,
    forget_old_links,
    get_by_token,
    list_links,
    make_link,
    revoke_link,
)
from community.organizing.models import AuditEntry
from community.organizing.segments import Segment
from community.organizing.sheets import (
    BADGES,
    PRINTED,
    count_heads,
    find_size,
    heads_going,
    name_fit,
)
from community.rsvp.deleting import delete_draft
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.dinners import seat_many
from tests.factories.events import a_draft, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in

EVERYBODY = Segment()


def names(event: Event, segment: Segment = EVERYBODY, **given: str) -> list[str]:
    return [head.name for head in heads_going(event, segment, **given).rows]  # type: ignore[arg-type]  # words only


def a_table(**facts: object) -> tuple[Person, Event]:
    owner = an_organizer()
    event = an_event(owner, guests_allowed=2, **facts)
    for name, guests in (("Zoë", []), ("Émile", ["Wu", "Ann"]), ("dora", []), ("Fred", ["Bo"])):
        person = a_member(name, organization=f"{name} & Co")
        say_yes(person.id, event.id, guests=[Guest(one) for one in guests])
    answer_in(RsvpStatus.INVITED, event.id, a_member("Ina"))
    answer_in(RsvpStatus.WAITLISTED, event.id, a_member("Walt"))
    db.session.rollback()
    return owner, event


def test_people_stand_by_name_whatever_case_and_accents_each_before_their_guests(
    app: Flask,
) -> None:
    _owner, event = a_table()
    assert names(event) == ["dora", "Émile", "Wu", "Ann", "Fred", "Bo", "Zoë"]
    assert count_heads(event) == 7
    _dora, emile, wu, *_ = heads_going(event, EVERYBODY).rows
    assert (emile.organization, emile.guest_of) == ("Émile & Co", "")
    assert (wu.organization, wu.guest_of) == ("", "Émile")


def test_a_printout_begins_at_a_name_and_may_be_one_head_or_a_segment(app: Flask) -> None:
    _owner, event = a_table()
    assert names(event, first="e") == ["Émile", "Wu", "Ann", "Fred", "Bo", "Zoë"]
    assert names(event, first="ÉM") == ["Émile", "Wu", "Ann", "Fred", "Bo", "Zoë"]
    assert names(event, first="zz") == []
    wu = heads_going(event, EVERYBODY).rows[2]
    assert names(event, head=str(wu.attendee_id)) == ["Wu"]
    assert names(event, Segment(q="fred")) == ["Fred", "Bo"]
    assert names(event, Segment(statuses=("invited",))) == [], "only who is going is printed"


@pytest.mark.parametrize("head", ["0", "-1", "x", "99999999999", "1e3", "\u0663"])
def test_a_head_that_is_not_going_is_not_found(app: Flask, head: str) -> None:
    _owner, event = a_table()
    with pytest.raises(NotFound):
        heads_going(event, EVERYBODY, head=head)


def test_a_head_of_another_event_is_not_found(app: Flask) -> None:
    _owner, event = a_table()
    other = say_yes(a_member().id, an_event(title="Another").id)
    with pytest.raises(NotFound):
        heads_going(event, EVERYBODY, head=str(other.head.id))


def test_printouts_follow_each_other_without_gap_or_repetition(app: Flask) -> None:
    _owner, event = a_table()
    found, after = [], ""
    for _ in range(4):
        page = heads_going(event, EVERYBODY, after=after, size=2)
        found += [head.name for head in page.rows]
        after = page.after or ""
    assert found == names(event)
    assert after == ""
    with pytest.raises(Refused):
        heads_going(event, EVERYBODY, after="garbage")


def test_who_leaves_between_two_printouts_moves_nobody(app: Flask) -> None:
    _owner, event = a_table()
    page = heads_going(event, EVERYBODY, size=2)
    assert [head.name for head in page.rows] == ["dora", "Émile"]
    _forget_party(page.rows[0].attendee_id)
    assert names(event, after=page.after or "") == ["Wu", "Ann", "Fred", "Bo", "Zoë"]


@transactional
def _forget_party(attendee_id: int) -> None:
    rsvp = db.session.get_one(Attendee, attendee_id).rsvp
    rsvp.status = RsvpStatus.WITHDRAWN
    db.session.get_one(Event, rsvp.event_id).seats_taken -= rsvp.party_size


def test_a_thousand_heads_are_two_printouts(app: Flask) -> None:
    event = an_event()
    seat_many(event.id, 1000)
    page = heads_going(event, EVERYBODY)
    assert len(page.rows) == PRINTED
    rest = heads_going(event, EVERYBODY, after=page.after or "")
    assert len(rest.rows) == 500
    assert rest.after is None
    assert len({head.attendee_id for head in page.rows + rest.rows}) == 1000


def test_an_unknown_size_is_the_usual_one() -> None:
    assert find_size(BADGES, "a7", "86x54").width == 74
    assert find_size(BADGES, "1x1", "86x54").key == "86x54"


def test_the_setting_knows_each_size_of_a_badge() -> None:
    known = Settings.model_fields["badge_size"]
    assert get_args(known.annotation) == tuple(size.key for size in BADGES)
    assert known.default == BADGES[0].key


def test_a_longer_name_is_printed_smaller() -> None:
    fits = [name_fit(name) for name in ("Bo Ek", "Guest Number One", "w" * 16, "W" * 15, "W" * 99)]
    assert fits == ["xxl", "xl", "l", "m", "xs"]
    assert name_fit("von Hohenstaufen-Oberammergau") == "l"
    assert name_fit("田中美智子") == "xl", "wide letters count double"


def test_a_link_opens_the_sheet_and_only_its_hash_is_kept(app: Flask) -> None:
    owner, event = a_table()
    token = make_link(owner.id, event.id, with_names=True)
    link = get_by_token(token)
    assert (link.event_id, link.with_names) == (event.id, True)
    kept = db.session.execute(sa.select(KitchenLink.__table__)).mappings().one()
    assert token not in repr(dict(kept))
    assert kept["token_hash"] == digest(token)
    with pytest.raises(NotFound):
        get_by_token(kept["token_hash"])


LIVES: dict[Lasts, timedelta] = {Lasts.DAY: timedelta(days=1), Lasts.WEEK: timedelta(days=7)}


@pytest.mark.parametrize("lasts", Lasts)
def test_a_link_runs_out(app: Flask, lasts: Lasts) -> None:
    owner, event = a_table()
    token = make_link(owner.id, event.id, lasts=lasts)
    ends = now() + LIVES[lasts] if lasts in LIVES else event.ends_at
    with time_machine.travel(ends - timedelta(minutes=1)):
        assert get_by_token(token)
    with time_machine.travel(ends + timedelta(seconds=1)):
        with pytest.raises(NotFound):
            get_by_token(token)
        assert list_links(event) == []


def test_without_the_look_at_the_clock_it_would_not_run_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    owner, event = a_table()
    token = make_link(owner.id, event.id, lasts=Lasts.DAY)
    monkeypatch.setattr(kitchen_links, "now", lambda: event.created_at)
    with time_machine.travel(event.ends_at):
        assert get_by_token(token)


def test_no_link_outlives_its_event(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, starts_at=evening(2), ends_at=evening(2, 21))
    token = make_link(owner.id, event.id, lasts=Lasts.WEEK)
    with time_machine.travel(event.ends_at), pytest.raises(NotFound):
        get_by_token(token)


def test_a_link_until_the_end_follows_an_event_that_moves(app: Flask) -> None:
    owner, event = a_table()
    token = make_link(owner.id, event.id)
    was = event.ends_at
    later = a_draft(starts_at=evening(40), ends_at=evening(40, 21), guests_allowed=2)
    edit_event(owner.id, event.id, later)
    with time_machine.travel(was + timedelta(hours=1)):
        assert get_by_token(token)


def test_links_that_ran_out_are_deleted_and_no_others(app: Flask) -> None:
    owner, event = a_table()
    make_link(owner.id, event.id, lasts=Lasts.DAY)
    token = make_link(owner.id, event.id)
    assert forget_old_links() == 0
    with time_machine.travel(now() + timedelta(days=2)):
        assert forget_old_links() == 1
        assert get_by_token(token)
    with time_machine.travel(event.ends_at):
        assert forget_old_links() == 1
    assert forget_old_links in HOUSEKEEPING


def test_a_revoked_link_opens_nothing(app: Flask) -> None:
    owner, event = a_table()
    token, other = make_link(owner.id, event.id), make_link(owner.id, event.id)
    oldest = list_links(event)[-1].id
    revoke_link(owner.id, event.id, oldest)
    revoke_link(owner.id, event.id, oldest)  # twice is once
    with pytest.raises(NotFound):
        get_by_token(token)
    assert get_by_token(other)


def test_ten_links_are_enough_and_those_that_ran_out_do_not_count(app: Flask) -> None:
    owner, event = a_table()
    for _ in range(MOST_LINKS):
        make_link(owner.id, event.id, lasts=Lasts.DAY)
    with pytest.raises(Refused, match="too_many_kitchen_links"):
        make_link(owner.id, event.id)
    with time_machine.travel(now() + timedelta(days=2)):
        make_link(owner.id, event.id)
        assert len(list_links(event)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(KitchenLink)) == 1


def _cohost_goes(owner: Person, event: Event, cohost: Person) -> None:
    remove_helper(owner.id, event.id, cohost.id)


def _cohost_is_suspended(_owner: Person, _event: Event, cohost: Person) -> None:
    _suspend(cohost.id)


@transactional
def _suspend(person_id: int) -> None:
    db.session.get_one(Person, person_id).membership = Membership.SUSPENDED


@pytest.mark.parametrize("goes", [_cohost_goes, _cohost_is_suspended])
def test_who_is_taken_off_the_team_keeps_no_way_in(
    app: Flask, goes: Callable[[Person, Event, Person], None]
) -> None:
    owner, event = a_table()
    cohost = a_member()
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    token = make_link(cohost.id, event.id)
    assert get_by_token(token)
    goes(owner, event, cohost)
    with pytest.raises(NotFound):
        get_by_token(token)
    assert list_links(event) == []


def test_without_the_look_at_who_made_it_the_link_would_go_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    owner, event = a_table()
    cohost = a_member()
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    token = make_link(cohost.id, event.id)
    remove_helper(owner.id, event.id, cohost.id)
    monkeypatch.setattr(kitchen_links, "require_editor", lambda *_ids: None)
    assert get_by_token(token)


def test_nobody_else_makes_or_ends_a_link(app: Flask) -> None:
    owner, event = a_table()
    make_link(owner.id, event.id)
    [link] = list_links(event)
    door, other = a_member(), an_organizer()
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    for stranger in (door, other):
        with pytest.raises(NotFound):
            make_link(stranger.id, event.id)
        with pytest.raises(NotFound):
            revoke_link(stranger.id, event.id, link.id)
    elsewhere = an_event(other, title="Another")
    revoke_link(other.id, elsewhere.id, link.id)
    assert len(list_links(event)) == 1


def test_there_is_no_link_for_a_draft_a_cancelled_event_or_one_that_is_over(app: Flask) -> None:
    owner, event = a_table()
    draft = an_event(owner, title="Draft", published=False)
    with pytest.raises(Refused, match="event_is_draft"):
        make_link(owner.id, draft.id)
    with time_machine.travel(event.ends_at), pytest.raises(Refused, match="kitchen_is_over"):
        make_link(owner.id, event.id)
    cancel_event(owner.id, event.id)
    with pytest.raises(Refused, match="event_cancelled"):
        make_link(owner.id, event.id)
    delete_draft(owner.id, draft.id)


def test_the_log_says_who_made_and_ended_a_link_and_holds_no_secret(app: Flask) -> None:
    owner, event = a_table()
    say_yes(a_member().id, event.id, dietary="quinoa allergy")
    token = make_link(owner.id, event.id, with_names=True)
    [link_id] = [link.id for link in list_links(event)]
    revoke_link(owner.id, event.id, link_id)
    made, ended = db.session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.action.startswith("KitchenLink"))
        .order_by(AuditEntry.id)
    )
    assert (made.action, made.event_id) == ("KitchenLinkCreated", event.id)
    assert made.details == {"link_id": link_id, "with_names": True}
    assert (ended.action, ended.details) == ("KitchenLinkRevoked", {"link_id": link_id})
    everything = repr([entry.details for entry in db.session.scalars(sa.select(AuditEntry))])
    assert "quinoa" not in everything
    assert token not in everything
    assert digest(token) not in everything
