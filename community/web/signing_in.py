"""Signing in by a mailed code or link, and signing out."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import Refused
from community.core.text import gettext
from community.membership import signing_in
from community.web.access import everybody, network, signed_in, signed_in_person
from community.web.browser import (
    agent,
    browser_secret,
    drop_session,
    keep_session,
    own_browser_secret,
)
from community.web.forms import ButtonForm, ask_again
from community.web.forms.signing_in import AskForm, CodeForm
from community.web.next import own_path

_NEXT = "next"
_ADDRESS = "address"

pages = Blueprint("signing_in", __name__)


@pages.get("/sign-in")
@everybody
def ask() -> ResponseReturnValue:
    """Where to send the code."""
    return render_template("signing_in/ask.html", form=AskForm())


@pages.post("/sign-in")
@everybody
def send_code() -> ResponseReturnValue:
    """Have a code mailed. The answer is the same whether or not the address is known."""
    form = AskForm()
    if not form.validate():
        return ask_again("signing_in/ask.html", form)
    try:
        _mail_code(form.email.data or "")
    except Refused as refused:
        return ask_again("signing_in/ask.html", form, refused)
    return redirect(url_for("signing_in.code"), 303)


@pages.get("/sign-in/again")
@signed_in
def again() -> ResponseReturnValue:
    """Before something that matters: whoever sits here proves once more who they are."""
    address = signed_in_person().address
    return render_template("signing_in/again.html", form=ButtonForm(), address=address)


@pages.post("/sign-in/again")
@signed_in
def send_code_again() -> ResponseReturnValue:
    """Have a code mailed to the address of whoever is signed in."""
    form, address = ButtonForm(), signed_in_person().address
    try:
        _mail_code(address)
    except Refused as refused:
        return ask_again("signing_in/again.html", form, refused, address=address)
    return redirect(url_for("signing_in.code"), 303)


@pages.get("/sign-in/code")
@everybody
def code() -> ResponseReturnValue:
    """Where to type the code."""
    address = session.get(_ADDRESS)
    return render_template("signing_in/code.html", form=CodeForm(), address=address)


@pages.post("/sign-in/code")
@everybody
def check_code() -> ResponseReturnValue:
    """Sign this browser in if the code is right."""
    form, address = CodeForm(), session.get(_ADDRESS)
    if not form.validate():
        return ask_again("signing_in/code.html", form, address=address)
    browser = own_browser_secret()
    try:
        token = signing_in.sign_in_with_code(
            form.code.data or "", browser=browser, agent=agent(), known=browser
        )
    except Refused as refused:
        return ask_again("signing_in/code.html", form, refused, address=address)
    return _welcome(token)


@pages.get("/sign-in/link/<token>")
@everybody
def link(token: str) -> ResponseReturnValue:
    """The mailed page: a button in the browser that asked, elsewhere a word on what to do."""
    return _link_page(token)


@pages.post("/sign-in/link/<token>")
@everybody
def use_link(token: str) -> ResponseReturnValue:
    """Sign this browser in if it is the one that asked."""
    browser = browser_secret()
    try:
        session_token = signing_in.sign_in_with_link(
            token, browser=browser, agent=agent(), known=browser
        )
    except Refused as refused:
        return _link_page(token, refused)
    return _welcome(session_token)


@pages.post("/sign-out")
@everybody
def sign_out() -> ResponseReturnValue:
    """Sign this browser out. Doing it twice is doing it once."""
    drop_session()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("home.index"), 303)


def _mail_code(address: str) -> None:
    browser = own_browser_secret()
    limits.take("sign-in-network", network(), most=60, within=signing_in.LIFETIME)
    signing_in.ask_for_code(address, browser=browser, known=browser)
    session[_ADDRESS] = address
    if _NEXT in request.args:
        session[_NEXT] = own_path(request.args[_NEXT])


def _link_page(token: str, refused: Refused | None = None) -> ResponseReturnValue:
    wish = signing_in.find_by_link(token)
    here = wish is not None and signing_in.asked_by(wish, browser_secret())
    facts = {"same_browser": here, "dead": wish is None}
    page = "signing_in/link.html"
    if wish is None:
        return render_template(page, form=None, **facts), 410
    if refused is not None:
        return ask_again(page, ButtonForm(), refused, **facts)
    return render_template(page, form=ButtonForm(), **facts)


def _welcome(token: str) -> ResponseReturnValue:
    goal = session.get(_NEXT) or url_for("home.index")
    keep_session(token)
    flash(gettext("You are signed in."), "success")
    return redirect(goal, 303)
