"""Who is acting is known inside the block, in that thread, and nowhere else."""

from threading import Thread

import pytest

from community.core.origin import Origin, acting, origin

ADA = Origin(person_id=1, via="web", network="192.0.2.0/24")


def test_without_anybody_the_program_itself_acts() -> None:
    assert origin() == Origin(None, "system", "")


def test_the_innermost_block_counts_and_ends() -> None:
    with acting(ADA):
        assert origin() == ADA
        with acting(Origin(via="worker")):
            assert origin().via == "worker"
        assert origin() == ADA
    assert origin().via == "system"


def test_a_block_ends_when_it_fails() -> None:
    with pytest.raises(ValueError, match="x"), acting(ADA):
        raise ValueError("x")
    assert origin().person_id is None


def test_another_thread_acts_for_itself() -> None:
    seen: list[Origin] = []
    with acting(ADA):
        thread = Thread(target=lambda: seen.append(origin()))
        thread.start()
        thread.join()
    assert seen == [Origin()]
