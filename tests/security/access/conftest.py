"""One small community for all tests of who gets in, with all of its buttons."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.world import World, build_world
from tests.security.access.pressing import Desk


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def found(built: World) -> Desk:
    desk = Desk(built)
    assert desk.buttons
    assert desk.blank
    assert desk.moment  # while all that was mailed still holds
    return desk


@pytest.fixture
def world(built: World) -> World:
    """The community as it was in the beginning."""
    built.reset()
    return built


@pytest.fixture
def desk(found: Desk) -> Desk:
    """The same with its buttons."""
    found.world.reset()
    return found


@pytest.fixture
def in_time(found: Desk) -> Iterator[None]:
    """Now is soon after the mails, however long other tests took: a link holds ten minutes."""
    with time_machine.travel(found.moment):
        yield
