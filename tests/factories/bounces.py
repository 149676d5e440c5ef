"""Reports of mail servers about mails that could not be delivered (RFC 3464), true and forged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from community.mail.models import OutboxMail
from community.mail.return_path import return_path

BOUNCES = "bounces@community.test"


@contextmanager
def bounces_come_back(app: Flask) -> Iterator[None]:
    """``BOUNCE_ADDRESS`` is set as long as the block lasts."""
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"bounce_address": BOUNCES})
    yield
    app.extensions["community_settings"] = known


def a_report(mail: OutboxMail, **facts: Any) -> bytes:
    """What Postfix writes when the next server refuses a mail, but for what ``facts`` say."""
    known = {
        "status": "5.1.1",
        "action": "failed",
        "said": "smtp; 550 5.1.1 <ann@example.org>: no such user",
        "message_id": f"<{mail.message_id}>",
        "recipient": mail.recipient,
        "report_type": "delivery-status",
        "top": "multipart/report",
        "original": "message/rfc822",
        "more_fields": "",
        "more_headers": "",
        **facts,
    }
    text = """From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: {top}; report-type={report_type}; boundary="B"

This is a MIME-encapsulated message.

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 1 Jun 2026 12:00:00 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {said}
{more_fields}
--B
Content-Description: Undelivered Message
Content-Type: {original}

From: no-reply@community.test
To: {recipient}
Subject: Your code
Message-ID: {message_id}
{more_headers}
Hello.
--B--
""".format(to=return_path(mail.id), **known)
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
