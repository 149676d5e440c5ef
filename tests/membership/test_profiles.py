"""Writing one's own profile: what is kept, what is refused, and the handle that stays."""

import re
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.membership.audiences import Audience
from community.membership.handles import new_handle
from community.membership.joining import grant_role
from community.membership.models import Membership, Person, PersonTerm, Role
from community.membership.profiles import (
    ProfileDraft,
    audiences_of,
    choose_audiences,
    edit_profile,
    links_of,
)
from community.membership.terms import index_all_missing, place_of, words_of
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person

ADA = {
    "name": "Ada Lovelace",
    "job_title": "Analyst",
    "organization": "Engine Works",
    "location": "London",
    "bio": "Writes **notes**.\nMany.",
    "links": ["https://example.org/ada", "http://example.com"],
    "topics": ["data-management"],
    "timezone": "Europe/London",
    "locale": "de",
}


def draft(**facts: Any) -> ProfileDraft:
    return ProfileDraft(**{**ADA, **facts})


def terms(person: Person) -> set[str]:
    found = db.session.scalars(
        sa.select(PersonTerm.term).where(PersonTerm.person_id == person.id)
    ).all()
    return set(found)


@transactional
def make(person: Person, **facts: Any) -> None:
    """What no use-case does yet, written as it would be."""
    row = db.session.get_one(Person, person.id)
    for name, value in facts.items():
        setattr(row, name, value)


def test_a_profile_is_kept_as_it_was_written(app: Flask) -> None:
    a_topic()
    person = edit_profile(a_member().id, draft())
    assert (person.name, person.job_title, person.organization) == (
        "Ada Lovelace",
        "Analyst",
        "Engine Works",
    )
    assert (person.location, person.bio) == ("London", "Writes **notes**.\nMany.")
    assert (person.timezone, person.locale) == ("Europe/London", "de")
    assert links_of(person) == ["https://example.org/ada", "http://example.com"]
    assert [topic.slug for topic in person.topics] == ["data-management"]


def test_an_emptied_profile_is_empty(app: Flask) -> None:
    a_topic()
    member = a_member()
    edit_profile(member.id, draft())
    person = edit_profile(member.id, ProfileDraft(name="Ada"))
    assert links_of(person) == []
    assert not person.topics
    assert (person.bio, person.timezone, person.locale) == ("", None, None)
    assert terms(person) == {"ada"}


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org",
        "mailto:ada@example.org",
        "//example.org",
        "example.org",
        "/members",
        "https:example.org",
        "https://",
        "https:///x",
        "https://bank.example@evil.example/",
        "https://evil.example\\@bank.example/",
        "https://example.org:port/",
        "https://example.org/a b",
        'https://example.org/"onmouseover="x',
        "https://example.org/<script>",
        "https://example.org/" + "a" * 200,
    ],
)
def test_what_is_no_plain_web_address_is_no_link(app: Flask, link: str) -> None:
    member = a_member()
    with pytest.raises(Refused, match="bad_link"):
        edit_profile(member.id, draft(links=[link]))
    assert links_of(db.session.get_one(Person, member.id)) == []


@pytest.mark.parametrize(
    "link",
    ["http://example.org", "https://example.org:8443/~ada?q=1#x", "HTTPS://bücher.example/é"],
)
def test_a_web_address_is_a_link(app: Flask, link: str) -> None:
    assert links_of(edit_profile(a_member().id, draft(links=[link]))) == [link]


def test_five_links_are_the_most_and_the_same_twice_is_one(app: Flask) -> None:
    member = a_member()
    links = [f"https://example.org/{n}" for n in range(5)]
    assert links_of(edit_profile(member.id, draft(links=[*links, links[0], " "]))) == links
    with pytest.raises(Refused, match="too_many_links"):
        edit_profile(member.id, draft(links=[*links, "https://example.org/5"]))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " \u202e "}, "name_missing"),
        ({"timezone": "Mars/Base"}, "unknown_zone"),
        ({"timezone": "../../etc/passwd"}, "unknown_zone"),
        ({"locale": "tlh"}, "unknown_locale"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(app: Flask, wrong: dict[str, str], code: str) -> None:
    with pytest.raises(Refused, match=code) as refused:
        edit_profile(a_member().id, draft(**wrong))
    assert refused.value.values["field"] == next(iter(wrong))


def test_only_members_have_a_profile(app: Flask) -> None:
    guest, gone, erased = a_person(), a_member(), a_member()
    make(gone, membership=Membership.SUSPENDED)
    make(erased, erased_at=now())
    for person in (guest, gone, erased):
        with pytest.raises(NotFound):
            edit_profile(person.id, draft())
        with pytest.raises(NotFound):
            choose_audiences(person.id, {"name": Audience.EVERYBODY})


def test_the_address_is_hidden_and_the_rest_is_for_members_until_said_otherwise(
    app: Flask,
) -> None:
    kept = audiences_of(a_member())
    assert kept.pop("email") == Audience.NOBODY
    assert set(kept.values()) == {Audience.MEMBERS}
    assert len(kept) == 8


def test_only_what_was_chosen_changes(app: Flask) -> None:
    member = a_member()
    choose_audiences(member.id, {"bio": Audience.NOBODY})
    kept = audiences_of(choose_audiences(member.id, {"links": Audience.EVERYBODY}))
    assert kept["bio"] == Audience.NOBODY
    assert kept["links"] == Audience.EVERYBODY
    assert kept["name"] == Audience.MEMBERS


def test_the_audit_log_names_fields_and_never_what_they_say(app: Flask) -> None:
    member = a_member(name="Old Name")
    edit_profile(member.id, draft(topics=[]))
    edit_profile(member.id, draft(topics=[]))
    choose_audiences(member.id, {"bio": Audience.NOBODY})
    found = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.person_id == member.id).order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in found] == ["RoleGranted", "ProfileEdited", "AudiencesChanged"]
    assert "bio" in found[1].details["fields"]
    assert "London" not in repr(found[1].details)
    assert found[2].details == {
        "audiences": {"bio": "nobody"},
        "before": {"bio": "members"},
    }


