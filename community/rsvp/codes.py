"""The code that each head brings to the door: on their page, in their mail, as a QR code.

It is made of the head's id and a signature by SECRET_KEY, so that no column holds it. It opens
nothing by itself: only whoever may let people in can do anything with it.
"""

from community.core.db import db
from community.core.errors import Refused
from community.core.links import link
from community.core.tokens import same, sign
from community.core.walltime import to_local
from community.events.queries import get_event
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.queries import newest_decisions

LONGEST = 64  # characters of what is typed or scanned

_PURPOSE = "check-in"
# Crockford's base 32: nothing in it looks like something else, and what is misread is known.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ = {digit: value for value, digit in enumerate(_DIGITS)} | {"I": 1, "L": 1, "O": 0}
_SIGNED = 12  # characters of the signature: 60 bits
_LARGEST_ID = 2**31 - 1


def code_of(attendee_id: int) -> str:
    """The code of a head, such as ``2W-7K3M-QX9P-2ABC``: which one it is, and the signature."""
    signed = _digits(int(sign(_PURPOSE, attendee_id)[:15], 16)).rjust(_SIGNED, _DIGITS[0])
    return "-".join([_digits(attendee_id), signed[:4], signed[4:8], signed[8:]])


def code_link(slug: str, attendee_id: int) -> str:
    """The address that the head's QR code holds: any phone's camera opens the door's page."""
    return f"{link('check_in', slug=slug)}?code={code_of(attendee_id)}"


def head_of(code: str) -> int | None:
    """The id of the head whose code this is, however it was typed; None for a code of nobody.

    Upper and lower case, spaces and hyphens do not matter, and I, L and O are read as 1, 1 and 0.
    """
    typed = [letter for letter in code.upper() if letter not in "- \t"]
    if not _SIGNED < len(typed) <= LONGEST or any(letter not in _READ for letter in typed):
        return None
    attendee_id = 0
    for letter in typed[:-_SIGNED]:
        attendee_id = attendee_id * 32 + _READ[letter]
    if not 0 < attendee_id <= _LARGEST_ID:
        return None
    read = "".join(_DIGITS[_READ[letter]] for letter in typed[-_SIGNED:])
    rightly = code_of(attendee_id).replace("-", "")[-_SIGNED:]
    return attendee_id if same(read, rightly) else None


def get_head(event_id: int, code: str) -> Attendee:
    """The head of this event that a code is for, who is going.

    Refuses every other code, each with what whoever stands at the door should know.
    """
    found = head_of(code) if len(code) <= LONGEST else None
    head = db.session.get(Attendee, found) if found else None
    if head is None or head.rsvp.person.erased_at is not None:
        raise Refused("nobody_expected")
    if head.rsvp.event_id != event_id:
        raise Refused("code_of_other_event")
    require_going(head)
    return head


def require_going(head: Attendee) -> None:
    """Refuse a head whose party is not going, and say since when or why."""
    rsvp = head.rsvp
    if rsvp.status == RsvpStatus.GOING:
        return
    decision = newest_decisions([rsvp.id]).get(rsvp.id)
    zone = get_event(rsvp.event_id).timezone
    left = rsvp.status in {RsvpStatus.WITHDRAWN, RsvpStatus.DECLINED}
    if decision is not None and left:
        raise Refused("withdrew", name=head.name, time=to_local(decision.at, zone))
    if rsvp.status == RsvpStatus.REMOVED:
        raise Refused("taken_off", name=head.name)
    if rsvp.status in {RsvpStatus.WAITLISTED, RsvpStatus.OFFERED, RsvpStatus.REQUESTED}:
        raise Refused("still_waits", name=head.name)
    raise Refused("not_going", name=head.name)


def _digits(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 32)
        digits = _DIGITS[digit] + digits
    return digits
