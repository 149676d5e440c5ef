"""The mail of a test invite."""

from datetime import timedelta

from community.calendar.facts import Invite
from community.calendar.selftest import get_selftest, invite_of, mail_key
from community.calendar.selftest_changes import SelfTestAsked
from community.core.clock import now
from community.mail.kinds import Purpose, Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.notices.mails import compose, kind


def send_invite(change: SelfTestAsked) -> None:
    """An operator waits for it: it goes first, and soon or not at all."""
    invite = invite_of(get_selftest(change.selftest_id), change.address)
    queue_mail(
        "calendar_selftest",
        to=change.address,
        name="",
        facts={"invite": invite.to_json()},
        dedupe_key=mail_key(change.selftest_id),
        urgency=1,
        deadline=now() + timedelta(hours=1),
    )


def _render(mail: OutboxMail) -> Rendered:
    return Rendered(compose(mail, invite=Invite.from_json(mail.facts["invite"])))


def register_kinds() -> None:
    """Make the mail of this module known to the outbox."""
    kind("calendar_selftest", _render, purpose=Purpose.PROOF)