def test_a_handle_is_the_name_and_a_piece_of_chance_and_stays(app: Flask) -> None:
    person = a_person(name="Ada Lovelace")
    assert re.fullmatch(r"ada-lovelace-[a-z0-9]{6}", person.handle)
    other = a_person(name="Ada Lovelace")
    assert other.handle != person.handle
    member = a_member()
    before = member.handle
    assert edit_profile(member.id, draft()).handle == before


@pytest.mark.parametrize("name", ["李明", "!!!", ""])
def test_a_name_without_latin_letters_has_a_handle_too(name: str) -> None:
    assert re.fullmatch(r"member-[a-z0-9]{6}", new_handle(name))


def test_the_longest_name_makes_a_handle_that_fits(app: Flask) -> None:
    assert len(new_handle("a" * 500)) <= 80


def test_a_handle_keeps_nothing_of_an_address(app: Flask) -> None:
    person = grant_role("secret.alias@example.org", Role.ORGANIZER)
    assert "secret" not in person.handle
    assert grant_role("x@example.org", Role.ADMIN, name="Jo Doe").handle.startswith("jo-doe-")


def test_terms_follow_every_edit(app: Flask) -> None:
    member = a_member()
    edit_profile(member.id, draft())
    assert {"ada", "lovelace", "london", "notes", "example"} <= terms(member)
    assert not {"https", "http"} & terms(member)
    edit_profile(member.id, draft(name="Grace", bio=""))
    assert "grace" in terms(member)
    assert not {"lovelace", "notes"} & terms(member)


def test_a_field_hidden_while_another_is_edited_is_hidden_from_searches(app: Flask) -> None:
    """Terms made of what the other use-case has just replaced would tell what is hidden."""
    member = a_member()
    person_id = member.id
    for turn in range(4):
        choose_audiences(person_id, {"bio": Audience.MEMBERS})
        facts = draft(bio=f"Secret {turn}", topics=[])
        hide = partial(choose_audiences, person_id, {"bio": Audience.NOBODY})
        answers = at_once(app, [hide, partial(edit_profile, person_id, facts)])
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        kept = db.session.execute(
            sa.select(PersonTerm.audience)
            .where(PersonTerm.person_id == person_id, PersonTerm.kind == "bio")
            .distinct()
        ).all()
        assert kept == [(Audience.NOBODY,)]


def test_people_without_terms_get_them_from_the_worker(app: Flask) -> None:
    members = [a_member(name=f"Zoë Number{n}") for n in range(3)]
    with db.engine.begin() as connection:
        connection.execute(sa.delete(PersonTerm))
        connection.execute(sa.update(Person).values(terms_version=0, sort_name=""))
    db.session.rollback()
    assert index_all_missing() == db.session.scalar(sa.select(sa.func.count(Person.id)))
    assert terms(members[0]) == {"zoe", "number0"}
    db.session.expire_all()
    assert db.session.get_one(Person, members[0].id).sort_name == "zoe number0"
    assert index_all_missing() == 0


def test_an_erased_person_has_no_terms(app: Flask) -> None:
    member = a_member(name="Ada")
    make(member, erased_at=now(), terms_version=0)
    index_all_missing()
    assert terms(member) == set()


def test_words_are_folded_cut_and_each_there_once() -> None:
    assert words_of("Zoë O'Brien, ZOE! " + "x" * 60) == ["zoe", "o", "brien", "x" * 40]
    assert words_of("!?_") == []
    assert place_of(" São-Paulo,  BR ") == "sao paulo br"
