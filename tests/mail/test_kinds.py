"""Kinds of mail: each known by one name, and registering one again replaces it."""

from collections.abc import Iterator

import pytest

from community.mail import kinds
from community.mail.kinds import Kind, Rendered, all_kinds, get_kind, register
from community.mail.models import OutboxMail


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    known = dict(kinds._kinds)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(known)


def render(_mail: OutboxMail) -> Rendered:
    return Rendered(b"mail")


def test_a_registered_kind_is_found_by_its_name_and_holds_no_secret_unless_told() -> None:
    register(Kind("one", render))
    register(Kind("two", render, holds_secret=True))
    assert get_kind("one") == Kind("one", render, holds_secret=False)
    assert get_kind("two").holds_secret


def test_registering_a_kind_again_replaces_it() -> None:
    register(Kind("one", render))
    register(Kind("one", render, holds_secret=True))
    assert [kind.holds_secret for kind in all_kinds() if kind.name == "one"] == [True]


def test_kinds_are_listed_by_name() -> None:
    for name in ("zebra", "apple"):
        register(Kind(name, render))
    names = [kind.name for kind in all_kinds()]
    assert names == sorted(names)
    assert {"zebra", "apple"} <= set(names)


def test_a_kind_that_nobody_registered_is_an_error() -> None:
    with pytest.raises(KeyError):
        get_kind("nobody_made_this")


def test_what_is_rendered_stores_nothing_unless_told() -> None:
    Rendered(b"mail").store()
