"""People join, answer, search, mistype and meet faults; the log has nothing of theirs."""

import json
import os
import re
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from community.core.clock import now
from community.core.db import db
from community.mail.models import OutboxMail
from tests.evidence import Evidence
from tests.journeys.running import Running, running
from tests.journeys.visitor import Visitor, first_link, plain_text

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
SERVE = [str(Path(__file__).with_name("serve_faulty.py")), "--prepare"]
DINNER = "/events/boston-leadership-dinner"
NAME, ADDRESS, GUEST = "Zimtkanari Vogelsang", "kanari4711@example.com", "Guestkanari Vogelsang"
TYPED = "typedkanari"


def a_life(program: Running) -> set[str]:
    """Somebody does what people do, and what nobody should; everything that was theirs."""
    ann, mailbox = Visitor(program.url), program.mailbox
    ann.get(f"/join?from={TYPED}")
    page = ann.press(ann.get("/join"), name=NAME, email=ADDRESS, consent="y")
    join = first_link(mailbox.wait_for(ADDRESS, "Confirm"), "/join/confirm/")
    ann.get(join + "x")
    ann.press(ann.get(join))
    ann.get(join)  # used
    page = ann.get(f"{DINNER}/rsvp")
    ann.press(page, ("action", "going"), note=f"{TYPED} nuts")
    own = first_link(mailbox.wait_for(ADDRESS, "You are going"), "/rsvp/")
    Visitor(program.url).get(own)
    ann.get(f"/members?q={quote(NAME)}")
    ann.get(f"/{TYPED}/nowhere?{TYPED}={ADDRESS}")
    page = ann.press(ann.get("/sign-in"), email=ADDRESS)
    other = Visitor(program.url)
    page = other.press(other.get("/sign-in"), email=ADDRESS)
    found = re.search(
        r"^\s*(\d{6})\s*$", plain_text(mailbox.wait_for(ADDRESS, "code")), re.MULTILINE
    )
    assert found
    other.press(page, code="000000")
    other.press(page, code=found[1])
    other.press(other.get("/sign-in"), email=f"{TYPED}@")
    assert ann.get(f"/broken/row?typed={ADDRESS}").status == 500
    assert ann.get(f"/broken/statement?typed={ADDRESS}").status == 503  # as if it were away
    assert ann.get(f"/broken/value?typed={quote(NAME)}").status == 500
    tokens = {link.rsplit("/", 1)[1] for link in (join, own)}
    cookies = {c.value for who in (ann, other) for c in who.cookies if c.value}
    return {NAME, ADDRESS, ADDRESS.partition("@")[0], TYPED, *tokens, *cookies}


def a_mail_that_cannot_be_made(program: Running) -> None:
    """Its facts are missing, so that the worker fails on it with the whole row in hand."""
    with program.app.app_context():
        mail = OutboxMail(
            kind="seat_given",
            recipient=ADDRESS,
            recipient_name=NAME,
            facts={NAME: ADDRESS},
            message_id="<broken@example.org>",
            deadline=now().replace(year=now().year + 1),
        )
        db.session.add(mail)
        db.session.commit()
        for _ in range(200):
            db.session.refresh(mail)
            if mail.last_error:
                return
            db.session.rollback()
            time.sleep(0.05)
    raise AssertionError("the worker has not met the faulty mail")


def found_in(log: str, canaries: set[str]) -> set[str]:
    """Which of these the log holds, in whatever form a line could hold it."""
    forms = (str, quote, quote_plus, lambda text: json.dumps(text)[1:-1])
    return {c for c in canaries if any(form(c).lower() in log.lower() for form in forms)}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, set[str]]:
    return live(tmp_path_factory.mktemp("lived"))


def live(folder: Path, **more: str) -> tuple[str, set[str]]:
    log = folder / "log.txt"
    with running(folder, command=SERVE, log=log, log_format="json", log_level="debug", **more) as p:
        a_mail_that_cannot_be_made(p)
        canaries = a_life(p)
    return log.read_text(), canaries


def test_every_line_is_json_and_holds_nothing_of_anybody(
    lived: tuple[str, set[str]], evidence: Evidence
) -> None:
    log, canaries = lived
    lines = [json.loads(line) for line in log.splitlines()]
    kinds = Counter(line["event"].partition(" ")[0] for line in lines)
    assert kinds["request"] >= 25
    assert sum("exception" in line for line in lines) >= 3
    assert any(line.get("work") == "send" and "exception" in line for line in lines)
    assert found_in(log, canaries) == set()
    evidence(
        "S19",
        "nothing of anybody's in the log of web and worker",
        count=f"{len(lines)} lines, {len(canaries)} canaries",
    )


def test_each_line_says_which_request_or_pass_it_is_of(lived: tuple[str, set[str]]) -> None:
    lines = [json.loads(line) for line in lived[0].splitlines()]
    for line in lines:
        assert line.keys() >= {"event", "level", "logger", "timestamp"}
        if ".web." in line["logger"] or line["logger"] == "community.faulty":
            assert re.fullmatch(r"[0-9a-f]{16}", line["request_id"])
        if ".mail." in line["logger"]:
            assert (line["work"], len(line["lease"]), len(line["work_id"])) == ("send", 32, 8)
    faults = [line for line in lines if " at broken" in line["event"]]
    said = {line["request_id"]: line for line in lines if line["event"] == "request"}
    assert [said[f["request_id"]]["status"] for f in faults] == [500, 503, 500]
    assert [said[f["request_id"]]["route"] for f in faults] == ["/broken/<kind>"] * 3


if PROOF:

    def test_without_the_masks_the_search_finds_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
    ) -> None:
        monkeypatch.setenv("UNMASKED", "1")
        log, canaries = live(tmp_path)
        found = found_in(log, canaries)
        assert {NAME, ADDRESS} <= found
        evidence(
            "S19",
            "nothing of anybody's in the log of web and worker",
            control=f"without masks {len(found)} of them are found",
        )
