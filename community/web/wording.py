"""What a refusal says to the reader: one sentence for every code, kept here and nowhere else."""

from datetime import datetime
from math import ceil
from typing import Any

from flask_wtf import FlaskForm

from community.core.dates import clock, day
from community.core.errors import Forbidden, NotFound, Refused, TooMany
from community.core.text import gettext, ngettext
from community.web.desk_wording import DESK_SENTENCES
from community.web.filters import number
from community.web.later import Later, later, unfilled, unfilled_plural
from community.web.message_wording import MESSAGE_FIELDS
from community.web.question_wording import QUESTION_SENTENCES
from community.web.venue_wording import VENUE_SENTENCES

__all__ = ["SENTENCES", "Later", "later", "retry_header", "show_refusal", "status_of"]
__all__ += ["unfilled", "unfilled_plural", "worded"]


SENTENCES: dict[str, Later] = {
    **DESK_SENTENCES,
    **QUESTION_SENTENCES,
    **VENUE_SENTENCES,
    # core
    "not_found": later("There is nothing here."),
    "forbidden": later("You may not do this."),
    "bad_cursor": later("This link into a list is broken. Please start the list again."),
    "bad_address": later("%(reason)s"),
    "form_sent_already": later("This form was sent before, with other words. Send it once more?"),
    # membership
    "membership_closed": later("This membership is closed. Please write to the organizers."),
    "link_dead": later("This link no longer works. It was used already, or it is too old."),
    "address_same": later("This is your address already."),
    "address_taken": later(
        "This address belongs to another account by now. Sign in with it, or choose another one."
    ),
    "link_elsewhere": later(
        "This link works only in the browser in which you asked to sign in. Go back there and "
        "type the code from the same mail."
    ),
    "code_dead": later("This code no longer works. Please ask for a new one."),
    "code_wrong": later("This is not the code. Please look at the newest mail once more."),
    "by_invitation": later("Joining is by invitation of a member."),
    "consent_changed": later(
        "The text to agree to was changed meanwhile. Please read it and agree once more."
    ),
    "declined_lately": later("You may apply again from %(time)s on."),
    "application_decided": later("Another organizer has decided on this application meanwhile."),
    "no_links": later("Please write it without links: the reader does not know us yet."),
    "invited_already": later("You have invited this address already."),
    "too_many_invitations": later(
        "%(most)s of your invitations are still open. Take one back, or wait until one is used."
    ),
    "word_with_link": later("Please write it without links: the two of you have not met here yet."),
    "too_many_asks": later(
        "%(most)s of your asks are still open. Take one back, or wait until one is answered."
    ),
    "too_many_blocked": later("You have blocked %(most)s people. Please write to the organizers."),
    "reason_missing": later("Please say what happened."),
    "admins_only": later("Only admins may do this."),
    "text_changed_meanwhile": later(
        "Somebody else saved a newer version while you were typing. It is listed below; save "
        "again to put yours in its place."
    ),
    "identity_changed_meanwhile": later(
        "Somebody else saved another name or logo meanwhile. It is listed below; save again to put "
        "yours in its place."
    ),
    "picture_too_large": later("The picture is larger than %(most)s MB."),
    "picture_unknown": later(
        "This is no picture we can read: please choose JPEG, PNG, WebP or GIF."
    ),
    "picture_too_many_pixels": later(
        "The picture has more than %(most)s million pixels. Please make it smaller first."
    ),
    "picture_broken": later("The picture is broken, or only a part of it arrived."),
    "not_oneself": later("You cannot do this to yourself. Another admin can."),
    "last_admin": later("There would be no admin left. Make somebody else an admin first."),
    "no_membership": later("This person is no member."),
    "merge_same": later("This is an address of the same record."),
    "merge_admin": later(
        "%(name)s is an admin. Merge into that record instead, or take the role away first."
    ),
    "nobody_there": later("Nobody has this address."),
    "members_only": later("This is for members. Joining takes a minute."),
    # topics
    "topic_name_missing": later("Please give the topic a name with a letter or a digit in it."),
    "topic_name_too_long": later("Please use %(most)s characters at most."),
    "topic_exists": later("There is a topic called %(name)s already."),
    "too_many_topics": later(
        "There are %(most)s topics already. Merge or delete some before you add another."
    ),
    "same_topic": later("Please choose another topic to merge this one into."),
    "topic_in_use": later(
        "This topic is in use (followers: %(followers)s, events: %(events)s). Merge it instead."
    ),
    "name_missing": later("Please tell us your name."),
    "bad_link": later("%(link)s is not a whole address that begins with https://."),
    "too_many_links": later("Please choose your best %(most)s links."),
    "unknown_locale": later("Please choose one of these languages."),
    "import_empty": later("There is nothing in this file."),
    "import_not_text": later(
        "This is not a CSV file. In your spreadsheet choose “Save as” and the format CSV."
    ),
    "import_columns_missing": later(
        "The first line must name the columns. These are missing: %(missing)s."
    ),
    "import_column_twice": later("The first line names the column %(column)s twice."),
    "import_too_large": later("The file is larger than %(most)s MB."),
    "import_not_checked": later("This list is not checked yet, or it was started already."),
    "import_nobody": later("No row of this list can be added."),
    # privacy
    "not_your_address": later("This is not the address of your account."),
    "owns_coming_events": later(
        "These events to come are yours alone: %(events)s. Hand them over or cancel them first."
    ),
    # rsvp
    "too_many_guests": later("Each person may bring %(most)s at most."),
    "party_over_capacity": later("Your party is too large. Seats in all: %(seats)s."),
    "guest_name_missing": later("Please give the name of guest %(number)s."),
    "not_from_here": later("The host has decided on your seat already. Please write to the host."),
    "event_closed": later("The list for this event is closed."),
    "event_not_open_yet": later("The list for this event opens on %(time)s."),
    "edit_closed": later(
        "Changes were possible until a while ago. You can still leave guests at home, or withdraw."
    ),
    "guest_is_you": later("This is your own address. Please give your guest's, or none."),
    "guest_twice": later("Two guests cannot share an address."),
    "guest_has_a_seat": later(
        "Somebody with this address has a seat or a place in line already. Please leave this guest "
        "out."
    ),
    "already_a_guest": later(
        "You are on the list already, as somebody's guest. Ask them to leave you out before you "
        "answer yourself."
    ),
    "party_cannot_grow": later(
        "There are too few free seats: %(free)s. Your answer stands as it was."
    ),
    "others_wait_first": later("Others wait for the free seats. Your answer stands as it was."),
    "more_than_fit": later(
        "Free seats: %(free)s. These requests ask for %(wanted)s. Choose fewer, or let those who "
        "do not fit wait."
    ),
    "no_seats_left": later("The seats do not suffice. Free: %(free)s. Kept back: %(kept_back)s."),
    "too_many_rows": later("A list has %(most)s people at most. Please divide it."),
    "nobody_to_invite": later("There is nobody to invite here."),
    "guest_list_stopped": later("This list was put away. Please hand it in again."),
    "reserve_is_past": later("This moment is over. Please choose a later one."),
    "reserve_after_start": later(
        "The event starts on %(time)s: seats can be kept until then, and no longer."
    ),
    "nobody_to_remind": later(
        "There is nobody to remind: they have answered, or were reminded in the last 24 hours."
    ),
    "not_waiting": later("This party does not wait any more."),
    "nothing_to_remove": later("There is no seat, place or invitation to take back."),
    "move_without_reason": later("Please say why: it is kept, and shown to the person."),
    "no_such_place": later("Please choose a place between 1 and %(last)s."),
    # events
    "event_is_draft": later("This event is not published yet."),
    "event_cancelled": later("This event is cancelled."),
    "event_past": later("This event is over."),
    "event_in_past": later("The event would be over already. Please choose a later time."),
    "organizers_only": later("Only organizers may do this."),
    "below_seats_taken": later(
        "Seats taken already: %(taken)s. So the event cannot have only %(asked)s."
    ),
    "changed_meanwhile": later(
        "Somebody else changed this event while you were typing. Open its page in another window "
        "to see how it stands, then save again to replace that by what is below."
    ),
    "event_not_draft": later("This event is no draft any more: share its own address."),
    "count_out_of_range": later("Please choose between 1 and %(most)s events."),
    "not_the_last_weekday": later("The first date is not the last such weekday of its month."),
    "archive_coming": later("Only what is past or cancelled can be put into the archive."),
    "only_drafts_are_deleted": later("Only drafts can be deleted. Archive this once it is over."),
    "draft_has_answers": later("Somebody has answered already, or is invited: the draft stays."),
    "unknown_zone": later("%(zone)s is not a time zone, such as Europe/Berlin."),
    "guests_out_of_range": later("Please choose between 0 and %(most)s guests."),
    "capacity_out_of_range": later(
        "Please choose between 1 and %(most)s seats, or leave it empty for no limit."
    ),
    "kept_back_over_capacity": later("You can keep back at most %(capacity)s seats."),
    "ends_before_start": later("The end must come after the start."),
    "answer_by_after_end": later("The last time to answer must come before the end."),
    "helper_unknown": later(
        "Nobody here has proven this address. Ask them to sign in or to join first; then add them."
    ),
    "helper_already": later("%(name)s is on the team already. Change the role below."),
    "role_not_given": later("Please choose one of these roles."),
    "too_many_helpers": later("A team has %(most)s people at most."),
    "last_owner": later(
        "Somebody must answer for the event. Hand it over to somebody else of the team first."
    ),
    "owner_must_organize": later(
        "%(name)s is not an organizer. An admin can make them one; then hand the event over."
    ),
    "opens_at_after_end": later("The list must open before the end."),
    "edit_until_after_end": later("The last time for changes must come before the end."),
    "opens_after_closing": later("The list must open before it closes."),
    "offer_out_of_range": later(
        "Please choose between 1 and %(most)s hours, or leave it empty to give seats at once."
    ),
    "shrink_out_of_range": later("Please choose between 1 and %(most)s seats."),
    "title_missing": later("Please give the event a title."),
    "year_out_of_range": later("Please choose a year between 2000 and 2100."),
    "time_skipped": later(
        "%(time)s does not exist in %(zone)s: the clocks are put forward over it. Please choose "
        "another time."
    ),
}

