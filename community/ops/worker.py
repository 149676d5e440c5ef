"""The work that nobody waits for: sending mails, telling many people, tidying up."""

import logging
import queue
import secrets
import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import structlog
from flask import Flask

from community.calendar import selftest
from community.config import Settings
from community.core import form_numbers, limits
from community.core.chores import note_done
from community.core.db import durable_soon
from community.events import covers, team_invitations
from community.inbound import polling
from community.inbound.mailbox import account_from_url
from community.mail import broadcasts, delivery, leases, outbox
from community.mail.in_hand import InHand
from community.mail.transport import transport_from_url
from community.membership import (
    import_tidying,
    importing,
    invitations,
    joining,
    sessions,
    signing_in,
    terms,
)
from community.ops.loops import Loop, Trouble
from community.organizing import announcements, event_reminders, export_jobs, kitchen_links
from community.organizing.vitals import WORKER, key_name
from community.privacy import (
    erasing,
    exporting,
    retention,
    retention_in_office,
    retention_of_notes,
    retention_of_replies,
)
from community.rsvp import entries, guest_lists, offers

log = logging.getLogger(__name__)

_IDLE = 0.5  # seconds between two looks into an empty outbox
_BATCH = 20
_RENEWALS = 4.5  # of a lease before it runs out: one or two may come late
_SHARE_EVERY = 1.0  # a look at a clock
_OFFERS_EVERY = 5.0
_ANNOUNCE_EVERY = 2.0
_FETCH_EVERY = 2.0  # a look into our own table; the mailbox itself is asked less often
TIDY_EVERY = 3600.0
ALIVE_EVERY = 30.0
_PATIENCE = 8.0  # seconds for mails that are on the wire; after ten we would be killed

# Each is a use-case of its own: a fault in one leaves the others done.
HOUSEKEEPING: tuple[Callable[[], int], ...] = (
    limits.forget_old,
    form_numbers.forget_old,
    joining.forget_old_wishes,
    invitations.forget_old_invitations,
    signing_in.forget_old_codes,
    sessions.forget_old_sessions,
    outbox.wipe_bodies,
    terms.index_all_missing,
    import_tidying.forget_old_imports,
    guest_lists.forget_old_lists,
    team_invitations.forget_old_asks,
    entries.forget_presses,
    kitchen_links.forget_old_links,
    retention.forget_answers,
    retention.forget_facts_of_mails,
    retention.forget_browsers,
    retention.forget_bounces,
    retention_in_office.forget_networks,
    retention_in_office.forget_refusals,
    retention_in_office.forget_reports,
    retention_in_office.forget_logos,
    retention_of_notes.forget_notes,
    retention_of_replies.forget_received,
    exporting.forget_old_exports,
    export_jobs.forget_old_files,
    erasing.wipe_certificates,
    covers.forget_unused,
    selftest.forget_old_selftests,
)


def run(app: Flask) -> int:
    """Work until SIGTERM or SIGINT; a mail that is on the wire is finished first."""
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()  # a handler may put into it at any moment
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.put(number))
    stop = threading.Event()
    threads = start(app, stop)
    asked.get()
    stop.set()
    finish(threads)
    return 0


