"""The pages of others that add an event or subscribe to a feed get every fact, whole."""

from urllib.parse import parse_qs, urlsplit

from community.calendar.ways import Ways, ways_to_add, ways_to_subscribe
from tests.calendar.examples import when

FACTS = {
    "title": "Dinner & Talk + Wine #1",
    "place": "Glass House, 450 Kendall Street",
    "summary": 'Ähem; "quoted"\n100 %',
    "page": "https://events.example.org/events/dinner",
}
SPAN = when("2026-07-16 18:00", "2026-07-16 21:00")


def parts(url: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(url)
    known = {name: value for name, (value,) in parse_qs(split.query, strict_parsing=True).items()}
    return f"{split.scheme}://{split.netloc}{split.path}", known


def to_add() -> Ways:
    return ways_to_add(when=SPAN, **FACTS)


def test_google_comes_up_filled_in() -> None:
    page, known = parts(to_add().google)
    assert page == "https://calendar.google.com/calendar/render"
    assert known == {
        "action": "TEMPLATE",
        "text": FACTS["title"],
        "dates": "20260716T220000Z/20260717T010000Z",
        "ctz": "America/New_York",
        "details": f"{FACTS['summary']}\n\n{FACTS['page']}",
        "location": FACTS["place"],
    }


def test_both_outlooks_come_up_filled_in_without_plus_signs_for_spaces() -> None:
    for url, host in ((to_add().outlook, "live.com"), (to_add().office, "office.com")):
        page, known = parts(url)
        assert page == f"https://outlook.{host}/calendar/0/deeplink/compose"
        assert known == {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": FACTS["title"],
            "startdt": "2026-07-16T22:00:00Z",
            "enddt": "2026-07-17T01:00:00Z",
            "body": f"{FACTS['summary']}\n\n{FACTS['page']}",
            "location": FACTS["place"],
        }
        assert "+" not in url


def test_a_long_summary_leaves_the_address_short_enough() -> None:
    ways = ways_to_add(when=SPAN, **{**FACTS, "summary": "x" * 5000})
    assert max(map(len, (ways.google, ways.outlook, ways.office))) < 1200


def test_a_feed_is_subscribed_to_by_the_address_that_each_wants() -> None:
    address = "https://events.example.org/calendar.ics"
    webcal = "webcal://events.example.org/calendar.ics"
    ways = ways_to_subscribe(address, "Boston & Leaders")
    assert (ways.webcal, ways.address) == (webcal, address)
    google = ("https://calendar.google.com/calendar/r", {"cid": webcal})
    assert parts(ways.google) == google
    for url, host in ((ways.outlook, "live.com"), (ways.office, "office.com")):
        named = {"url": address, "name": "Boston & Leaders"}
        assert parts(url) == (f"https://outlook.{host}/calendar/0/addfromweb", named)
