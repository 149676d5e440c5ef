"""What became of somebody's events: the decision, who may read it, and the pages of it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper
from community.membership.models import Person
from community.membership.viewer import Viewer
from community.organizing import history
from community.organizing.history import (
    Known,
    Outcome,
    list_history,
    outcome,
    own_history,
    totals,
)
from community.organizing.history_file import COLUMNS, csv_lines
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from community.web.outcome_wording import OUTCOMES
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, an_admin, an_organizer

START = datetime(2026, 7, 16, 18, tzinfo=UTC)
S, O = RsvpStatus, Outcome  # noqa: E741 - the columns of the table below


def known(status: RsvpStatus | None, flags: str = "", left: float | None = None) -> Known:
    """``flags``: o over, x called off, h hosts, i checked in, d door used; ``left`` in hours."""
    return Known(
        status=status,
        starts_at=START,
        is_over="o" in flags,
        is_called_off="x" in flags,
        hosts="h" in flags,
        checked_in="i" in flags,
        door_used="d" in flags,
        left_at=None if left is None else START + timedelta(hours=left),
    )


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        (known(S.GOING), O.TO_COME),
        (known(S.GOING, "d"), O.TO_COME),  # others are in; the evening is not over
        (known(S.GOING, "id"), O.CAME),
        (known(S.GOING, "oid"), O.CAME),
        (known(S.GOING, "od"), O.MISSED),
        (known(S.GOING, "o"), O.NOT_KNOWN),  # nobody stood at the door: nobody is missed
        (known(S.GOING, "oidx"), O.CALLED_OFF),
        (known(S.GOING, "odx"), O.CALLED_OFF),
        (known(S.WITHDRAWN, "od", left=-47.9), O.LATE),
        (known(S.WITHDRAWN, "", left=-1), O.LATE),
        (known(S.WITHDRAWN, "od", left=1), O.LATE),  # after it began
        (known(S.WITHDRAWN, "od", left=-48), O.WITHDREW),
        (known(S.WITHDRAWN, "od", left=-300), O.WITHDREW),
        (known(S.WITHDRAWN, "od"), O.WITHDREW),  # left a waitlist: no seat was given back
        (known(S.DECLINED, "od"), O.DECLINED),
        (known(S.DECLINED), O.DECLINED),
        (known(S.DECLINED, "od", left=-2), O.DECLINED),  # came back, was invited anew, said no
        (known(S.GOING, "od", left=-2), O.MISSED),  # withdrew once, came back, and did not come
        (known(S.GOING, "oid", left=-2), O.CAME),
        (known(S.INVITED, "od"), O.NOT_SEATED),
        (known(S.INVITED), O.TO_COME),
        (known(S.WAITLISTED, "od"), O.NOT_SEATED),
        (known(S.WAITLISTED), O.TO_COME),
        (known(S.OFFERED, "od"), O.NOT_SEATED),
        (known(S.REQUESTED, "od"), O.NOT_SEATED),
        (known(S.REMOVED), O.NOT_SEATED),
        (known(S.REFUSED), O.NOT_SEATED),
        (known(S.LAPSED, "od"), O.NOT_SEATED),
        (known(None, "oh"), O.HOSTED),
        (known(None, "h"), O.TO_COME),
        (known(S.GOING, "ohd"), O.HOSTED),  # hosts are not checked in at their own door
        (known(None, "ohx"), O.CALLED_OFF),
    ],
)
def test_the_outcome_is_decided_by_this_table(what: Known, wanted: Outcome) -> None:
    assert outcome(what) == wanted


def test_every_outcome_has_words_and_every_word_an_outcome() -> None:
    assert set(OUTCOMES) == {one.value for one in Outcome}


def an_evening(owner: Person, days: int, title: str = "Dinner", **facts: object) -> Event:
    return an_event(owner, starts_at=evening(days), ends_at=evening(days, 21), title=title, **facts)


@transactional
def let_in(event: Event, person: Person, *, heads: int = 1) -> None:
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    for head in rsvp.attendees[:heads]:
        db.session.get_one(Attendee, head.id).checked_in_at = event.starts_at


def read(viewer: Person, person: Person) -> list[tuple[str, str]]:
    db.session.rollback()
    with time_machine.travel(now() + timedelta(days=60)):
        page = list_history(Viewer.of(viewer), person.id)
    return [(past.title, past.outcome.value) for past in page.rows]


def test_a_history_is_read_from_answers_seats_and_the_door(app: Flask) -> None:
    owner, ada, bo = an_organizer(), a_member("Ada"), a_member("Bo")
    came = an_evening(owner, 10, "Came", guests_allowed=2)
    missed, off, late = (an_evening(owner, n, t) for n, t in ((11, "M"), (12, "Off"), (13, "L")))
    unseen, soon = an_evening(owner, 14, "Unseen"), an_evening(owner, 15, "Soon")
    for event in (came, missed, off, late, unseen, soon):
        say_yes(ada.id, event.id, guests=[Guest("Cy"), Guest("Di")] if event is came else ())
        say_yes(bo.id, event.id)
    let_in(came, ada, heads=2)
    let_in(missed, bo)
    cancel_event(owner.id, off.id)
    with time_machine.travel(late.starts_at - timedelta(hours=47)):
        say_no(ada.id, late.id)
    with time_machine.travel(soon.starts_at - timedelta(hours=49)):
        say_no(ada.id, soon.id)
    assert read(owner, ada) == [
        ("Soon", "withdrew"),
        ("Unseen", "not_known"),
        ("L", "late"),
        ("Off", "called_off"),
        ("M", "missed"),
        ("Came", "came"),
    ]
    with time_machine.travel(now() + timedelta(days=60)):
        counted = totals(Viewer.of(owner), ada.id)
        assert (counted.counts[O.CAME], counted.counts[O.MISSED], counted.guests) == (1, 1, 1)
        assert {p.outcome for p in own_history([owner.id])} == {O.HOSTED, O.CALLED_OFF}


def test_an_organizer_reads_of_their_own_events_and_an_admin_of_all(app: Flask) -> None:
    owner, other, ada = an_organizer(), an_organizer(), a_member("Ada")
    for host, title in ((owner, "Hers"), (other, "His")):
        say_yes(ada.id, an_evening(host, 10, title).id)
    assert [title for title, _ in read(owner, ada)] == ["Hers"]
    assert [title for title, _ in read(other, ada)] == ["His"]
    assert len(read(an_admin(), ada)) == 2
    assert read(ada, ada) == []


def test_a_co_host_reads_of_the_event_and_the_door_of_none(app: Flask) -> None:
    owner, cleo, dora, ada = an_organizer(), a_member("Cleo"), a_member("Dora"), a_member("Ada")
    event = an_evening(owner, 10)
    say_yes(ada.id, event.id)
    say_yes(ada.id, an_evening(owner, 12, "Another").id)
    add_helper(owner.id, event.id, cleo.address, HostRole.COHOST)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    assert [title for title, _ in read(cleo, ada)] == ["Dinner"]
    assert read(dora, ada) == []


def test_without_the_scope_an_organizer_would_read_of_others_events(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the tests above see what the scope is for."""
    owner, ada = an_organizer(), a_member("Ada")
    say_yes(ada.id, an_evening(an_organizer(), 10, "His").id)
    assert read(owner, ada) == []
    monkeypatch.setattr(history, "_scope", lambda _viewer: None)
    assert [title for title, _ in read(owner, ada)] == ["His"]


