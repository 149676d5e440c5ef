"""Why an RSVP is what it is: the words for every decision, for its organizers and its person."""

from dataclasses import dataclass
from datetime import datetime

from community.core.text import gettext, ngettext, shorten
from community.rsvp.models import Decision, Reason
from community.rsvp.models import RsvpStatus as S
from community.web.filters import number
from community.web.wording import Later, later

LONGEST_WORD = 200


@dataclass(frozen=True)
class Told:
    """One decision in words, when it was made, and by whom (``""`` where that is not told)."""

    at: datetime
    text: str
    by: str = ""


# What organizers read, and what the person reads. Without a state: whatever it became.
_WORDS: dict[tuple[Reason, S | None], tuple[Later, Later]] = {
    (Reason.SEAT_FREE, None): (
        later("The seats were free."),
        later("The seats were free when you answered."),
    ),
    (Reason.FULL, None): (
        later("Too few seats were free."),
        later("Too few seats were free when you answered."),
    ),
    (Reason.IN_LINE, None): (
        later("Seats were free, and others had come first."),
        later("Seats were free, and others had come before you."),
    ),
    (Reason.FREED_SEAT, None): (
        later("Moved up when a seat became free."),
        later("You moved up when a seat became free."),
    ),
    (Reason.MORE_SEATS, None): (
        later("Moved up when the event got more seats."),
        later("You moved up when the event got more seats."),
    ),
    (Reason.NEEDS_APPROVAL, None): (
        later("Waits for your yes."),
        later("The host says yes or no to every request."),
    ),
    (Reason.OFFERED, None): (
        later("A seat became free and is held for a while."),
        later("A seat became free and is held for you for a while."),
    ),
    (Reason.RAN_OUT, None): (
        later("The time to take what was held is over."),
        later("The time to take what was held for you is over."),
    ),
    (Reason.OWN_WISH, None): (later("By own wish."), later("You said so.")),
    (Reason.OWN_WISH, S.GOING): (later("Took what was held."), later("You took what was held.")),
    (Reason.OWN_WISH, S.DECLINED): (later("Said no."), later("You said no.")),
    (Reason.OWN_WISH, S.WITHDRAWN): (later("Withdrew."), later("You withdrew.")),
    (Reason.GREW, None): (later("The party became larger."), later("You bring more guests.")),
    (Reason.SHRANK, None): (later("The party became smaller."), later("You bring fewer guests.")),
    (Reason.INVITED, None): (later("Was invited."), later("The host invited you.")),
    (Reason.ORGANIZER, None): (later("An organizer decided."), later("The host decided.")),
    (Reason.ORGANIZER, S.GOING): (
        later("An organizer gave the seats."),
        later("The host gave you the seats."),
    ),
    (Reason.ORGANIZER, S.WAITLISTED): (
        later("An organizer said yes, and too few seats were free."),
        later("The host said yes, and too few seats were free."),
    ),
    (Reason.ORGANIZER, S.REFUSED): (
        later("An organizer said no."),
        later("The host said no."),
    ),
    (Reason.ORGANIZER, S.REMOVED): (
        later("An organizer took it back."),
        later("The host took it back."),
    ),
    (Reason.KEPT_BACK, None): (
        later("An organizer gave seats that were kept back."),
        later("The host gave you seats that were kept back."),
    ),
    (Reason.MOVED, None): (
        later("An organizer gave another place in line."),
        later("The host gave you another place in line."),
    ),
    (Reason.MERGED, None): (
        later("Two records of this person became one."),
        later("Two records of you became one."),
    ),
    (Reason.ERASED, None): (
        later("The person had everything about them deleted."),
        later("You had everything about you deleted."),
    ),
}
# Decisions that rested on how many seats there were.
_BY_SEATS = frozenset(
    {
        Reason.SEAT_FREE,
        Reason.FULL,
        Reason.IN_LINE,
        Reason.FREED_SEAT,
        Reason.MORE_SEATS,
        Reason.OFFERED,
        Reason.GREW,
        Reason.KEPT_BACK,
    }
)


def why(decision: Decision | None) -> str:
    """A decision as an organizer reads it: in the list, the shortest that says it all."""
    if decision is None:
        return ""
    if decision.reason in {Reason.SEAT_FREE, Reason.FULL}:
        return _with_word(_seats_wanted(decision), decision)
    return _with_word(_words(decision)[0], decision)


def why_whole(decision: Decision) -> str:
    """The same with every figure, for the page about one answer."""
    said, left = _words(decision)[0], _seats_left(decision)
    if left:
        facts = {"said": said, "left": left, "party": number(decision.party)}
        said = gettext("%(said)s %(left)s, the party is %(party)s.", **facts)
    return _with_word(said, decision)


def why_you(decision: Decision) -> str:
    """A decision as the person whom it concerns reads it, with every figure."""
    said, left = _words(decision)[1], _seats_left(decision)
    if left:
        facts = {"said": said, "left": left, "party": number(decision.party)}
        said = gettext("%(said)s %(left)s, your party is %(party)s.", **facts)
    return _with_word(said, decision)


def in_line(place: int | None, waiting: int) -> str:
    """The rank at this moment; ``""`` for who does not wait."""
    if place is None:
        return ""
    return gettext("Place %(place)s of %(all)s.", place=number(place), all=number(waiting))


def _words(decision: Decision) -> tuple[str, str]:
    key = (decision.reason, decision.became)
    organizers, person = _WORDS.get(key) or _WORDS[decision.reason, None]
    return str(organizers), str(person)


def _was_approved(decision: Decision) -> bool:
    seated = decision.became in {S.GOING, S.WAITLISTED}
    return decision.reason == Reason.ORGANIZER and seated


def _with_word(said: str, decision: Decision) -> str:
    if not decision.word:
        return said
    word = shorten(decision.word, LONGEST_WORD)
    return gettext("%(said)s “%(word)s”", said=said, word=word)


def _seats_wanted(decision: Decision) -> str:
    if decision.free is None:
        return gettext("There is no limit of seats.")
    if decision.free == 0:
        return gettext("No seat was free.")
    free = ngettext("%(num)s seat was free", "%(num)s seats were free", decision.free)
    return gettext("%(free)s, %(party)s wanted.", free=free, party=number(decision.party))


def _seats_left(decision: Decision) -> str:
    """The figure that it rested on; ``""`` for what does not depend on seats."""
    if decision.reason not in _BY_SEATS and not _was_approved(decision):
        return ""
    if decision.free is None:
        return gettext("There is no limit of seats")
    if decision.free == 0:
        return gettext("No seat was left")
    return ngettext("%(num)s seat was left", "%(num)s seats were left", decision.free)
