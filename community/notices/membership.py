"""Notices about joining and signing in. Their tokens are made while they are rendered."""

import sqlalchemy as sa

from community.core.current import settings
from community.core.db import db, rows_changed
from community.core.links import link
from community.core.origin import origin
from community.core.tokens import digest
from community.mail.kinds import Purpose, Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.changes import JoinAsked, PeopleImported, SignInAsked
from community.membership.joining import pending_name
from community.membership.models import (
    Membership,
    Pending,
    Person,
    PersonAddress,
    SignInCode,
)
from community.membership.pending import new_pending_token
from community.membership.queries import find_owner, get_person
from community.membership.signing_in import new_proofs
from community.notices.mails import compose, kind, plain_kind

_FIRST = 1  # somebody sits in front of the screen and waits for it


def send_join_link(change: JoinAsked) -> None:
    """The link that confirms joining; to a member, that they have joined already.

    Somebody suspended reads here alone that they cannot: the page says the same to everybody.
    """
    pending = db.session.get_one(Pending, change.pending_id)
    person = find_owner(pending.address)
    suspended = person is not None and person.membership == Membership.SUSPENDED
    known = "join_closed" if suspended else "join_again"
    queue_mail(
        known if change.is_member else "join_confirm",
        to=pending.address,
        # What a stranger typed as a name must not greet a member in a mail of ours.
        name=person.name if person and change.is_member else "",
        facts={
            "pending_id": pending.id,
            "name": pending_name(pending),
            "by_approval": settings().join_policy == "approval",
        },
        urgency=_FIRST,
        deadline=pending.expires_at,
    )


def send_sign_in_code(change: SignInAsked) -> None:
    """The code and the link; to an unknown address, how to join.

    Which of the two is decided when the mail is rendered: the time that a page takes must not tell.
    """
    request = db.session.get_one(SignInCode, change.sign_in_id)
    queue_mail(
        "sign_in",
        to=request.address,
        name="",
        facts={"sign_in_id": request.id},
        urgency=0,
        deadline=request.expires_at,
    )


def invite_imported(change: PeopleImported) -> None:
    """The way to the join page for who is on an imported list, once for each address."""
    invited = [one.person_id for one in change.people if one.invited]
    if not invited:
        return
    found = db.session.execute(
        sa.select(Person.id, Person.name, PersonAddress.address)
        .join(PersonAddress.person)
        .where(Person.id.in_(invited), PersonAddress.is_primary)
        .order_by(Person.id)
    ).all()
    keys = {person_id: f"join_invited:{digest(address)}" for person_id, _, address in found}
    asked = sa.select(OutboxMail.dedupe_key).where(OutboxMail.dedupe_key.in_(keys.values()))
    asked_before = set(db.session.scalars(asked))
    importer = origin().person_id
    by = get_person(importer).name if importer else ""
    for person_id, name, address in found:
        if keys[person_id] in asked_before:
            continue
        queue_mail(
            "join_invited",
            to=address,
            name=name,
            facts={"by": by},
            person_id=person_id,
            dedupe_key=keys[person_id],
        )


def render_pending(page: str, mail: OutboxMail) -> Rendered:
    """A mail whose button leads to the page that confirms a pending wish."""
    token, token_hash = new_pending_token()

    def store() -> None:
        pending = sa.update(Pending).where(Pending.id == mail.facts["pending_id"])
        rows_changed(pending.values(token_hash=token_hash))

    return Rendered(compose(mail, url=link(page, token=token)), store)


def _render_join_link(mail: OutboxMail) -> Rendered:
    return render_pending("join_confirm", mail)


def _render_sign_in(mail: OutboxMail) -> Rendered:
    sign_in_id = mail.facts["sign_in_id"]
    proofs = new_proofs(sign_in_id, mail.recipient)
    if proofs is None:

        def rename() -> None:
            unknown = sa.update(OutboxMail).where(OutboxMail.id == mail.id)
            rows_changed(unknown.values(kind="sign_in_unknown"))

        return Rendered(compose(mail, words_of="sign_in_unknown"), rename)
    code, token, columns = proofs

    def store() -> None:
        rows_changed(sa.update(SignInCode).where(SignInCode.id == sign_in_id).values(columns))
        theirs = sa.update(OutboxMail).where(OutboxMail.id == mail.id)
        rows_changed(theirs.values(person_id=columns["person_id"]))

    return Rendered(compose(mail, code=code, url=link("sign_in_link", token=token)), store)


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("join_confirm", _render_join_link, holds_secret=True)
    plain_kind("join_again")
    plain_kind("join_closed")
    plain_kind("join_invited")
    kind("sign_in", _render_sign_in, holds_secret=True, purpose=Purpose.PROOF)
    plain_kind("sign_in_unknown")