def start(app: Flask, stop: threading.Event) -> list[threading.Thread]:
    """Work in threads until ``stop`` is set. Whatever goes wrong is logged, and tried again."""
    settings: Settings = app.extensions["community_settings"]
    trouble, renewing = Trouble(), settings.lease_seconds / _RENEWALS
    senders = [_Sender(settings) for _ in range(settings.mail_threads)]
    loops = [
        Loop(app, stop, trouble, _tell_many, every=_IDLE),
        Loop(app, stop, trouble, partial(_add_people, stop), every=_IDLE),
        Loop(app, stop, trouble, exporting.make_due, every=_IDLE),
        Loop(app, stop, trouble, partial(_make_files, stop), every=_IDLE),
        Loop(app, stop, trouble, _end_offers, every=_OFFERS_EVERY),
        Loop(app, stop, trouble, _end_codes, every=_OFFERS_EVERY),
        Loop(app, stop, trouble, _announce, every=_ANNOUNCE_EVERY),
        Loop(app, stop, trouble, _tidy, every=TIDY_EVERY),
        Loop(app, stop, trouble, _note_alive, every=ALIVE_EVERY),
        *[Loop(app, stop, trouble, sender.send, every=_IDLE) for sender in senders],
        *[Loop(app, stop, trouble, fetch, every=_FETCH_EVERY) for fetch in _fetching(settings)],
        # Apart from the senders, because a mail server may keep one of them waiting for minutes.
        *[Loop(app, stop, trouble, sender.keep, every=renewing) for sender in senders],
        *[Loop(app, stop, trouble, sender.share, every=_SHARE_EVERY) for sender in senders],
    ]
    # Daemons: a server that hangs must not keep us from ending. Its mail's lease runs out.
    threads = [threading.Thread(target=loop.go, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    return threads


def finish(threads: list[threading.Thread]) -> None:
    """Wait for what is on the wire, within reason."""
    last = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(timeout=max(0.0, last - time.monotonic()))


def work_once(app: Flask) -> None:
    """One pass: everything that is due now. Raises what goes wrong."""
    settings: Settings = app.extensions["community_settings"]
    sender, stop = _Sender(settings), threading.Event()
    renewing = settings.lease_seconds / _RENEWALS
    keeper = Loop(app, stop, Trouble(), sender.keep, every=renewing)
    threading.Thread(target=keeper.go, daemon=True).start()
    try:
        with app.app_context():
            _add_people(stop)
            while exporting.make_due():
                pass
            while _make_files(stop):
                pass
            for fetch in _fetching(settings):
                while fetch():
                    pass
            _end_offers()
            _end_codes()
            _announce()
            _tell_many()
            while sender.send():
                pass
            _tidy()
            _note_alive()
    finally:
        stop.set()


class _Sender:
    """One way out for mails, and the lease under which its mails are held."""

    def __init__(self, settings: Settings) -> None:
        self._lease = secrets.token_hex(16)
        self._way_out = InHand(transport_from_url(settings.mail_url, settings.spool_folder))
        self._is_busy = False

    def send(self) -> bool:
        """Send what is due; says whether there may be more."""
        self._is_busy = True
        self._way_out.take_in()
        try:
            with structlog.contextvars.bound_contextvars(lease=self._lease):
                taken = delivery.deliver_due(self._way_out, lease=self._lease, most=_BATCH)
        finally:
            self._is_busy = False
        if not taken:
            self._way_out.close()  # an idle mail server hangs up anyway
        return taken > 0

    def keep(self) -> bool:
        """Keep hold of the mails that are being sent."""
        if self._is_busy:
            leases.renew(self._lease)
        return False

    def share(self) -> bool:
        """Leave what waits behind a mail that takes long to the other senders."""
        self._way_out.give_away_others(self._lease)
        return False


def _fetching(settings: Settings) -> list[Callable[[], bool]]:
    """What fetches mails, when there is a mailbox to fetch them from. Raises ValueError."""
    if not settings.imap_url:
        return []
    account = account_from_url(settings.imap_url)
    return [partial(polling.poll_due, account, lease=secrets.token_hex(16))]


def _tell_many() -> bool:
    return broadcasts.expand_due() > 0


def _add_people(stop: threading.Event) -> bool:
    return importing.work_on_due(go_on=lambda: not stop.is_set())


def _make_files(stop: threading.Event) -> bool:
    return export_jobs.make_due(go_on=lambda: not stop.is_set())


def _end_offers() -> bool:
    return offers.lapse_due() > 0


def _end_codes() -> bool:
    return signing_in.end_old_codes() > 0


def _announce() -> bool:
    """Begin what hosts scheduled, and the reminders that are due."""
    return announcements.start_due() + event_reminders.send_due() > 0


def _tidy() -> bool:
    for forget in HOUSEKEEPING:
        count = forget()
        note_done(name_of(forget), count)
        if count:
            log.info("tidied up: %s.%s %d", forget.__module__, forget.__name__, count)
    return False


def _note_alive() -> bool:
    """Have `flask doctor` and `/metrics` know that somebody works."""
    with durable_soon():
        note_done(WORKER, 0)
        note_done(key_name(), 0)
    return False


def name_of(forget: Callable[[], int]) -> str:
    """Under which name a kind of tidying is noted: ``retention.forget_answers``."""
    return f"{forget.__module__.rpartition('.')[2]}.{forget.__name__}"
