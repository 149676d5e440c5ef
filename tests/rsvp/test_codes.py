"""The code that somebody brings: short, signed, forgiving, and refused with what to do."""

import pytest
import time_machine
from flask import Flask

from community.core.errors import Refused
from community.events.models import Event
from community.privacy.erasing import erase_person
from community.rsvp.codes import code_link, code_of, get_head, head_of
from community.rsvp.hand import remove_attendee
from community.rsvp.models import RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in


@pytest.mark.parametrize("number", [1, 31, 32, 1000, 123_456, 2**31 - 1])
def test_a_code_leads_to_its_head_however_it_is_typed(app: Flask, number: int) -> None:
    code = code_of(number)
    assert len(code.replace("-", "")) <= 19
    misread = code.replace("1", "l").replace("0", "o")
    for typed in (
        code,
        code.lower(),
        code.replace("-", ""),
        f" {code.replace('-', ' ')} ",
        misread,
    ):
        assert head_of(typed) == number


def test_codes_are_signed_and_no_two_are_alike(app: Flask) -> None:
    codes = {code_of(number).replace("-", "")[-12:] for number in range(1, 2000)}
    assert len(codes) == 1999


def test_the_key_of_the_site_makes_the_code(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(7)
    monkeypatch.setattr("community.rsvp.codes.sign", lambda *_: "0" * 32)
    assert head_of(code) is None


@pytest.mark.parametrize(
    "code",
    [
        *("", "-", "1", "0" * 12, "0" * 13, "z" * 12, "z" * 64, "z" * 5000, "ü" * 14, "١" * 14),
        *("U" * 14, "\x00" * 14, "7-AAAA-AAAA-AAAA", "' OR 1=1 --    "),
    ],
)
def test_what_is_nobodys_code_leads_to_nobody(app: Flask, code: str) -> None:
    event = an_event()
    assert head_of(code) is None
    with pytest.raises(Refused, match="nobody_expected"):
        get_head(event.id, code)


def test_every_letter_of_the_signature_counts(app: Flask) -> None:
    """The control: with any one of them changed the code is nobody's."""
    code = code_of(77).replace("-", "")
    for place in range(len(code) - 12, len(code)):
        other = "A" if code[place] != "A" else "B"
        assert head_of(code[:place] + other + code[place + 1 :]) is None


def test_each_head_of_a_party_has_a_code_of_its_own(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    rsvp = say_yes(a_member("Ada").id, event.id, guests=[Guest("Bo")])
    assert [get_head(event.id, code_of(head.id)).name for head in rsvp.attendees] == ["Ada", "Bo"]
    assert code_link(event.slug, rsvp.head.id).endswith(
        f"/organize/events/{event.slug}/check-in?code={code_of(rsvp.head.id)}"
    )


def test_a_code_of_another_event_is_refused_as_such(app: Flask) -> None:
    event, other = an_event(), an_event()
    rsvp = say_yes(a_member("Ada").id, other.id)
    with pytest.raises(Refused, match="code_of_other_event"):
        get_head(event.id, code_of(rsvp.head.id))


def test_a_code_of_somebody_who_withdrew_says_when(app: Flask) -> None:
    event: Event = an_event(timezone="America/New_York")
    rsvp = say_yes(a_member("Ada").id, event.id)
    with time_machine.travel(event.starts_at.replace(hour=20)) as at:
        at.shift(-3 * 86_400)
        say_no(rsvp.person_id, event.id)
        with pytest.raises(Refused, match="withdrew") as refused:
            get_head(event.id, code_of(rsvp.head.id))
    assert refused.value.values["name"] == "Ada"
    assert (event.starts_local.date() - refused.value.values["time"].date()).days == 3  # type: ignore[attr-defined]  # a wall time
    say_yes(rsvp.person_id, event.id)
    assert get_head(event.id, code_of(rsvp.head.id)).name == "Ada"  # the mail of before still works


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RsvpStatus.WAITLISTED, "still_waits"),
        (RsvpStatus.REQUESTED, "still_waits"),
        (RsvpStatus.OFFERED, "still_waits"),
        (RsvpStatus.INVITED, "not_going"),
        (RsvpStatus.LAPSED, "not_going"),
        (RsvpStatus.REFUSED, "not_going"),
    ],
)
def test_a_code_of_somebody_without_a_seat_says_why(
    app: Flask, status: RsvpStatus, code: str
) -> None:
    event = an_event()
    rsvp = answer_in(status, event.id, a_member("Ada"))
    with pytest.raises(Refused, match=code):
        get_head(event.id, code_of(rsvp.head.id))


def test_whom_the_hosts_took_off_the_list_is_for_the_hosts(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    rsvp = say_yes(a_member("Ada").id, event.id)
    remove_attendee(owner.id, event.id, rsvp.id)
    with pytest.raises(Refused, match="taken_off"):
        get_head(event.id, code_of(rsvp.head.id))


def test_the_code_of_somebody_who_is_erased_is_nobodys(app: Flask) -> None:
    event, ada = an_event(), a_member("Ada")
    rsvp = say_yes(ada.id, event.id)
    code = code_of(rsvp.head.id)
    erase_person(ada.id)
    with pytest.raises(Refused, match="nobody_expected"):
        get_head(event.id, code)
