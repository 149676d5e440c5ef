"""What needs a decision, in a sentence each."""

from collections.abc import Callable

from community.core.dates import instant
from community.core.text import gettext, ngettext
from community.organizing.matters import Kind, Matter


def says(matter: Matter, zone: str) -> str:
    """The sentence; times are those of the event's zone."""
    when = instant(matter.when, zone) if matter.when else ""
    return _COUNTED[matter.kind](matter.count) + (f" {_timed(matter.kind, when)}" if when else "")


_COUNTED: dict[Kind, Callable[[int], str]] = {
    Kind.APPROVALS: lambda n: ngettext(
        "One party asks to come.", "%(num)s parties ask to come.", n
    ),
    Kind.OFFERS_END: lambda n: ngettext("One offer ends soon.", "%(num)s offers end soon.", n),
    Kind.RESERVES_END: lambda n: ngettext(
        "One reserved seat ends within a day.",
        "%(num)s reserved seats end within a day.",
        n,
    ),
    Kind.CHOOSE: lambda n: ngettext(
        "Seats are free, and one party that fits waits for your choice.",
        "Seats are free, and %(num)s parties that fit wait for your choice.",
        n,
    ),
    Kind.FAILED_MAILS: lambda n: ngettext(
        "One mail could not be delivered.", "%(num)s mails could not be delivered.", n
    ),
    Kind.FOOD_CONFLICTS: lambda n: ngettext(
        "One person says two things about food that do not go together.",
        "%(num)s people say things about food that do not go together.",
        n,
    ),
    Kind.ALLERGIES: lambda n: ngettext(
        "One person mentions an allergy: tell the kitchen.",
        "%(num)s people mention an allergy: tell the kitchen.",
        n,
    ),
    Kind.FOOD_OPEN: lambda n: ngettext(
        "Nobody has asked one person whom you added what they do not eat.",
        "Nobody has asked %(num)s people whom you added what they do not eat.",
        n,
    ),
    Kind.ANSWERS_OPEN: lambda n: ngettext(
        "One party has not answered what it must.",
        "%(num)s parties have not answered what they must.",
        n,
    ),
    Kind.DOUBTED: lambda n: ngettext(
        "One answer by calendar is in doubt.",
        "%(num)s answers by calendar are in doubt.",
        n,
    ),
    Kind.WORDS: lambda n: ngettext(
        "One reply in words is new.", "%(num)s replies in words are new.", n
    ),
}


def _timed(kind: Kind, when: str) -> str:
    match kind:
        case Kind.OFFERS_END | Kind.RESERVES_END:
            return gettext("The first is held until %(when)s.", when=when)
        case Kind.FAILED_MAILS:
            return gettext("The oldest was to leave on %(when)s.", when=when)
        case _:
            return gettext("The oldest is of %(when)s.", when=when)
