"""What people want mails about, and the links by which they stop them without signing in."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound
from community.core.tokens import link_is_right, link_token, linked_row
from community.membership.changes import MailWishChanged
from community.membership.models import Person
from community.membership.queries import get_person
from community.membership.wish_models import MailCategory, MailWish


@transactional
def set_mail_wishes(person_id: int, wishes: Mapping[MailCategory, bool]) -> None:
    """Keep what somebody says about some categories. Saying it twice is saying it once."""
    _lock(person_id)
    for category, wanted in wishes.items():
        _set(person_id, category, wanted=wanted)


@transactional
def unsubscribe(token: str) -> MailCategory:
    """Stop what a mailed link is about, for whoever it was mailed to. Raises NotFound."""
    person, category = get_unsubscribing(token)
    _lock(person.id)
    _set(person.id, category, wanted=False)
    return category


def get_unsubscribing(token: str) -> tuple[Person, MailCategory]:
    """Whom and what a mailed link is about. Raises NotFound for one that we did not make."""
    name, _, rest = token.partition("-")
    person_id = linked_row(rest)
    if name not in set(MailCategory) or person_id is None:
        raise NotFound("link")
    category = MailCategory(name)
    wish = db.session.get(MailWish, (person_id, category))
    generation = wish.link_generation if wish else 0
    if not link_is_right(rest, _purpose(category), person_id, generation):
        raise NotFound("link")
    person = db.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound("link")
    return person, category


def wanted_categories(person_id: int) -> set[MailCategory]:
    """What the person gets mails about."""
    refused = sa.select(MailWish.category).where(
        MailWish.person_id == person_id, MailWish.wanted.is_(False)
    )
    return set(MailCategory) - set(db.session.scalars(refused))


def who_refuses(category: MailCategory) -> sa.Select[int]:
    """The ids of those who do not want the mails of a category, as a subquery."""
    return sa.select(MailWish.person_id).where(
        MailWish.category == category, MailWish.wanted.is_(False)
    )


def unsubscribe_tokens(person_ids: Sequence[int], category: MailCategory) -> dict[int, str]:
    """By person, the token of the link that stops the mails of a category: one query for all."""
    kept = db.session.execute(
        sa.select(MailWish.person_id, MailWish.link_generation).where(
            MailWish.category == category, MailWish.person_id.in_(list(person_ids))
        )
    )
    generations = {row.person_id: row.link_generation for row in kept}
    return {
        person_id: f"{category.value}-"
        + link_token(_purpose(category), person_id, generations.get(person_id, 0))
        for person_id in person_ids
    }


def offered_to(person: Person) -> tuple[MailCategory, ...]:
    """The categories that the person could get mails of."""
    if person.is_organizer:
        return tuple(MailCategory)
    return tuple(one for one in MailCategory if one != MailCategory.APPLICATIONS)


def as_wishes(
    chosen: Collection[str], offered: Collection[MailCategory] = tuple(MailCategory)
) -> dict[MailCategory, bool]:
    """Every category that was offered, and whether its name is among the chosen ones."""
    return {category: category.value in chosen for category in offered}


def _set(person_id: int, category: MailCategory, *, wanted: bool) -> None:
    wish = db.session.get(MailWish, (person_id, category))
    if (wish.wanted if wish else True) == wanted:
        return
    if wish is None:
        wish = MailWish(person_id=person_id, category=category)
        db.session.add(wish)
    wish.wanted, wish.changed_at = wanted, now()
    record(MailWishChanged(person_id, category.value, wanted))


def _lock(person_id: int) -> None:
    """One at a time says what a person wants: an inbox and its owner may press at once."""
    person = get_person(person_id)
    db.session.refresh(person, with_for_update={"key_share": True})


def _purpose(category: MailCategory) -> str:
    return f"unsubscribe {category.value}"
