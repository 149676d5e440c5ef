"""An answer takes as long for an address that nobody has as for one that somebody has.

Each round asks once for each standing in random order, so that a busy machine is busy for all,
and notes who came first to last. Over many rounds everybody's mean rank is the middle one, unless
one standing is told by its time.

Known and left: signing in on PostgreSQL takes about a tenth of a millisecond longer for a known
address, which the ranks alone do find. So a standing counts as told only from NOTICED on. Whoever
measures beside the server, at twenty tries a day for an address, guesses better than by chance.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean, median

import pytest
from flask import Flask
from flask.testing import FlaskClient

from community.membership import joining, signing_in
from community.membership.queries import find_owner_id, find_person
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.factories.standings import STANDINGS, address_of, people_of_every_standing
from tests.web.browser_without_js import HERE, Browser, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]
ROUNDS = 400
SHOWN = "no standing of an address is told by the time that an answer takes"
MIDDLE = (len(STANDINGS) + 1) / 2
# Five standard errors of a mean of uniform ranks: one run in ten thousand is wrong by chance.
APART = 5 * ((len(STANDINGS) ** 2 - 1) / 12 / ROUNDS) ** 0.5
NOTICED = 0.0003  # seconds of the median: above what is known and left, below one more hash
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "join": ("/join", {"name": "Ada", "consent": "y"}),
    "sign in": ("/sign-in", {}),
    "answer": ("/events/boston-leadership-dinner/rsvp", {"name": "Ada", "action": "going"}),
    "new address": ("/profile/email", {}),
}


@contextmanager
def _without_limits(app: Flask) -> Iterator[None]:
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update={"rate_limits": "off"})
    try:
        yield
    finally:
        app.extensions["community_settings"] = before


def _seconds(client: FlaskClient, path: str, data: dict[str, list[str] | str]) -> float:
    before = time.perf_counter()
    response = client.post(path, data=data, headers={"Origin": HERE})
    taken = time.perf_counter() - before
    assert response.status_code == 303, response.text
    return taken


def _times(app: Flask, form: str) -> dict[str, list[float]]:
    """By standing, how long each round took."""
    path, typed = FORMS[form]
    browser = signed_in(app, a_member("Eve")) if form == "new address" else Browser(app)
    values = browser.get(path).form("email").values
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    order = random.Random(seed)
    times: dict[str, list[float]] = {standing: [] for standing in STANDINGS}
    for number in range(ROUNDS + 10):
        for standing in order.sample(STANDINGS, len(STANDINGS)):
            data = {**values, **typed, "email": address_of(standing)}
            with browser.client.session_transaction() as session:
                session.pop("_flashes", None)  # as if the next page had been looked at
            taken = _seconds(browser.client, path, data)
            if number >= 10:  # the first ones fill caches
                times[standing].append(taken)
    return times


def _mean_ranks(times: dict[str, list[float]]) -> dict[str, float]:
    ranks: dict[str, list[int]] = {standing: [] for standing in times}
    for number in range(ROUNDS):
        order = sorted(times, key=lambda standing: times[standing][number])
        for rank, standing in enumerate(order, 1):
            ranks[standing].append(rank)
    return {standing: fmean(all_ranks) for standing, all_ranks in ranks.items()}


def _told_by_time(app: Flask, form: str) -> set[str]:
    people_of_every_standing()
    an_event()
    with _without_limits(app):
        times = _times(app, form)
    ranks = _mean_ranks(times)
    for standing in STANDINGS:
        print(f"{standing:10} {median(times[standing]) * 1000:.3f} ms, rank {ranks[standing]:.2f}")
    usual = median(time for all_times in times.values() for time in all_times)
    return {
        standing
        for standing, rank in ranks.items()
        if abs(rank - MIDDLE) > APART and abs(median(times[standing]) - usual) > NOTICED
    }


@pytest.mark.parametrize("form", FORMS)
def test_no_standing_is_told_by_its_time(app: Flask, form: str, evidence: Evidence) -> None:
    assert _told_by_time(app, form) == set()
    evidence(
        "S5", SHOWN, count=f"{len(FORMS)} forms × {len(STANDINGS)} standings × {ROUNDS} rounds"
    )


def _hashing(find: Callable[[str], object]) -> Callable[[str], object]:
    def find_and_hash(address: str) -> object:
        found = find(address)
        if found is not None:
            hashlib.pbkdf2_hmac("sha256", b"code", b"salt", 3000)
        return found

    return find_and_hash


@pytest.mark.parametrize("form", ["sign in", "join"])
def test_one_more_hash_for_known_addresses_would_be_noticed(
    app: Flask, form: str, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: about a millisecond."""
    if form == "sign in":
        monkeypatch.setattr(signing_in, "find_owner_id", _hashing(find_owner_id))
    else:
        monkeypatch.setattr(joining, "find_person", _hashing(find_person))
    assert "unknown" in _told_by_time(app, form)
    evidence("S5", SHOWN, control="one more hash for known addresses is seen")
