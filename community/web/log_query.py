"""What a page of the audit log was asked for, and the address that asks for it again."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import request

from community.core.errors import NotFound
from community.core.text import clean_line
from community.events.models import Event
from community.organizing.audit_log import LogSought
from community.organizing.audit_names import Named
from community.organizing.audit_people import people_of_event, people_of_log, person_of_event
from community.organizing.people import get_known
from community.rsvp.queries import get_rsvp
from community.web.forms.log import LogForm

_NAMES = ("group", "via", "since", "until", "person", "rsvp")
_NOBODY = 0


@dataclass(frozen=True)
class LogQuery:
    """``sought`` is None while the form is wrong. ``found`` are those who may be meant."""

    form: LogForm
    sought: LogSought | None
    zone: str
    person: Named | None = None
    found: list[Named] = field(default_factory=list)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page is asked for."""
        return any(request.args.get(name) for name in (*_NAMES, "who"))


def query_of(event: Event | None, reader_id: int, zone: str) -> LogQuery:
    """The question in the address of this request, to one event's log or to the whole one."""
    form = LogForm.asked(of_event=event is not None)
    if not form.validate():
        return LogQuery(form, None, zone)
    person, found = _meant(event, reader_id, form.who.data or "")
    since, until = form.times(zone)
    sought = LogSought(
        event_id=event.id if event else None,
        person_id=_id_of(person, found, form.who.data),
        rsvp_id=_rsvp_id(event),
        actions=form.actions(),
        via=form.via.data or "",
        since=since,
        until=until,
        reader_id=reader_id,
    )
    return LogQuery(form, sought, zone, person, found if person is None else [])


def same_question(**other: str | None) -> str:
    """The address's query once more, with some parts in another way."""
    kept = {name: request.args.get(name, "")[:254] for name in (*_NAMES, "who")}
    return urlencode({name: value for name, value in {**kept, **other}.items() if value})


def after_given() -> str:
    """Where to go on, as an earlier page of the log said."""
    return request.args.get("after", "")[:1000]


def _meant(event: Event | None, reader_id: int, who: str) -> tuple[Named | None, list[Named]]:
    """The person meant, and all who may be when that is not clear."""
    given = _number("person")
    if given is not None:
        return _person(event, reader_id, given), []
    who = clean_line(who)
    if not who:
        return None, []
    found = people_of_event(event.id, who) if event else people_of_log(reader_id, who)
    return (found[0], []) if len(found) == 1 else (None, found)


def _person(event: Event | None, reader_id: int, person_id: int) -> Named | None:
    if event is not None:
        person = person_of_event(event.id, person_id)
        if person is None:
            raise NotFound("person")
        return person
    known = get_known(reader_id, person_id)
    return Named(known.id, known.name)


def _id_of(person: Named | None, found: list[Named], who: str | None) -> int | None:
    """Whose entries are shown: nobody's, while somebody is sought and it is not clear who."""
    if person is not None:
        return person.id
    return _NOBODY if found or clean_line(who or "") else None


def _rsvp_id(event: Event | None) -> int | None:
    given = _number("rsvp")
    if given is None:
        return None
    if event is None or get_rsvp(given).event_id != event.id:
        raise NotFound("rsvp")
    return given


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(name)
    return int(text)
