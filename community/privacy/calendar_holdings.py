"""What answers by calendar hold about people: mails that came in, and addresses answered from."""

from community.privacy import whose
from community.privacy.held import Held

ANSWERS_BY_CALENDAR: tuple[Held, ...] = (
    Held(
        "received_mails",
        by="attendee_id",
        whose=whose.received_from,
        section="mails_received_from_you",
        given=("received_at", "from_address", "answered_as", "partstat", "words", "verdict"),
        deleted=True,
    ),
    Held(
        "received_mails",
        by="rsvp_id",
        whose=whose.of_own_rsvp,
        withheld="written by a guest of theirs, to the hosts",
        deleted=True,
    ),
    Held(
        "calendar_aliases",
        by="person_id",
        section="addresses_you_answer_from",
        given=("address", "confirmed_at"),
        deleted=True,
    ),
)
