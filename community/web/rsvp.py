"""Answering an event: signed in, as a visitor, and by the link in a mail."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.addresses import normal_address
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.core.tokens import link_token
from community.discovery.events import get_visible_event, open_event
from community.events.models import Event
from community.events.queries import get_event
from community.membership.models import Pending, PendingKind
from community.membership.pending import find_pending
from community.rsvp.asking import ask_to_answer, confirm_and_enter
from community.rsvp.by_link import answer_by_link
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import LINK, find_rsvp, get_linked_rsvp
from community.rsvp.respond import say_no, say_yes
from community.web.access import everybody, is_signed_in, network, viewer
from community.web.browser import agent, browser_secret, keep_session, own_browser_secret
from community.web.forms import ButtonForm, ask_again
from community.web.forms.linked import open_form
from community.web.forms.rsvp import ActionForm, RsvpForm, rsvp_form
from community.web.standing import outcome, standing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pages = Blueprint("rsvp", __name__)


@pages.get("/events/<slug:slug>/rsvp")
@everybody
def answer(slug: str) -> ResponseReturnValue:
    """The form's own page."""
    opened = open_event(viewer(), slug)
    event, mine = opened.event, opened.mine
    form = rsvp_form(event, mine, visitor=not is_signed_in(), asks=opened.asks)
    return render_template("rsvp/answer.html", form=form, **standing(event, mine))


@pages.post("/events/<slug:slug>/rsvp")
@everybody
def give_answer(slug: str) -> ResponseReturnValue:
    """Give the answer, or, for a visitor, have the mail sent that asks to confirm it."""
    opened = open_event(viewer(), slug)
    event, mine = opened.event, opened.mine
    form = rsvp_form(event, mine, visitor=not is_signed_in(), asks=opened.asks)
    if not form.validate():
        return ask_again("rsvp/answer.html", form, **standing(event, mine))
    try:
        return _answer(event, form, mine) if is_signed_in() else _ask(event, form)
    except NotFound:
        raise
    except Refused as refused:
        if refused.code == "answer_missing" and not form.says_answers:
            return _questions_first(event)
        mine = find_rsvp(event.id, viewer().person_id)
        return ask_again("rsvp/answer.html", form, refused, **standing(event, mine))


@pages.get("/events/<slug:slug>/rsvp/check-mail")
@everybody
def check_mail(slug: str) -> ResponseReturnValue:
    """What a visitor does next: nothing is reserved yet."""
    return render_template("rsvp/check_mail.html", event=get_visible_event(viewer(), slug))


@pages.get("/rsvp/confirm/<token>")
@everybody
def confirm(token: str) -> ResponseReturnValue:
    """The mailed page with its one button. Opening it, by whatever program, changes nothing."""
    pending = find_pending(PendingKind.RSVP, token)
    if pending is None:
        return _dead()
    return render_template("rsvp/confirm.html", form=ButtonForm(), **_asked(pending))


@pages.post("/rsvp/confirm/<token>")
@everybody
def take_seat(token: str) -> ResponseReturnValue:
    """Give the visitor's answer; sign in the browser that asked, and only that one."""
    who = viewer().person_id if is_signed_in() else None
    try:
        asked_by = None if who else browser_secret()
        rsvp, session = confirm_and_enter(token, asked_by=asked_by, agent=agent())
    except Refused as refused:
        kept = find_pending(PendingKind.RSVP, token)
        if kept is None:
            return _dead()
        return ask_again("rsvp/confirm.html", ButtonForm(), refused, **_asked(kept))
    if session:
        keep_session(session)
    if session or who == rsvp.person_id:
        goal = url_for("events.show", slug=rsvp.event.slug)
    else:
        goal = url_for("rsvp.own", token=link_token(LINK, rsvp.id, rsvp.link_generation))
    flash(*outcome(rsvp))  # only now: signing in leaves nothing of the old session
    return redirect(goal, 303)


