"""Notices about what is held: an export that is ready, and the last mail that anybody gets."""

from datetime import datetime

from community.core.current import settings
from community.core.dates import day, instant
from community.core.db import db
from community.mail.kinds import Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.queries import get_person
from community.notices.mails import compose, kind
from community.privacy.changes import AddressErased, ExportFinished
from community.privacy.erasing import CERTIFICATE
from community.privacy.models import Export


def tell_ready(change: ExportFinished) -> None:
    """It can be fetched, on a page: the file itself never goes by mail."""
    person = get_person(change.person_id)
    export = db.session.get_one(Export, change.export_id)
    queue_mail(
        "export_ready",
        to=person.address,
        name=person.name,
        facts={"until": export.expires_at.isoformat()},
        person_id=person.id,
        deadline=export.expires_at,
    )


def send_certificate(change: AddressErased) -> None:
    """What was erased, what is kept and why. Nothing but this row knows the address now."""
    queue_mail(
        CERTIFICATE,
        to=change.address,
        name="",
        facts={"at": change.at.isoformat(), "left": change.left},
        urgency=3,
    )


def _render_ready(mail: OutboxMail) -> Rendered:
    return Rendered(compose(mail, until_day=day(datetime.fromisoformat(mail.facts["until"]))))


def _render_certificate(mail: OutboxMail) -> Rendered:
    at = datetime.fromisoformat(mail.facts["at"])
    return Rendered(compose(mail, at_read=instant(at, settings().timezone)))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("export_ready", _render_ready)
    kind(CERTIFICATE, _render_certificate, forgets_reader=True)
