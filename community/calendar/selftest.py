"""Whether answers by calendar come back: a test invite, and what became of it."""

import uuid
from datetime import timedelta

import sqlalchemy as sa

from community.calendar.facts import Invite, When
from community.calendar.received_models import ReceivedSource
from community.calendar.selftest_changes import SelfTestAsked
from community.calendar.selftest_models import SelfTest
from community.core.addresses import normal_address
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, record, rows_changed, transactional
from community.core.identity import community_name
from community.core.text import gettext as _
from community.core.tokens import new_key

_KEPT = timedelta(days=30)
# No other key begins with it: keys are of a to z and 2 to 7.
_MARK = "0"


@transactional
def ask_for_selftest(address: str) -> SelfTest:
    """Have a test invite sent. Raises ``Refused("bad_address")``."""
    normal = normal_address(address)
    test = SelfTest(uid=str(uuid.uuid4()), reply_key=f"{_MARK}{new_key()[1:]}")
    db.session.add(test)
    db.session.flush()
    record(SelfTestAsked(selftest_id=test.id, address=normal))
    return test


def get_selftest(selftest_id: int) -> SelfTest:
    """The test invite as the database has it now."""
    return db.session.get_one(SelfTest, selftest_id, populate_existing=True)


def mail_key(selftest_id: int) -> str:
    """What the outbox knows the mail of a test invite by."""
    return f"selftest:{selftest_id}"


def invite_of(test: SelfTest, address: str) -> Invite:
    """A quarter of an hour tomorrow that asks for an answer."""
    local, _at, domain = settings().rsvp_address.partition("@")
    starts = (now() + timedelta(days=1)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    return Invite(
        method="REQUEST",
        uid=test.uid,
        sequence=0,
        dtstamp=test.made_at.replace(microsecond=0),
        organizer_name=community_name(),
        organizer_address=f"{local}+{test.reply_key}@{domain}",
        attendee_name="",
        attendee_address=address,
        partstat="NEEDS-ACTION",
        status="CONFIRMED",
        when=When(starts, starts + timedelta(minutes=15), "UTC"),
        summary=_("Test of answers by calendar: please answer"),
        description=_(
            "Answer yes, no or maybe. Afterwards delete this entry: nothing takes place."
        ),
    )


def selftest_key(recipient: str) -> str | None:
    """The key of a test invite in the address that it is answered to; None for any other."""
    local, _at, domain = settings().rsvp_address.lower().partition("@")
    name, _at, host = recipient.strip().lower().replace("%2b", "+").rpartition("@")
    key = name[len(local) + 1 :]
    ours = host == domain and name.startswith((f"{local}+", f"{local}-"))
    return key if ours and key.startswith(_MARK) and key.isascii() else None


@transactional
def note_answer(key: str, *, partstat: str, source: ReceivedSource, found: str) -> bool:
    """Note that the answer came back; False when the key is nobody's. The latest counts."""
    answered = sa.update(SelfTest).where(SelfTest.reply_key == key)
    values = {"answered_at": now(), "partstat": partstat, "source": source.value, "found": found}
    return rows_changed(answered.values(**values)) == 1


@transactional
def forget_old_selftests() -> int:
    """Forget test invites after a month; says how many."""
    return rows_changed(sa.delete(SelfTest).where(SelfTest.made_at <= now() - _KEPT))
