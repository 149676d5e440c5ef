"""The body of a mail in MIME form (RFC 2045, 2046): two texts, or these and an invite.

Written by hand: every header in it is one of ours and fixed, and the standard library takes longer
for these few lines than all else that a mail needs.
"""

import base64
import binascii
import hashlib

_CALENDAR = 'text/calendar; charset="utf-8"; method="{method}"'
# Its name is fixed: one from outside is injectable.
_FILE = (
    'Content-Type: application/ics; name="invite.ics"\r\n'
    "Content-Transfer-Encoding: base64\r\n"
    'Content-Disposition: attachment; filename="invite.ics"\r\n'
)


def boundary(message_id: str, which: str) -> str:
    """What parts this mail: "=_" occurs in neither base64 nor quoted-printable."""
    return f"=_{which}_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"


def picture_id(message_id: str) -> str:
    """By which name the HTML of this mail shows its picture (``cid:``, RFC 2392)."""
    return f"picture.{hashlib.sha256(message_id.encode()).hexdigest()[:16]}@mail.invalid"


def body(
    message_id: str,
    text: str,
    html: str,
    calendar: bytes | None = None,
    method: str | None = None,
    *,
    picture: bytes | None = None,
) -> bytes:
    """Content-Type, an empty line and the parts, with CR LF.

    Without a calendar multipart/alternative(plain, html); with one, which has CR LF at its line
    ends, the layout that Gmail, Outlook and Apple take for an invite. A picture, which is a PNG,
    goes with the HTML (multipart/related, RFC 2387), so that the alternatives stay what they are.
    """
    shown = _quoted("html", html)
    if picture is not None:
        shown = _multipart("related", boundary(message_id, "r"), [shown, _png(message_id, picture)])
    parts = [_quoted("plain", text), shown]
    between = boundary(message_id, "a")
    if calendar is None:
        return _multipart("alternative", between, parts)
    encoded = _base64(calendar)
    head = f"Content-Type: {_CALENDAR.format(method=method)}\r\n"
    parts.append(f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + encoded)
    invite = _multipart("alternative", between, parts)
    file = f"{_FILE}\r\n".encode() + encoded
    return _multipart("mixed", boundary(message_id, "m"), [invite, file])


def _multipart(kind: str, between: str, parts: list[bytes]) -> bytes:
    mark = f"--{between}".encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{between}"\r\n\r\n'.encode()
    written = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return head + written + mark + b"--\r\n"


def _quoted(kind: str, text: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\n'
    head += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    lines = text.encode("utf-8", "replace").splitlines() or [b""]
    return head.encode() + binascii.b2a_qp(b"\r\n".join(lines) + b"\r\n", istext=True)


def _png(message_id: str, picture: bytes) -> bytes:
    head = (
        'Content-Type: image/png; name="code.png"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture_id(message_id)}>\r\n"
        'Content-Disposition: inline; filename="code.png"\r\n\r\n'
    )
    return head.encode() + _base64(picture)


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")
