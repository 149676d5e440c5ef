"""The events of the example community, with who answers what. Times follow from the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from community.core.clock import now
from community.core.walltime import to_local
from community.events.drafts import EventDraft
from community.events.models import EventFormat, Visibility
from community.ops import demo_prose as prose

THURSDAY = 3


class Fate(StrEnum):
    """What becomes of an example event."""

    DRAFT = "draft"
    COMING = "coming"
    CANCELLED = "cancelled"
    PAST = "past"


@dataclass(frozen=True)
class DemoEvent:
    """A draft and what follows: parties by number of guests, in order of their answers."""

    draft: EventDraft
    fate: Fate = Fate.COMING
    parties: Sequence[int] = ()
    declined: int = 0
    first: int = 3  # which of the members answers first, so that not all events have the same
    country: str = ""
    access_notes: str = ""
    message: str = ""
    guest_names: tuple[str, ...] = ("A friend",)
    leaving: Sequence[int] = ()  # by number, those who withdraw again
    has_door: bool = False


def on(weekday: int, days_ahead: int, clock: str, zone: str) -> datetime:
    """The wall time of the first such weekday at least ``days_ahead`` days from today there."""
    today = to_local(now(), zone).date()
    day: date = today + timedelta(days=days_ahead)
    day += timedelta(days=(weekday - day.weekday()) % 7)
    return datetime.combine(day, time.fromisoformat(clock))


def demo_events() -> list[DemoEvent]:
    """All of them, as seen from today."""
    return [
        _boston_dinner(),
        _data_breakfast(),
        _ai_online(),
        _mentoring_circle(),
        _catalogue_day(),
        _story_workshop(),
        _lake_retreat(),
        _stories_evening(),
    ]


def _boston_dinner() -> DemoEvent:
    zone = "America/New_York"
    starts = on(THURSDAY, 14, "18:30", zone)
    return DemoEvent(
        EventDraft(
            title="Boston Leadership Dinner",
            summary="One long table above the harbor, thirty people who lead with data, and no "
            "slides.",
            description=prose.BOSTON,
            starts_at=starts,
            ends_at=starts.replace(hour=21),
            timezone=zone,
            venue="Glass House",
            venue_address="12 Harbor Walk",
            venue_city="Boston",
            capacity=30,
            guests_allowed=1,
            topics=("ai", "data-management"),
        ),
        parties=(1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
        declined=3,
        has_door=True,
        country="United States",
        access_notes="Step-free from Harbor Walk; the lift is to the left of the bar. "
        "South Station is eight minutes on foot.",
        guest_names=("Adaeze Okafor", "Martín Fernández", "Ebun Adeyemi"),
    )


def _data_breakfast() -> DemoEvent:
    zone = "Europe/London"
    starts = on(1, 9, "08:00", zone)
    return DemoEvent(
        EventDraft(
            title="Data Management Breakfast",
            summary="Twelve chairs, strong coffee, and the one question every catalogue fails at: "
            "who owns this?",
            description=prose.BREAKFAST,
            starts_at=starts,
            ends_at=starts.replace(hour=9, minute=45),
            timezone=zone,
            venue="The Reading Room",
            venue_address="4 Quill Yard",
            venue_city="London",
            capacity=12,
            offer_hours=48,
            topics=("data-management",),
        ),
        parties=(0,) * 17,
        leaving=(2,),
        first=12,
        country="United Kingdom",
        access_notes="Level entrance from Quill Yard. Ring the brass bell.",
    )


def _ai_online() -> DemoEvent:
    zone = "Europe/Berlin"
    starts = on(2, 6, "17:00", zone)
    return DemoEvent(
        EventDraft(
            title="AI in Practice: What Shipped and What Did Not",
            summary="Three teams, ten minutes each, one rule: begin with what you switched off.",
            description=prose.AI,
            starts_at=starts,
            ends_at=starts.replace(hour=18, minute=30),
            timezone=zone,
            format=EventFormat.ONLINE,
            topics=("ai", "testimonials"),
        ),
        parties=(0,) * 18,
        first=8,
    )


def _mentoring_circle() -> DemoEvent:
    zone = "Europe/Zurich"
    starts = on(3, 23, "16:00", zone)
    return DemoEvent(
        EventDraft(
            title="Mentoring Circle: The First Hundred Days",
            summary="For members who have just taken over a team, and for those who remember it.",
            description=prose.MENTORING,
            starts_at=starts,
            ends_at=starts.replace(hour=18),
            timezone=zone,
            venue="Haus am Hafen",
            venue_address="Seestrasse 21",
            venue_city="Zurich",
            capacity=20,
            visibility=Visibility.MEMBERS,
            requires_approval=True,
            topics=("diversity",),
        ),
        parties=(0,) * 5,
        first=20,
        country="Switzerland",
        access_notes="Step-free. Quiet room on the first floor.",
    )


def _catalogue_day() -> DemoEvent:
    zone = "Asia/Singapore"
    starts = on(4, 37, "09:30", zone)
    return DemoEvent(
        EventDraft(
            title="The Catalogue Day",
            summary="A working day on lineage, contracts and the art of deleting tables; join in "
            "Singapore or from your desk.",
            description=prose.CATALOGUE,
            starts_at=starts,
            ends_at=starts.replace(hour=16, minute=30),
            timezone=zone,
            format=EventFormat.HYBRID,
            venue="Pier Seven",
            venue_address="7 Tanjong Quay",
            venue_city="Singapore",
            capacity=120,
            guests_allowed=2,
            answer_by=starts - timedelta(days=5),
            topics=("data-management", "ai"),
        ),
        parties=(0, 2, 0, 1, 0, 0, 0, 0, 0),
        first=9,
        country="Singapore",
        access_notes="Lift to level 3, opposite the ferry gates.",
        guest_names=("Rosa Lim", "Jia Hao Tan", "Nurul Aziz"),
    )


def _story_workshop() -> DemoEvent:
    zone = "Europe/Paris"
    starts = on(0, 17, "14:00", zone)
    return DemoEvent(
        EventDraft(
            title="Workshop: Letting Customers Tell It",
            summary="An afternoon on testimonials that nobody had to write for the customer.",
            description=prose.WORKSHOP,
            starts_at=starts,
            ends_at=starts.replace(hour=17),
            timezone=zone,
            venue="Atelier Nord",
            venue_address="18 rue des Lilas",
            venue_city="Paris",
            capacity=24,
            topics=("testimonials",),
        ),
        fate=Fate.CANCELLED,
        parties=(0,) * 7,
        first=26,
        country="France",
        message="Our host has fallen ill. We wish her well and will find a new date; everybody "
        "who had a seat will be asked first.",
    )


def _lake_retreat() -> DemoEvent:
    zone = "Europe/Rome"
    starts = on(4, 70, "11:00", zone)
    return DemoEvent(
        EventDraft(
            title="Two Days by the Lake",
            summary="A retreat for twenty: walks in pairs, one shared problem each.",
            description=prose.RETREAT,
            starts_at=starts,
            ends_at=starts.replace(hour=15) + timedelta(days=1),
            timezone=zone,
            venue="Villa Olmeda",
            venue_address="Via del Lago 3",
            venue_city="Como",
            capacity=20,
            kept_back=4,
            visibility=Visibility.INVITED,
            topics=("diversity", "testimonials"),
        ),
        fate=Fate.DRAFT,
        country="Italy",
    )


def _stories_evening() -> DemoEvent:
    zone = "America/New_York"
    starts = on(THURSDAY, 14, "18:00", zone)
    return DemoEvent(
        EventDraft(
            title="Five Stories of Change",
            summary="Five people, five minutes, five decisions that they would take again.",
            description=prose.STORIES,
            starts_at=starts,
            ends_at=starts.replace(hour=20, minute=30),
            timezone=zone,
            venue="The Print Works",
            venue_address="88 Linden Street",
            venue_city="New York",
            capacity=60,
            guests_allowed=1,
            topics=("testimonials", "diversity"),
        ),
        fate=Fate.PAST,
        parties=(0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        declined=2,
        first=11,
        country="United States",
        access_notes="Step-free from Linden Street.",
        guest_names=("Miriam Rosen", "Paul Whitaker"),
    )
