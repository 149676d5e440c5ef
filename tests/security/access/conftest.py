"""One small community for all tests of who gets in, with all of its buttons."""

from pathlib import Path

import pytest

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
def new_desk(tmp_path: Path) -> Desk:
    """Another one, made this minute: a mailed link holds ten, and other tests take longer."""
    return Desk(build_world(tmp_path))
