"""People on the admins' desk: the list, one of them, and what may become of a membership."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import Refused
from community.core.text import clean_line, gettext
from community.membership import standing
from community.membership.models import Membership, Person, Role
from community.organizing.people import Sought, get_known, list_people
from community.organizing.tags import tags_in_use, tags_of
from community.privacy import leaving
from community.web.access import admins, own_zone, signed_in_person
from community.web.forms import ask_again
from community.web.forms.people import ROLES, FindOtherForm, RoleForm, StandingForm
from community.web.organize.history import brief
from community.web.wording import Later, later

LONGEST_QUERY = 254
MEMBERSHIPS = {
    Membership.ACTIVE.value: later("Member"),
    Membership.APPLIED.value: later("Applied"),
    Membership.NONE.value: later("Not joined"),
    Membership.SUSPENDED.value: later("Suspended"),
    Membership.ENDED.value: later("Ended"),
}


@admins
def people() -> ResponseReturnValue:
    """Everybody by name, narrowed to a membership, a tag, and an address or how names begin."""
    q = clean_line(request.args.get("q", "")[:LONGEST_QUERY])
    membership = request.args.get("membership", "")[:20]
    after, tag = request.args.get("after", "")[:1000], clean_line(request.args.get("tag", "")[:80])
    page = list_people(signed_in_person().id, Sought(q, membership, after, tag))
    more = {"q": q, "membership": membership, "tag": tag, "after": page.after}
    return render_template(
        "organize/people.html",
        rows=page.rows,
        q=q,
        tag=tag,
        tags_in_use=tags_in_use(),
        tags=tags_of([row.id for row in page.rows]),
        membership=membership,
        memberships=MEMBERSHIPS,
        roles=ROLES,
        next_url=f"{url_for('organize.people')}?{urlencode(more)}" if page.after else None,
    )


@admins
def person(person_id: int) -> ResponseReturnValue:
    """What is known of somebody, and what may be done."""
    return render_template("organize/person.html", form=None, **_facts(person_id))


@admins
def change_standing(person_id: int) -> ResponseReturnValue:
    """Suspend somebody, lift that, or end the membership; the button says which."""
    facts, form = _facts(person_id), StandingForm()
    facts["standing_form"] = form
    act = _ACTS.get(request.form.get("action", ""))
    if act is None or not form.validate():
        return ask_again("organize/person.html", form, **facts)
    verb, told = act
    try:
        verb(signed_in_person().id, person_id, form)
    except Refused as refused:
        return ask_again("organize/person.html", form, refused, **facts)
    return _done(person_id, str(told))


def _suspend(admin_id: int, person_id: int, form: StandingForm) -> None:
    free_seats = bool(form.free_seats.data)
    leaving.suspend(admin_id, person_id, word=form.word.data or "", free_seats=free_seats)


def _end(admin_id: int, person_id: int, form: StandingForm) -> None:
    free_seats = bool(form.free_seats.data)
    leaving.end_membership(admin_id, person_id, word=form.word.data or "", free_seats=free_seats)


def _reinstate(admin_id: int, person_id: int, _form: StandingForm) -> None:
    standing.reinstate(admin_id, person_id)


_ACTS: dict[str, tuple[Callable[[int, int, StandingForm], None], Later]] = {
    "suspend": (_suspend, later("Suspended. They are being told.")),
    "end": (_end, later("The membership is ended. They are being told.")),
    "reinstate": (_reinstate, later("The suspension is lifted. They are being told.")),
}


@admins
def give_role(person_id: int) -> ResponseReturnValue:
    """Make somebody an organizer or admin, or take that away."""
    facts, form = _facts(person_id), RoleForm()
    facts["role_form"] = form
    if not form.validate():
        return ask_again("organize/person.html", form, **facts)
    try:
        standing.give_role(signed_in_person().id, person_id, Role(form.role.data))
    except Refused as refused:
        return ask_again("organize/person.html", form, refused, **facts)
    return _done(person_id, gettext("The role is changed."))


def _done(person_id: int, told: str) -> ResponseReturnValue:
    flash(told, "success")
    return redirect(url_for("organize.person", person_id=person_id), 303)


def _facts(person_id: int) -> dict[str, Any]:
    known: Person = get_known(signed_in_person().id, person_id)
    return {
        "known": known,
        "past": brief(known.id),
        "coming": leaving.count_coming(known.id),
        "memberships": MEMBERSHIPS,
        "roles": ROLES,
        "standing_form": StandingForm(formdata=None),
        "role_form": RoleForm(formdata=None, role=known.role.value),
        "other_form": FindOtherForm(formdata=None),
        "zone": own_zone(),
    }
