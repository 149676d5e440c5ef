"""What refusals about venues say; :mod:`community.web.wording` shows them."""

from community.web.later import Later, later

VENUE_SENTENCES: dict[str, Later] = {
    "venue_name_missing": later("Please give the place a name."),
    "venue_used": later(
        "This place cannot be deleted: events are planned or took place there. They are listed on "
        "this page. Give them another place first."
    ),
    "venue_of_others": later(
        "Somebody else's event is to take place here, and its guests would be told of another "
        "place. Please ask its hosts, or an admin."
    ),
}