@pages.get("/rsvp/<token>")
@everybody
def own(token: str) -> ResponseReturnValue:
    """A person's own answer, without signing in."""
    rsvp = get_linked_rsvp(token)
    return render_template("rsvp/own.html", form=_own_form(rsvp), **standing(rsvp.event, rsvp))


@pages.post("/rsvp/<token>")
@everybody
def change_own(token: str) -> ResponseReturnValue:
    """Change it. What is known of guests and dietary needs is kept: this page does not show it."""
    rsvp = get_linked_rsvp(token)
    form = _own_form(rsvp)
    if not form.validate() or (form.is_yes and not form.answers_are_whole):
        return ask_again("rsvp/own.html", form, **standing(rsvp.event, rsvp))
    try:
        _limit_guests(rsvp.person_id, form.said_by_link.get("guests") or (), rsvp)
        rsvp = answer_by_link(rsvp.id, coming=form.is_yes, **form.said_by_link)
    except Refused as refused:
        rsvp = get_linked_rsvp(token)
        return ask_again("rsvp/own.html", form, refused, **standing(rsvp.event, rsvp))
    flash(*outcome(rsvp))
    return redirect(url_for("rsvp.own", token=token), 303)


def _own_form(rsvp: Rsvp) -> ActionForm:
    """Whoever is invited says at once who comes along. Later the page would have to show it.

    So then it asks only what must be answered and is not.
    """
    if rsvp.status == RsvpStatus.INVITED:
        return rsvp_form(rsvp.event, None, visitor=False)
    return open_form(rsvp)


def _answer(event: Event, form: RsvpForm, mine: Rsvp | None) -> ResponseReturnValue:
    person_id = viewer().person_id
    assert person_id is not None
    if form.is_yes:
        _limit_guests(person_id, form.party or (), mine)
        rsvp = say_yes(
            person_id,
            event.id,
            guests=form.party,
            dietary=form.needs,
            note=form.word_to_hosts,
            answers=form.typed(),
            require_answers=True,
        )
    else:
        rsvp = say_no(person_id, event.id, word=form.new_word(mine))
    flash(*outcome(rsvp))
    return redirect(url_for("events.show", slug=event.slug), 303)


def _limit_guests(person_id: int, guests: Sequence[Guest], mine: Rsvp | None) -> None:
    """Mails to addresses that somebody typed are few: nobody sends them around by our hand."""
    known = {guest.address for guest in mine.guests} if mine else set()
    for address in {guest.address.strip().lower() for guest in guests} - known - {"", None}:
        limits.take("guest-address", address, most=10, within=DAY)
        limits.take("guest-addresses", str(person_id), most=30, within=DAY)


def _questions_first(event: Event) -> ResponseReturnValue:
    """To the form, for a button that was pressed where the questions do not stand."""
    flash(gettext("The host asks a few things first."), "info")
    return redirect(url_for("rsvp.answer", slug=event.slug), 303)


def _ask(event: Event, form: RsvpForm) -> ResponseReturnValue:
    name, email = form["name"].data, form["email"].data
    # An office shares one network: the limit there is wide, the one of an address is not.
    limits.take("rsvp-network", network(), most=200, within=HOUR)
    limits.take("rsvp-address", normal_address(email), most=3, within=HOUR)
    ask_to_answer(
        event.id,
        name=name,
        email=email,
        coming=form.is_yes,
        guests=form.party or (),
        dietary=form.dietary.data or "",
        note=form.note.data or "",
        answers=form.typed(),
        require_answers=True,
        browser=own_browser_secret(),
    )
    return redirect(url_for("rsvp.check_mail", slug=event.slug), 303)


def _asked(pending: Pending) -> dict[str, object]:
    facts = pending.payload
    return {
        "event": get_event(facts["event_id"]),
        "name": facts["name"],
        "party": 1 + len(facts["guests"]),
        "coming": facts["coming"],
        "dead": False,
    }


def _dead() -> ResponseReturnValue:
    return render_template("rsvp/confirm.html", form=None, event=None, dead=True), 410
