"""The account: where somebody is signed in, and the address that they sign in with."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar import aliases
from community.core import limits
from community.core.addresses import normal_address
from community.core.current import settings
from community.core.errors import Refused
from community.core.text import gettext, ngettext
from community.membership.addresses import (
    ask_for_new_address,
    confirm_address,
    find_address_wish,
)
from community.membership.queries import get_person
from community.membership.sessions import (
    find_session,
    list_sessions,
    revoke_session,
    revoke_sessions,
)
from community.web.access import (
    everybody,
    network,
    person,
    recently_signed_in,
    signed_in,
    signed_in_person,
)
from community.web.browser import drop_session, own_browser_secret, session_token
from community.web.devices import device
from community.web.forms import ButtonForm, ask_again
from community.web.forms.account import AddressForm, AliasForm

HOUR = timedelta(hours=1)

pages = Blueprint("account", __name__)


@pages.get("/profile/sessions")
@signed_in
def sessions() -> ResponseReturnValue:
    """The browsers in which I am signed in, this one marked."""
    me = signed_in_person()
    return render_template(
        "account/sessions.html",
        listed=list_sessions(me.id, after=request.args.get("after")),
        here=_this_session(),
        device=device,
        zone=me.timezone or settings().timezone,
        form=ButtonForm(),
    )


@pages.post("/profile/sessions/<int:number>/revoke")
@signed_in
def revoke(number: int) -> ResponseReturnValue:
    """Sign one browser out; this one too, if it is the one."""
    is_here = number == _this_session()
    revoke_session(signed_in_person().id, number)
    if is_here:
        return _signed_out()
    flash(gettext("That browser is signed out."), "success")
    return redirect(url_for("account.sessions"), 303)


@pages.post("/profile/sessions/revoke-others")
@signed_in
def revoke_others() -> ResponseReturnValue:
    """Sign every other browser out."""
    revoked = revoke_sessions(signed_in_person().id, keep=session_token())
    told = ngettext(
        "%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", revoked
    )
    flash(told, "success")
    return redirect(url_for("account.sessions"), 303)


@pages.post("/profile/sessions/revoke-all")
@signed_in
def revoke_all() -> ResponseReturnValue:
    """Sign every browser out, this one included."""
    revoke_sessions(signed_in_person().id)
    return _signed_out()


@pages.get("/profile/email")
@recently_signed_in
def email() -> ResponseReturnValue:
    """The address of my account, and where to type another one."""
    return render_template("account/email.html", form=AddressForm(), **_addresses())


@pages.post("/profile/email")
@recently_signed_in
def ask_for_email() -> ResponseReturnValue:
    """Have the link mailed. The answer is the same whether or not the address is somebody's."""
    form = AddressForm()
    if not form.validate():
        return ask_again("account/email.html", form, **_addresses())
    try:
        _ask(form)
    except Refused as refused:
        return ask_again("account/email.html", form, refused, **_addresses())
    told = gettext("If %(address)s can be yours, a link is on its way there.", address=_typed(form))
    flash(told, "success")
    return redirect(url_for("account.email"), 303)


@pages.post("/profile/email/answers-from/remove")
@recently_signed_in
def remove_alias() -> ResponseReturnValue:
    """Let answers by calendar from one of my other addresses count no longer."""
    form = AliasForm()
    if form.validate():
        aliases.remove_alias(signed_in_person().id, form.address.data or "")
        flash(gettext("Answers from there are asked about from now on."), "success")
    return redirect(url_for("account.email"), 303)


def _addresses() -> dict[str, Any]:
    me = signed_in_person()
    known = aliases.list_aliases(me.id)
    forms = [AliasForm(formdata=None, data={"address": one}) for one in known]
    return {"address": me.address, "alias_forms": forms}


def _typed(form: AddressForm) -> str:
    return normal_address(form.email.data or "")


def _ask(form: AddressForm) -> None:
    me = signed_in_person()
    limits.take("address-network", network(), most=30, within=HOUR)
    limits.take("address-person", str(me.id), most=5, within=HOUR)
    limits.take("address-to", _typed(form), most=3, within=HOUR)
    ask_for_new_address(me.id, _typed(form), browser=own_browser_secret())


@pages.get("/profile/email/confirm/<token>")
@everybody
def confirm_email(token: str) -> ResponseReturnValue:
    """The mailed page with its one button. Opening it, by whatever program, changes nothing."""
    return _confirm_page(token)


@pages.post("/profile/email/confirm/<token>")
@everybody
def change_email(token: str) -> ResponseReturnValue:
    """Change the address. Signs nobody in: whoever owns the mailbox can have a code sent there."""
    try:
        changed = confirm_address(token, keep=session_token())
    except Refused as refused:
        return _confirm_page(token, refused)
    flash(gettext("You sign in with %(address)s from now on.", address=changed.address), "success")
    me = person()
    stays = me is not None and me.id == changed.id
    return redirect(url_for("account.sessions" if stays else "signing_in.ask"), 303)


def _confirm_page(token: str, refused: Refused | None = None) -> ResponseReturnValue:
    wish, page = find_address_wish(token), "account/confirm_email.html"
    if wish is None:
        return render_template(page, form=None, dead=True), 410
    facts = {
        "dead": False,
        "address": wish.address,
        "name": get_person(wish.payload["person_id"]).name,
    }
    if refused is not None:
        return ask_again(page, ButtonForm(), refused, **facts)
    return render_template(page, form=ButtonForm(), **facts)


def _this_session() -> int | None:
    found = find_session(session_token())
    return found.id if found else None


def _signed_out() -> ResponseReturnValue:
    drop_session()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("home.index"), 303)
