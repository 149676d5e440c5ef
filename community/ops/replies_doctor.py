"""Whether what calendars answer finds its way to the program."""

from collections.abc import Iterator
from datetime import timedelta

from community.core.clock import now
from community.core.current import settings
from community.inbound.bounds import LARGEST
from community.inbound.mailbox import Account, Mailbox, MailboxFailure, account_from_url
from community.inbound.polling import EVERY, find_poll
from community.ops.findings import Finding

ABOUT = "replies"
_LATE = 10 * EVERY


def replies() -> Iterator[Finding]:
    """The address that calendars answer to, and how mails to it are fetched."""
    address = settings().rsvp_address
    if address.lower().endswith("@localhost") and settings().mail_url:
        advice = "Set COMMUNITY_RSVP_ADDRESS to an address of your domain (docs/calendar.md)."
        yield Finding(ABOUT, f"calendars answer to {address}, which reaches nobody", advice)
    else:
        yield Finding(ABOUT, f"calendars answer to {address}")
    if settings().imap_url:
        yield from _mailbox(account_from_url(settings().imap_url))


def _mailbox(account: Account) -> Iterator[Finding]:
    try:
        with Mailbox(account, largest=LARGEST, only_look=True) as mailbox:
            waiting, aside = len(mailbox.waiting(most=10**6)), mailbox.set_aside_count()
    except MailboxFailure as failure:
        advice = "Correct COMMUNITY_IMAP_URL, or start the mail server that it names."
        yield Finding(ABOUT, f"the mailbox cannot be read: {failure}", advice)
        return
    yield _fetching(account, waiting)
    if aside:
        text = f"mails set aside in {account.folder}, because they could not be dealt with: {aside}"
        advice = "Look into the log. Take the flag off such a mail to have it tried again."
        yield Finding(ABOUT, text, advice)


def _fetching(account: Account, waiting: int) -> Finding:
    poll = find_poll(account)
    text = f"mails waiting in {account.folder} of {account.host}: {waiting}"
    last = poll.done_at if poll else None
    if last is not None:
        text += f", last fetched {last:%Y-%m-%d %H:%M} UTC"
    if poll is not None and poll.failures:
        text += f", {poll.failures} times in vain since: {poll.last_error}"
    if waiting and (last is None or last < now() - max(_LATE, timedelta(minutes=5))):
        return Finding(ABOUT, text, "Have `flask worker` (or `flask serve`) run.")
    return Finding(ABOUT, text)
