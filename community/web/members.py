"""The members of the community: the directory, and one member's page."""

from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import clean_line
from community.discovery.directory import Searched, list_members
from community.discovery.likeminded import like_minded
from community.discovery.people import visible_member
from community.discovery.photos import visible_photo
from community.membership.queries import all_topics
from community.web.access import everybody, members, viewer
from community.web.connections import facts_about

LONGEST_QUERY = 100
# Whoever hides a photo hides it at once from caches that many people share; a browser may show
# again for a while what its owner has seen.
_PUBLIC = "public, max-age=0, must-revalidate"
_OWN_CACHE = "private, max-age=3600"
_OLD_ADDRESS = "private, no-cache"

pages = Blueprint("members", __name__)


@pages.get("/members")
@members
def index() -> ResponseReturnValue:
    """Members by word and by topic, a page at a time; whom to meet above the first page."""
    q = clean_line(request.args.get("q", "")[:LONGEST_QUERY])
    topic = clean_line(request.args.get("topic", "")[:LONGEST_QUERY])
    after = request.args.get("after", "")
    page = list_members(viewer(), Searched(q, topic, after))
    more = {"q": q, "topic": topic, "after": page.after}
    return render_template(
        "members/index.html",
        people=page.rows,
        peers=[] if q or topic or after else like_minded(viewer()),
        topics=all_topics(),
        topic=topic,
        q=q,
        next_url=f"{url_for('members.index')}?{urlencode(more)}" if page.after else None,
    )


@pages.get("/members/<slug:handle>")
@everybody
def show(handle: str) -> ResponseReturnValue:
    """One member, as far as whoever looks may know; absent when not even the name is for them."""
    person, shown = visible_member(viewer(), handle)
    if shown.handle != handle:  # of a record that was merged into this one
        return redirect(url_for("members.show", handle=shown.handle))
    facts = facts_about(person) if viewer().is_member else {}
    return render_template("members/show.html", shown=shown, **facts)


@pages.get("/members/<slug:handle>/photo/<size>")
@everybody
def photo(handle: str, size: str) -> ResponseReturnValue:
    """A member's photo for whoever may see it; ``v`` is its version, for caches."""
    found = visible_photo(viewer(), handle, size)
    response = Response(found.photo.content, mimetype=found.photo.content_type)
    lasting = _OWN_CACHE if request.args.get("v") == found.version else _OLD_ADDRESS
    response.headers["Cache-Control"] = _PUBLIC if found.is_public else lasting
    if not found.is_public:
        response.vary.add("Cookie")
    response.set_etag(found.photo.digest)
    return response.make_conditional(request)