def test_drafts_are_in_no_history(app: Flask) -> None:
    owner = an_organizer()
    an_event(owner, published=False)
    assert read(an_admin(), owner) == []


def test_pages_follow_each_other_without_gap_or_double(app: Flask) -> None:
    owner, ada = an_organizer(), a_member("Ada")
    for n in range(5):
        say_yes(ada.id, an_evening(owner, 10 + n // 2, f"E{n}").id)
    viewer, seen, after = Viewer.of(owner), [], ""
    for _ in range(4):
        page = list_history(viewer, ada.id, after, size=2)
        seen += [past.title for past in page.rows]
        after = page.after or ""
        if not after:
            break
    assert seen == ["E4", "E3", "E2", "E1", "E0"]
    with pytest.raises(Refused, match="bad_cursor"):
        list_history(viewer, ada.id, "nonsense")


@pytest.mark.parametrize("title", ["=1+1", "+cmd", "@SUM(A1)", "-2", "'quoted", "＝1"])
def test_the_file_holds_no_formula_and_every_value(app: Flask, title: str) -> None:
    owner, ada = an_organizer(), a_member("Ada")
    event = an_evening(owner, 10, title)
    say_yes(ada.id, event.id)
    data = b"".join(csv_lines(Viewer.of(owner), ada.id, {k: str(v) for k, v in OUTCOMES.items()}))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1][0] == f"'{event.title}"
    assert rows[1][2:5] == ["to_come", "To come", "going"]
