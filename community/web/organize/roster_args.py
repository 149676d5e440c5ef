"""What the address of an event's list says, and the addresses that say something near it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from community.events.models import Event
from community.membership.models import Topic
from community.organizing.roster_order import SORTS
from community.organizing.saved_views import USUAL, SavedView, Shown
from community.organizing.segments import Segment
from community.rsvp.question_models import Question, QuestionKind
from community.rsvp.transitions import SETTLED
from community.web.later import Later, later

Args = dict[str, list[str]]


@dataclass(frozen=True)
class Chip:
    """One condition that is on: what it is, about what, and the address without it."""

    name: str
    value: str
    about: str
    url: str


@dataclass(frozen=True)
class Asked:
    """The list as an address asks for it. ``wrong`` are names that are not understood."""

    event: Event
    segment: Segment
    columns: tuple[str, ...] = USUAL
    sort: str = SORTS[0]
    view: int | None = None
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def now(cls, event: Event) -> "Asked":
        """What the address of this request says."""
        args = request.args.to_dict(flat=False)
        segment = Segment.from_args(args)
        shown = Shown(segment, args.get("columns", ()), request.args.get("sort", ""))
        view = request.args.get("view", "")
        return cls(
            event=event,
            segment=segment,
            columns=shown.known_columns,
            sort=shown.known_sort,
            view=int(view) if view.isascii() and view.isdigit() and len(view) < 10 else None,
            wrong=Segment.misread(args),
        )

    @property
    def shown(self) -> Shown:
        """What a saved view would keep of it."""
        return Shown(self.segment, self.columns, self.sort)

    @property
    def args(self) -> Args:
        """The query that says it, without what goes without saying and the place in the list."""
        said = dict(self.segment.to_args())
        if self.columns != USUAL:
            said["columns"] = list(self.columns)
        if self.sort != SORTS[0]:
            said["sort"] = [self.sort]
        if self.view is not None:
            said["view"] = [str(self.view)]
        return said

    @property
    def query(self) -> str:
        """The same as text."""
        return urlencode(self.args, doseq=True)

    def address(self, endpoint: str = "organize.attendees", **more: Any) -> str:
        """A page about these."""
        return _with(url_for(endpoint, slug=self.event.slug, **more), self.args)

    def sorted_by(self, name: str) -> str:
        """The list in that order, or the other way round if it is."""
        return replace(self, sort=f"-{name}" if self.sort == name else name).address()

    def after(self, cursor: str) -> str:
        """The page that begins after a cursor."""
        return _with(
            url_for("organize.attendees", slug=self.event.slug), {**self.args, "after": [cursor]}
        )

    def in_state(self, status: str) -> str:
        """Those of a state instead of those of others; without one, of any."""
        statuses = (status,) if status else ()
        segment = replace(self.segment, statuses=statuses, not_statuses=())
        return replace(self, segment=segment, view=None).address()

    def chips(self, topics: Sequence[Topic], questions: Sequence[Question]) -> list[Chip]:
        """The conditions that are on, each with the address that takes it off."""
        return [
            Chip(name, *_worded(name, value, topics, questions), self._without(name, value))
            for name, values in self.segment.to_args().items()
            for value in values
        ]

    def _without(self, name: str, value: str) -> str:
        said = self.segment.to_args()
        said[name] = [one for one in said[name] if one != value]
        return replace(self, segment=Segment.from_args(said), view=None).address()


def of_view(event: Event, view: SavedView) -> Asked:
    """The list as a saved view asks for it."""
    shown = Shown(view.segment, view.columns, view.sort)
    return Asked(event, view.segment, shown.known_columns, shown.known_sort, view.id)


def built_in(event: Event, questions: Sequence[Question]) -> list[tuple[Later, Asked]]:
    """Views that every event has."""
    required = [one.id for one in questions if one.required and one.retired_at is None]
    views = [
        (later("Has not answered"), Segment(statuses=("invited",))),
        (later("Going, not in yet"), Segment(statuses=("going",), checked_in="no")),
        (later("First time here"), Segment(statuses=("going",), first="yes")),
    ]
    if required:
        settled = tuple(sorted(status.value for status in SETTLED))
        missing = Segment(statuses=settled, unanswered=tuple(required))
        views.append((later("Answers missing"), Segment.from_args(missing.to_args())))
    return [(name, Asked(event, segment)) for name, segment in views]


def _with(address: str, args: Args) -> str:
    return f"{address}?{urlencode(args, doseq=True)}" if args else address


def _worded(
    name: str, value: str, topics: Sequence[Topic], questions: Sequence[Question]
) -> tuple[str, str]:
    """The value as it is called, and what it is about."""
    if name in {"topic", "not_topic"}:
        return next((one.name for one in topics if one.slug == value), value), ""
    number = value if name == "unanswered" else name.rpartition("answer-")[2]
    question = next((one for one in questions if str(one.id) == number), None)
    if question is None or name in {"status", "not_status"}:
        return value, ""
    if name == "unanswered":
        return question.label, ""
    is_yes_or_no = question.kind == QuestionKind.YES_NO
    said = str(YES_OR_NO.get(value, value)) if is_yes_or_no else value
    return question.labels.get(value, said), question.label


YES_OR_NO: dict[str, Later] = {"yes": later("yes"), "no": later("no")}
