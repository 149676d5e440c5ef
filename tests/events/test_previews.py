"""The link to a draft: who makes it, whom it lets in, and when it leads nowhere."""

import pytest
from flask import Flask

from community.core.errors import NotFound, Refused
from community.events.previews import find_preview, get_previewed, make_preview, revoke_preview
from community.events.publishing import publish_event
from tests.factories.events import an_event
from tests.factories.people import an_organizer


def test_a_link_shows_the_draft_until_it_is_revoked_and_a_new_one_is_another(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    token = make_preview(owner.id, event.id)
    assert make_preview(owner.id, event.id) == token == find_preview(event)
    assert get_previewed(token).id == event.id
    revoke_preview(owner.id, event.id)
    revoke_preview(owner.id, event.id)
    assert find_preview(event) is None
    with pytest.raises(NotFound):
        get_previewed(token)
    newer = make_preview(owner.id, event.id)
    assert newer != token
    assert get_previewed(newer).id == event.id
    with pytest.raises(NotFound):
        get_previewed(token)


def test_a_link_of_another_event_or_none_is_refused(app: Flask) -> None:
    owner = an_organizer()
    one, other = (an_event(owner, published=False) for _ in range(2))
    token = make_preview(owner.id, one.id)
    make_preview(owner.id, other.id)
    signature = token.partition("-")[2]
    for wrong in (
        f"{other.id}-{signature}",
        f"{one.id}-{'0' * 32}",
        "",
        "x",
        f"{one.id}-",
        "9" * 99,
    ):
        with pytest.raises(NotFound):
            get_previewed(wrong)


def test_only_its_hosts_make_and_end_it_and_only_of_a_draft(app: Flask) -> None:
    owner, other = an_organizer(), an_organizer()
    event = an_event(owner, published=False)
    token = make_preview(owner.id, event.id)
    for act in (make_preview, revoke_preview):
        with pytest.raises(NotFound):
            act(other.id, event.id)
    assert get_previewed(token).id == event.id
    publish_event(owner.id, event.id)
    with pytest.raises(Refused, match="event_not_draft"):
        make_preview(owner.id, event.id)
