"""Where to report a weakness of this site: ``/.well-known/security.txt`` (RFC 9116)."""

from datetime import datetime

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from community.core.clock import now
from community.core.current import settings
from community.core.links import link
from community.membership.texts import TextKind, pages_in_force
from community.web.access import everybody

pages = Blueprint("disclosure", __name__)

_MONTHS = 7


@pages.get("/.well-known/security.txt")
@everybody
def security_txt() -> ResponseReturnValue:
    """Nothing as long as nobody said whom to write to: a file without a contact is none."""
    contact = _contact()
    if not contact:
        abort(404)
    own = settings()
    fields = [
        ("Contact", contact),
        ("Expires", f"{_expires(now()):%Y-%m-%dT%H:%M:%SZ}"),
        ("Preferred-Languages", own.locale.replace("_", "-")),
        ("Canonical", link("security_txt")),
        ("Policy", own.security_policy),
    ]
    lines = "".join(f"{name}: {value}\n" for name, value in fields if value)
    return Response(lines, content_type="text/plain; charset=utf-8")


def _contact() -> str:
    """The operator's own word, or else the community's page of that name."""
    said = settings().security_contact
    if said:
        return said if "://" in said else f"mailto:{said}"
    return link("contact") if TextKind.CONTACT in pages_in_force() else ""


def _expires(at: datetime) -> datetime:
    """The first of a month, between six and seven months ahead: RFC 9116 2.5.5 asks for less than
    a year, and a file that is the same all month is kept by its ETag.
    """
    months = at.month - 1 + _MONTHS
    return datetime(at.year + months // 12, months % 12 + 1, 1, tzinfo=at.tzinfo)
