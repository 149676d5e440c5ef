"""Answering by the link of a mail, without signing in: whoever holds it has read the mail."""

from collections.abc import Mapping, Sequence

from community.core.db import transactional
from community.membership.joining import prove_address
from community.rsvp.answers import Typed
from community.rsvp.models import Rsvp, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.queries import get_rsvp
from community.rsvp.respond import say_no, say_yes


@transactional
def answer_by_link(
    rsvp_id: int,
    *,
    coming: bool,
    guests: Sequence[Guest] | None = None,
    dietary: str | None = None,
    note: str | None = None,
    answers: Mapping[int, Typed] | None = None,
) -> Rsvp:
    """Say yes or no for the person whose link it is; None leaves what is known as it is.

    An answer to an invitation proves the address that it went to. The mails that follow tell the
    person, whoever it was.
    """
    rsvp = get_rsvp(rsvp_id)
    source = Source.INVITATION if rsvp.status == RsvpStatus.INVITED else Source.WEB
    if coming:
        rsvp = say_yes(
            rsvp.person_id,
            rsvp.event_id,
            guests=guests,
            dietary=dietary,
            note=note,
            source=source,
            answers=answers,
        )
    else:
        rsvp = say_no(rsvp.person_id, rsvp.event_id, word=note or "", source=source)
    if rsvp.head.address:
        prove_address(rsvp.person_id, rsvp.head.address)
    return rsvp
