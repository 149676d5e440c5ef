"""Full houses: a dinner of thirty at which no two eat alike, and events with very many people."""

import sqlalchemy as sa

from community.core.db import db, transactional
from community.events.models import Event
from community.membership.models import Membership, Person
from community.rsvp.answers import Typed
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member

# Twenty different needs, as people write them.
FOOD = (
    "Vegetarian",
    "vegan",
    "VEGAN!",
    "nut allergy, I carry an EpiPen",
    "Severe peanut allergy",
    "coeliac",
    "gluten free please",
    "Lactose intolerant",
    "halal",
    "kosher",
    "no pork",
    "pescatarian",
    "Allergic to shellfish and sesame",
    "no eggs, no soy",
    "no celery",
    "mustard",
    "allergic to kiwi",
    "low FODMAP",
    "no mushrooms",
    "I don't eat beef",
    "none",
    "nothing special",
)
NAMES = (
    "Ada Lovelace",
    "Bo Ek",
    "Constantin Hieronymus Freiherr von Hohenstaufen-Oberammergau",
    "Émile Zola",
    "Wolfeschlegelsteinhausenbergerdorff",
    "Nguyễn Thị Minh Khai",
    "田中 美智子",
    "Priya Raghunathan Venkataraman",
    "Zoë Ångström",
    "Max",
)


def a_dinner_of_thirty(owner: Person, **facts: object) -> Event:
    """Published; twenty-six people who answered and four guests."""
    event = an_event(owner, guests_allowed=1, capacity=40, **facts)
    access = add_question(
        owner.id, event.id, QuestionDraft(QuestionKind.SHORT_TEXT, "Do you have access needs?")
    )
    main = QuestionDraft(
        QuestionKind.ONE_OF, "Main course", options=("Lamb", "Sea bream", "Gnocchi")
    )
    course = add_question(owner.id, event.id, main)
    for number in range(26):
        answers = {course.id: Typed(options=(f"o{number % 3 + 1}",))}
        if number in {3, 9, 11}:
            words = {3: "wheelchair", 9: "Step-free access please", 11: "hearing loop"}[number]
            answers[access.id] = Typed(words)
        name = NAMES[number] if number < len(NAMES) else f"Guest Number{number}"
        say_yes(
            a_member(name, organization="Institute for Advanced Study" if number % 2 else "").id,
            event.id,
            dietary=FOOD[number] if number < len(FOOD) else "",
            guests=[Guest(f"Companion {number}", "vegetarian, nuts")] if number >= 22 else [],
            answers=answers,
        )
    return event


@transactional
def seat_many(event_id: int, heads: int) -> None:
    """So many people are going, each alone, whatever the capacity."""
    people = [
        {"name": f"Guest {number}", "membership": Membership.ACTIVE, "handle": f"g{number}"}
        for number in range(heads)
    ]
    ids = db.session.scalars(sa.insert(Person).returning(Person.id), people).all()
    known = {"event_id": event_id, "status": RsvpStatus.GOING, "ticket": 1}
    rows = [{**known, "person_id": person_id} for person_id in ids]
    rsvps = db.session.scalars(sa.insert(Rsvp).returning(Rsvp.id), rows).all()
    attendees = [{"rsvp_id": rsvp_id, "name": "Guest"} for rsvp_id in rsvps]
    db.session.execute(sa.insert(Attendee), attendees)
