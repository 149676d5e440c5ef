"""What is printed for an evening: the list of it, sign-in sheet, name badges and place cards."""

from typing import Any
from urllib.parse import urlencode

import segno
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from community.core.current import settings
from community.core.text import clean_line
from community.events.models import Event
from community.organizing.desk import get_organized_event
from community.organizing.segments import Segment
from community.organizing.sheets import (
    BADGES,
    CARDS,
    count_heads,
    find_size,
    heads_going,
    name_fit,
)
from community.rsvp.codes import code_link
from community.web.access import event_editors, viewer

_OWN = ("from", "head", "after", "size")
_LONGEST = 100
WALK_INS = range(10)


@event_editors
def sheets(slug: str) -> ResponseReturnValue:
    """What there is to print."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/sheets.html", event=event, heads=count_heads(event))


@event_editors
def sign_in_sheet(slug: str) -> ResponseReturnValue:
    """Names, with a box to tick and a line to sign."""
    event = get_organized_event(viewer(), slug)
    facts = _facts(event, "organize.sign_in_sheet")
    return render_template("organize/sign_in_sheet.html", walk_ins=WALK_INS, **facts)


@event_editors
def badges(slug: str) -> ResponseReturnValue:
    """A badge for each head, with a code that the door reads."""
    event = get_organized_event(viewer(), slug)
    size = find_size(BADGES, request.args.get("size", ""), settings().badge_size)
    facts = _facts(event, "organize.badges", size=size.key)
    codes = {head.attendee_id: _code(event, head.attendee_id) for head in facts["heads"]}
    return render_template(
        "organize/badges.html", size=size, sizes=BADGES, codes=codes, fit=name_fit, **facts
    )


@event_editors
def place_cards(slug: str) -> ResponseReturnValue:
    """A card for each place at the table."""
    event = get_organized_event(viewer(), slug)
    size = find_size(CARDS, request.args.get("size", ""), CARDS[0].key)
    facts = _facts(event, "organize.place_cards", size=size.key)
    return render_template(
        "organize/place_cards.html", size=size, sizes=CARDS, fit=name_fit, **facts
    )


def _facts(event: Event, endpoint: str, **own: str) -> dict[str, Any]:
    """One printout's heads, as the address narrows them, and the address of the next one's."""
    args = request.args.to_dict(flat=False)
    segment = Segment.from_args(args)
    first = clean_line(request.args.get("from", "")[:_LONGEST])
    head, after = request.args.get("head", ""), request.args.get("after", "")
    page = heads_going(event, segment, first=first, head=head, after=after)
    kept = {name: values for name, values in args.items() if name not in _OWN}
    query = {**kept, **own, "from": [first] if first else [], "after": [page.after]}
    address = url_for(endpoint, slug=event.slug)
    return {
        "event": event,
        "heads": page.rows,
        "first": first,
        "is_part": bool(head or after or first or segment != Segment()),
        "kept": [(name, value) for name, values in kept.items() for value in values],
        "next_url": f"{address}?{urlencode(query, doseq=True)}" if page.after else None,
        "address": address,
    }


def _code(event: Event, attendee_id: int) -> Markup:
    """A QR code as an SVG that is drawn as large as its box."""
    # Every reader knows all eight masks: looking for the best takes four times as long.
    code = segno.make(code_link(event.slug, attendee_id), error="m", mask=0, micro=False)
    svg = code.svg_inline(omitsize=True, border=2, svgclass="nametag-code", lineclass=None)
    return Markup(svg)  # noqa: S704 - segno's own, made of digits and our address
