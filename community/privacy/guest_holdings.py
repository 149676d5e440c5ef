"""What the guest lists of events hold about people: those on them, and those who wrote them."""

from community.privacy import whose
from community.privacy.held import Held, by_address

GUEST_LISTS: tuple[Held, ...] = (
    Held(
        "guest_lists",
        by="person_id",
        section="people_you_invited_to_events",
        given=("created_at", "finished_at", "state", "message", "size"),
        blank={"message": "", "typed": ""},
        kept={"person_id": "an id that leads to nobody"},
    ),
    Held(
        "guest_lists",
        by="typed",
        whose=whose.lists_with_them,
        withheld="a text about many; their own row of it is given below",
        blank={"typed": ""},
        kept={"message": "what an organizer says to everybody"},
    ),
    Held(
        "guest_rows",
        by="address",
        whose=by_address("address"),
        section="guest_lists_you_stood_on",
        given=("address", "name", "extra", "verdict", "why"),
        deleted=True,
    ),
)
