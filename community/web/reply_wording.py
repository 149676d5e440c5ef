"""What organizers read of a mail that came in: what it said, and what was made of it."""

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.current import settings
from community.core.text import gettext
from community.rsvp.models import Partstat
from community.web.later import Later, later
from community.web.wording import SENTENCES

_SAID: dict[Partstat, Later] = {
    Partstat.ACCEPTED: later("Yes"),
    Partstat.DECLINED: later("No"),
    Partstat.TENTATIVE: later("Maybe"),
    Partstat.NEEDS_ACTION: later("No answer"),
}
_BECAME: dict[ReceivedVerdict, Later] = {
    ReceivedVerdict.APPLIED: later("The answer counts."),
    ReceivedVerdict.UNCHANGED: later("It says what was known already."),
    ReceivedVerdict.TOLD_HOSTS: later("Forwarded to the hosts."),
    ReceivedVerdict.HELD: later("Waits until the invited person says that it was them."),
    ReceivedVerdict.REFUSED: later("It could not be taken."),
    ReceivedVerdict.OUTDATED: later("Something newer is known."),
    ReceivedVerdict.RESENT: later("The invite was sent again."),
    ReceivedVerdict.FILED: later("No answer: only kept."),
    ReceivedVerdict.DROPPED: later("No answer to this event."),
    ReceivedVerdict.POISON: later("It could not be read, and was set aside."),
}
_UNPROVEN = {"none", "fail_soft"}
_NOBODY_VOUCHES = later("Whether the mail came from their mailbox is not known.")
_WHY: dict[str, Later] = {
    "another_address": later("It came from an address that is not known to be theirs."),
    "words_elsewhere": later("It came from an address that is not known to be theirs."),
    "another_time_elsewhere": later("It came from an address that is not known to be theirs."),
    "forged": later("Its sender's domain says that the mail is not from there."),
    "another_uid": later("It is about another calendar entry."),
    "winmail": later("Their mail program wrapped it in a form that nothing else reads."),
}


def what_was_said(mail: ReceivedMail) -> str:
    """The answer in one word; ``""`` for a mail that is none."""
    return str(_SAID[mail.partstat]) if mail.partstat is not None else ""


def what_became(mail: ReceivedMail) -> str:
    """The verdict in a sentence or two."""
    if mail.verdict is None:
        return gettext("Not handled yet.")
    became = str(_BECAME[mail.verdict])
    why = _WHY.get(mail.detail)
    if mail.verdict == ReceivedVerdict.APPLIED and mail.trust in _UNPROVEN:
        # A mail server of ours that vouches for nobody says nothing about this one.
        why = _NOBODY_VOUCHES if settings().authserv_id else None
    if why is None and mail.verdict == ReceivedVerdict.REFUSED:
        why = SENTENCES.get(mail.detail)
    return f"{became} {why}" if why is not None and "%(" not in str(why) else became
