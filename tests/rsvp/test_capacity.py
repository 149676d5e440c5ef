"""Who fits, who waits and who is next: pure decisions, as tables and as rules for any figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.rsvp.capacity import (
    Line,
    Placement,
    Waiting,
    fits,
    free_seats,
    next_in_line,
    place,
)

SEATED, FULL, BEHIND = Placement.SEATED, Placement.FULL, Placement.BEHIND
PARTIES = st.integers(1, 10)
FREE = st.none() | st.integers(0, 12)
LINES = st.lists(PARTIES, max_size=12).map(
    lambda parties: [Waiting(100 + n, n, party) for n, party in enumerate(parties, start=1)]
)


def _line(*parties: int) -> list[Waiting]:
    return [Waiting(rsvp_id=n, ticket=n, party=party) for n, party in enumerate(parties, start=1)]


@pytest.mark.parametrize(
    ("capacity", "kept_back", "taken", "free"),
    [
        (None, 0, 0, None),
        (None, 0, 100_000, None),
        (10, 0, 0, 10),
        (10, 0, 10, 0),
        (10, 3, 0, 7),
        (10, 3, 7, 0),
        (10, 3, 9, 0),  # seats were kept back after they had been taken
        (10, 10, 0, 0),
        (1, 0, 0, 1),
    ],
)
def test_free_seats(capacity: int | None, kept_back: int, taken: int, free: int | None) -> None:
    assert free_seats(capacity, kept_back, taken) == free


@pytest.mark.parametrize(
    ("free", "party", "waits", "may_pass", "placement"),
    [
        (None, 10, False, True, SEATED),
        (None, 1, True, False, BEHIND),
        (1, 1, False, True, SEATED),
        (1, 1, False, False, SEATED),
        (0, 1, False, True, FULL),
        (0, 1, True, False, FULL),
        (3, 4, False, True, FULL),
        (3, 3, False, False, SEATED),
        (1, 1, True, True, SEATED),
        (1, 1, True, False, BEHIND),
        (1, 2, True, True, FULL),
    ],
)
def test_a_newcomer_is_placed(
    free: int | None, party: int, waits: bool, may_pass: bool, placement: Placement
) -> None:
    assert (
        place(free, party, somebody_waits=waits, line=Line(smaller_may_pass=may_pass)) == placement
    )


@pytest.mark.parametrize(
    ("free", "parties", "may_pass", "ticket"),
    [
        (1, (), True, None),
        (0, (1, 1), True, None),
        (1, (1, 1), True, 1),
        (1, (2, 1), True, 2),
        (1, (2, 1), False, None),
        (2, (2, 1), False, 1),
        (2, (3, 4, 2, 1), True, 3),
        (2, (3, 4, 5), True, None),
        (None, (10, 1), False, 1),
    ],
)
def test_the_next_in_line(
    free: int | None, parties: tuple[int, ...], may_pass: bool, ticket: int | None
) -> None:
    found = next_in_line(Line(smaller_may_pass=may_pass), free, _line(*parties))
    assert (found.ticket if found else None) == ticket


@given(FREE, LINES, st.booleans())
def test_whoever_is_next_fits_whole_and_passes_only_whom_they_may(
    free: int | None, line: list[Waiting], may_pass: bool
) -> None:
    found = next_in_line(Line(smaller_may_pass=may_pass), free, line)
    if found is None:
        blocked = line[:1] if not may_pass else line
        assert not any(fits(free, waiting.party) for waiting in blocked)
        return
    assert fits(free, found.party)
    passed = [waiting for waiting in line if waiting.ticket < found.ticket]
    assert not any(fits(free, waiting.party) for waiting in passed)
    assert may_pass or not passed


@given(FREE, LINES, st.booleans())
def test_a_line_moves_until_nobody_eligible_is_left_and_no_seat_is_sold_twice(
    free: int | None, line: list[Waiting], may_pass: bool
) -> None:
    left, waiting, seated = free, list(line), 0
    while found := next_in_line(Line(smaller_may_pass=may_pass), left, waiting):
        waiting.remove(found)
        seated += found.party
        left = None if left is None else left - found.party
    assert left is None or 0 <= left == (free or 0) - seated
    assert next_in_line(Line(smaller_may_pass=may_pass), left, waiting) is None
    if free is None:
        assert waiting == []


@given(FREE, PARTIES, st.booleans(), st.booleans())
def test_only_who_fits_is_seated_and_who_fits_alone_always_is(
    free: int | None, party: int, waits: bool, may_pass: bool
) -> None:
    placed = place(free, party, somebody_waits=waits, line=Line(smaller_may_pass=may_pass))
    assert (placed == FULL) == (not fits(free, party))
    if not waits and fits(free, party):
        assert placed == SEATED


@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_free_seats_are_never_below_zero_nor_above_what_is_left(
    capacity: int, kept_back: int, taken: int
) -> None:
    free = free_seats(capacity, kept_back, taken)
    assert free is not None
    assert 0 <= free <= max(0, capacity - taken)