# Where a form shows a refusal that names no field.
_FIELDS = {
    **MESSAGE_FIELDS,
    "bad_address": "email",
    "address_same": "email",
    "code_wrong": "code",
    "code_dead": "code",
    "import_empty": "file",
    "import_not_text": "file",
    "import_columns_missing": "file",
    "import_column_twice": "file",
    "import_too_large": "file",
}


def worded(refused: Refused) -> str:
    """The refusal as a sentence for the reader."""
    if isinstance(refused, TooMany):
        return _too_many(refused.retry_after)
    sentence = SENTENCES.get(refused.code)
    if sentence is None:
        return gettext("This is not possible.")
    values = {name: _shown(value) for name, value in refused.values.items()}
    return str(sentence) % values


def status_of(refused: Refused) -> int:
    """The HTTP status of a refusal that no form has a place for."""
    match refused:
        case NotFound():
            return 404
        case Forbidden():
            return 403
        case TooMany():
            return 429
    return 410 if refused.code == "link_dead" else 409


def retry_header(refused: Refused | None) -> dict[str, str]:
    """``Retry-After`` in seconds (RFC 9110 10.2.3) for a limit; nothing for all else."""
    return {"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {}


def show_refusal(form: FlaskForm, refused: Refused) -> int:
    """Put the sentence on its field, or on the form as a whole, and say which status fits.

    The field is ``refused.values["field"]``. The status is 422, 429 for a used-up limit, or 403.
    """
    name = str(refused.values.get("field", _FIELDS.get(refused.code, "")))
    field = _field(form, name)
    if field is None:
        form.form_errors.append(worded(refused))
    else:
        field.errors = [*field.errors, worded(refused)]
    status = status_of(refused)
    return status if status in {403, 429} else 422


def _field(form: FlaskForm, name: str) -> Any:
    """A field by its HTML name, also one inside a nested form (``guest-1-name``)."""
    return next((field for field in form if name in {field.name, field.short_name}), None)


def _too_many(seconds: int) -> str:
    minutes = max(1, ceil(seconds / 60))
    return ngettext(
        "That was too often. Please try again in %(num)s minute.",
        "That was too often. Please try again in %(num)s minutes.",
        minutes,
    )


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{day(value)}, {clock(value)}"
    return number(value) if isinstance(value, int) else str(value)
