"""Why an RSVP is what it is, as its organizers read it."""

from community.core.text import gettext, ngettext, shorten
from community.rsvp.models import Decision, Reason
from community.web.filters import number
from community.web.wording import later

LONGEST_WORD = 200

_SENTENCES = {
    Reason.IN_LINE: later("Seats were free, and others had come first."),
    Reason.FREED_SEAT: later("Moved up when a seat became free."),
    Reason.MORE_SEATS: later("Moved up when the event got more seats."),
    Reason.NEEDS_APPROVAL: later("Waits for your yes."),
    Reason.OFFERED: later("A seat that became free is held for a while."),
    Reason.RAN_OUT: later("What was held was not taken in time."),
    Reason.OWN_WISH: later("By own wish."),
    Reason.GREW: later("The party grew."),
    Reason.SHRANK: later("The party became smaller."),
    Reason.INVITED: later("Invited."),
    Reason.ORGANIZER: later("An organizer decided."),
    Reason.KEPT_BACK: later("Seated by an organizer, with seats that were kept back."),
    Reason.MOVED: later("Moved within the line by an organizer."),
    Reason.MERGED: later("Two records of one person became one."),
    Reason.ERASED: later("The person was erased."),
}


def why(decision: Decision | None) -> str:
    """The newest decision in a sentence, with the figures that it rested on."""
    if decision is None:
        return ""
    if decision.reason in {Reason.SEAT_FREE, Reason.FULL}:
        return _seats(decision)
    if decision.word and decision.reason != Reason.OWN_WISH:
        word = shorten(decision.word, LONGEST_WORD)
        return gettext("An organizer decided: “%(word)s”", word=word)
    if decision.word:
        word = shorten(decision.word, LONGEST_WORD)
        return gettext("By own wish: “%(word)s”", word=word)
    return str(_SENTENCES[decision.reason])


def _seats(decision: Decision) -> str:
    if decision.free is None:
        return gettext("There is no limit of seats.")
    if decision.free == 0:
        return gettext("No seat was free.")
    free = ngettext("%(num)s seat was free", "%(num)s seats were free", decision.free)
    return gettext("%(free)s, %(party)s wanted.", free=free, party=number(decision.party))
