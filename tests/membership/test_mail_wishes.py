"""Mail wishes: said twice is said once, and a mailed link is about one person and one category."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound
from community.core.tokens import link_token
from community.membership.mail_wishes import (
    as_wishes,
    get_unsubscribing,
    set_mail_wishes,
    unsubscribe,
    unsubscribe_tokens,
    wanted_categories,
)
from community.membership.models import Person
from community.membership.queries import get_person
from community.membership.wish_models import MailCategory, MailWish
from community.organizing.models import AuditEntry
from community.rsvp.queries import LINK
from tests.factories.at_once import at_once
from tests.factories.people import a_member

EVENTS = MailCategory.EVENTS
EVERYTHING = set(MailCategory)


def token_of(person: Person) -> str:
    return unsubscribe_tokens([person.id], EVENTS)[person.id]


def changes() -> list[bool]:
    noted = sa.select(AuditEntry.details).where(AuditEntry.action == "MailWishChanged")
    return [details["wanted"] for details in db.session.scalars(noted.order_by(AuditEntry.id))]


def test_who_said_nothing_gets_everything(app: Flask) -> None:
    assert wanted_categories(a_member().id) == set(MailCategory)


def test_a_wish_is_kept_and_can_be_taken_back(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    set_mail_wishes(ann.id, as_wishes([], [EVENTS]))
    assert wanted_categories(ann.id) == EVERYTHING - {EVENTS}
    assert wanted_categories(bob.id) == EVERYTHING
    set_mail_wishes(ann.id, as_wishes(["events"], [EVENTS]))
    assert wanted_categories(ann.id) == EVERYTHING
    assert changes() == [False, True]


def test_a_link_stops_its_category_for_its_person_alone_and_twice_is_once(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    assert unsubscribe(token_of(ann)) == EVENTS
    assert unsubscribe(token_of(ann)) == EVENTS
    assert wanted_categories(ann.id) == EVERYTHING - {EVENTS}
    assert wanted_categories(bob.id) == EVERYTHING
    assert changes() == [False]


def test_an_old_link_works_again_after_a_change_of_mind(app: Flask) -> None:
    ann = a_member()
    token = token_of(ann)
    unsubscribe(token)
    set_mail_wishes(ann.id, as_wishes(["events"]))
    unsubscribe(token)
    assert wanted_categories(ann.id) == set()


def test_a_new_generation_makes_old_links_useless(app: Flask) -> None:
    ann = a_member()
    old = token_of(ann)
    set_mail_wishes(ann.id, as_wishes([]))
    _rotate(ann)
    with pytest.raises(NotFound):
        get_unsubscribing(old)
    assert get_unsubscribing(token_of(ann))[0].id == ann.id


@transactional
def _rotate(person: Person) -> None:
    db.session.get_one(MailWish, (person.id, EVENTS)).link_generation += 1


@transactional
def _erase(person: Person) -> None:
    get_person(person.id).erased_at = now()


def test_no_other_token_stops_anything(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    mine, mac = token_of(ann), token_of(ann).rpartition("-")[2]
    wrong = [
        "",
        "-",
        "events",
        "events-",
        f"events-{ann.id}",
        f"events-{ann.id}-",
        f"events-{bob.id}-{mac}",
        f"events-0{ann.id}-{mac}",
        f"events-{ann.id}-{mac[:-1]}",
        f"events-{ann.id}-{mac.upper()}" if mac.upper() != mac else "x",
        f"news-{ann.id}-{mac}",
        f"{ann.id}-{mac}",
        f"events-{link_token(LINK, ann.id, 0)}",
        f"events-{link_token('bounce', ann.id, 0)}",
        f"events-{link_token('unsubscribe', ann.id, 0)}",
        mine + "0",
        mine + "-",
        " " + mine,
        mine.replace("events", "ｅvents"),
        f"events-999999999-{mac}",
        f"events-{'9' * 40}-{mac}",
        f"events-{ann.id}-é{mac[1:]}",
        "\x00" * 40,
    ]
    for token in wrong:
        with pytest.raises(NotFound):
            unsubscribe(token)
    assert wanted_categories(ann.id) == wanted_categories(bob.id) == EVERYTHING
    unsubscribe(mine)  # the control: the true one does
    assert wanted_categories(ann.id) == EVERYTHING - {EVENTS}


def test_the_link_of_somebody_erased_is_unknown(app: Flask) -> None:
    ann = a_member()
    token = token_of(ann)
    _erase(ann)
    with pytest.raises(NotFound):
        unsubscribe(token)


def test_many_at_once_say_it_once(app: Flask) -> None:
    token = token_of(a_member())
    answers = at_once(app, [lambda: unsubscribe(token)] * 6)
    assert answers == [EVENTS] * 6
    assert changes() == [False]
