"""Like-minded people: ranked by what is shared, and only by what the viewer may know."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.discovery import likeminded
from community.discovery.likeminded import like_minded
from community.membership.audiences import Audience
from community.membership.models import Person
from community.membership.profiles import ProfileDraft, choose_audiences, edit_profile
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.respond import say_yes
from tests.discovery.counting import statements
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, a_person

AI, DATA, ART = "ai", "data", "art"


def _topics() -> None:
    for slug in (AI, DATA, ART):
        a_topic(slug.title(), slug)


def _member(name: str, *topics: str, location: str = "") -> Person:
    return edit_profile(a_member().id, ProfileDraft(name, location=location, topics=topics))


def _peers(person: Person) -> list[str]:
    return [peer.profile.name for peer in like_minded(Viewer.of(person))]


def test_who_shares_most_comes_first(app: Flask) -> None:
    _topics()
    me = _member("Me", AI, DATA, location="São Paulo")
    _member("One topic", AI)
    _member("Two topics", DATA, AI, ART)
    _member("Neighbour", ART, location="sao-paulo")
    _member("Topic and place", AI, location="São Paulo")
    _member("Stranger", ART, location="Oslo")
    assert _peers(me) == ["Two topics", "Topic and place", "One topic", "Neighbour"]


def test_each_is_shown_with_what_is_shared(app: Flask) -> None:
    _topics()
    me = _member("Me", AI, location="Oslo")
    _member("Peer", AI, ART, location="Oslo")
    (peer,) = like_minded(Viewer.of(me))
    assert [topic.slug for topic in peer.topics] == [AI]
    assert (peer.same_place, peer.events) == (True, 0)


def test_what_is_hidden_brings_nobody_up(app: Flask) -> None:
    _topics()
    me = _member("Me", AI, location="Oslo")
    for field in ("topics", "location"):
        peer = _member(f"Peer {field}", AI, location="Oslo")
        choose_audiences(peer.id, {field: Audience.NOBODY})
    nameless = _member("Nameless", AI, location="Oslo")
    choose_audiences(nameless.id, {"name": Audience.NOBODY})
    found = {p.profile.name: (len(p.topics), p.same_place) for p in like_minded(Viewer.of(me))}
    assert found == {"Peer topics": (0, True), "Peer location": (1, False)}


def test_people_who_went_to_the_same_event_know_each_other_once_it_is_over(app: Flask) -> None:
    me, peer, guest = _member("Me"), _member("Peer"), a_person()
    event = an_event(starts_at=evening(2), ends_at=evening(2, 21))
    for person in (me, peer, guest):
        say_yes(person.id, event.id)
    assert _peers(me) == []
    with time_machine.travel(now() + timedelta(days=5)):
        (found,) = like_minded(Viewer.of(me))
    assert (found.profile.name, found.events) == ("Peer", 1)


def test_nobody_is_shown_to_who_is_no_member(app: Flask) -> None:
    _topics()
    _member("Peer", AI)
    assert like_minded(VISITOR) == []
    assert like_minded(Viewer.of(a_person())) == []


def test_many_people_take_as_many_queries_as_few_and_six_are_shown(app: Flask) -> None:
    _topics()
    me = Viewer.of(_member("Me", AI, location="Oslo"))
    counted = []
    for many in (2, 9):
        for _ in range(many):
            _member("Peer", AI, location="Oslo")
        db.session.rollback()
        db.session.expunge_all()
        with statements() as asked:
            found = like_minded(me)
        counted.append(len(asked))
    assert counted[0] == counted[1]
    assert len(found) == 6


def test_whoever_follows_very_many_topics_is_matched_by_the_last_of_them_too(app: Flask) -> None:
    slugs = [f"topic-{number:02}" for number in range(30)]
    for slug in slugs:
        a_topic(slug.title(), slug)
    me = _member("Me", *slugs)
    for number, slug in enumerate(slugs[-3:]):
        _member(f"Peer {number}", slug)
    assert _peers(me) == ["Peer 0", "Peer 1", "Peer 2"]


def test_of_very_many_topics_fewer_followers_each_are_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeminded, "_BY_TOPICS", 4)
    _topics()
    me = _member("Me", AI, DATA)
    for number in range(5):
        _member(f"Peer {number}", AI)
    assert _peers(me) == ["Peer 3", "Peer 4"]


def test_of_a_topic_of_many_the_newest_and_of_a_rare_one_everybody_is_among_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeminded, "_CANDIDATES", 3)
    _topics()
    rare = _member("Rare", AI, ART)
    for number in range(8):
        _member(f"Peer {number}", AI)
    me = _member("Me", AI, ART)
    assert _peers(me) == ["Rare", "Peer 6", "Peer 7"]
    assert _peers(rare)[0] == "Me"
