"""The people of the example community. None of them, nor where they work, exists."""

from dataclasses import dataclass

ORGANIZER = "organizer@example.org"
ADMIN = "admin@example.org"
COHOST = "amara.okafor@example.org"


@dataclass(frozen=True)
class DemoTopic:
    """A topic: its slug, its name, and a sentence about it."""

    slug: str
    name: str
    description: str


TOPICS = (
    DemoTopic("ai", "AI", "What works in practice, what it costs, and who answers for it."),
    DemoTopic(
        "data-management",
        "Data Management",
        "Quality, lineage, catalogues and the people who keep them in order.",
    ),
    DemoTopic("diversity", "Diversity", "Who is in the room, who is heard, and how that changes."),
    DemoTopic("testimonials", "Testimonials", "Stories of those who did it, told by themselves."),
)


@dataclass(frozen=True)
class DemoPerson:
    """A member as their profile shows them. ``zone`` is an IANA zone, ``topics`` are slugs."""

    address: str
    name: str
    job_title: str
    organization: str
    location: str
    zone: str
    topics: tuple[str, ...]
    bio: str = ""


def _person(line: str) -> DemoPerson:
    name, address, job_title, organization, location, zone, topics, bio = (
        part.strip() for part in line.split("|")
    )
    slugs = tuple(_SHORT[letter] for letter in topics)
    return DemoPerson(address, name, job_title, organization, location, zone, slugs, bio)


_SHORT = {"A": "ai", "M": "data-management", "D": "diversity", "T": "testimonials"}

# name | address | job title | organization | location | zone | topics by letter | bio
_TABLE = f"""
Eleanor Whitfield | {ORGANIZER} | Community Director | Harbor & Vale | Boston | America/New_York | ADT | Brings people to one table who should have met years ago.
Jonas Lindqvist | {ADMIN} | Platform Lead | Harbor & Vale | Stockholm | Europe/Stockholm | AM | Keeps the lights on, and the calendar right.
Amara Okafor | {COHOST} | Chief Data Officer | Meridian Freight | Boston | America/New_York | MD | Built a data office from two people to sixty. Mentors first-time CDOs.
Priya Raghunathan | priya.raghunathan@example.com | VP Analytics | Lantern Health | Boston | America/New_York | AM | Believes that a dashboard nobody opens is a bug.
Mateo Fernández | mateo.fernandez@example.com | Head of AI | Banco Aurora | Madrid | Europe/Madrid | A | Ships small models that a bank's auditors can read.
Yuki Tanaka | yuki.tanaka@example.net | Director of Data Platforms | Kisaragi Rail | Tokyo | Asia/Tokyo | M | Thirty years of timetables, one data model.
Claire Dubois | claire.dubois@example.org | Chief Information Officer | Atelier Nord | Paris | Europe/Paris | MD | Turned down three reorganisations, led the fourth.
Samuel Adeyemi | samuel.adeyemi@example.com | Chief Technology Officer | Palmcrest Bank | Lagos | Africa/Lagos | AD | Mobile money, offline first.
Ingrid Solberg | ingrid.solberg@example.net | Head of Data Governance | Fjordkraft Grid | Oslo | Europe/Oslo | M | Writes policies that fit on one page.
Wei Zhang | wei.zhang@example.com | Principal Scientist | Blue Heron Labs | Singapore | Asia/Singapore | A | Evaluation before enthusiasm.
Fatima Al-Mansouri | fatima.almansouri@example.org | Director of Digital | Dune Logistics | Dubai | Asia/Dubai | AM | Ports, customs, and the paper between them.
Luca Moretti | luca.moretti@example.com | Chief Operating Officer | Officina Moretti | Milan | Europe/Rome | T | Third generation at the lathe, first at the keyboard.
Grace Mwangi | grace.mwangi@example.net | Founder | Savanna Analytics | Nairobi | Africa/Nairobi | AMD | Data for smallholders, in four languages.
Daniel Rosen | daniel.rosen@example.com | Chief Executive | Northgate Insurance | New York | America/New_York | T | Collects stories of projects that were stopped in time.
Sofia Papadaki | sofia.papadaki@example.org | Head of Research | Aegean Institute | Athens | Europe/Athens | AD | Studies how teams decide when models disagree.
Rahul Mehta | rahul.mehta@example.com | Enterprise Architect | Sagar Steel | Mumbai | Asia/Kolkata | M | Draws the map before the road.
Hannah Becker | hannah.becker@example.net | Chief Data Officer | Rheinwerk Chemie | Cologne | Europe/Berlin | MD | Catalogues are for people. So is governance.
Thomas O'Brien | thomas.obrien@example.com | Managing Director | Liffey Capital | Dublin | Europe/Dublin | AT | Asks the second question.
Camila Rocha | camila.rocha@example.org | VP Engineering | Verde Foods | São Paulo | America/Sao_Paulo | AD | From harvest to shelf, in near real time.
Aiko Mori | aiko.mori@example.net | Design Director | Studio Hibari | Kyoto | Asia/Tokyo | T | Makes numbers that can be held in the hand.
Omar Haddad | omar.haddad@example.com | Head of Data Science | Cedar Telecom | Beirut | Asia/Beirut | A | Forecasting under changing conditions.
Nadia Kowalska | nadia.kowalska@example.org | Chief People Officer | Vistula Software | Warsaw | Europe/Warsaw | D | Counts who speaks in meetings.
William Marsh | william.marsh@example.com | Chief Financial Officer | Marsh & Sons | Chicago | America/Chicago | MT | One ledger, no spreadsheets at midnight.
Leila Farouk | leila.farouk@example.net | Director of Insights | Nile Media | Cairo | Africa/Cairo | AT | Audiences are people with evenings.
Anders Nygaard | anders.nygaard@example.org | Chief Architect | Øresund Ferries | Copenhagen | Europe/Copenhagen | M | Event streams since before they had the name.
Mei-Ling Chen | meiling.chen@example.com | General Counsel | Formosa Devices | Taipei | Asia/Taipei | AD | Reads model cards for a living.
Patrick Nguyen | patrick.nguyen@example.net | Head of Platform | Coral Airlines | Sydney | Australia/Sydney | AM | On-call, but rarely called.
Isabelle Laurent | isabelle.laurent@example.org | Editor in Chief | La Lettre Data | Lyon | Europe/Paris | DT | Believes in the well-placed question.
Kwame Boateng | kwame.boateng@example.com | Chief Digital Officer | Volta Energy | Accra | Africa/Accra | MD | Meters, tariffs, trust.
Rebecca Stein | rebecca.stein@example.com | Partner | Stein Novak Advisory | Boston | America/New_York | MT | Has sat on both sides of the table.
Miguel Santos | miguel.santos@example.net | Data Lead | Porto Municipal | Lisbon | Europe/Lisbon | M | Open data that is actually opened.
Olena Kovalenko | olena.kovalenko@example.org | Chief Executive | Dnipro Robotics | Kyiv | Europe/Kyiv | AD | Builds with what is there.
James Whitaker | james.whitaker@example.com | Head of Innovation | Thames Water Works | London | Europe/London | AM | Sensors, leaks, and patience.
Zanele Dlamini | zanele.dlamini@example.net | VP Data Products | Umoya Retail | Johannesburg | Africa/Johannesburg | MD | Treats every table as a product with a price.
Katarina Novak | katarina.novak@example.org | Research Fellow | Institute for Work | Ljubljana | Europe/Ljubljana | D | Measures what mentoring changes.
Hiroshi Nakamura | hiroshi.nakamura@example.com | Executive Officer | Minato Shipping | Yokohama | Asia/Tokyo | AT | Retired twice, came back once.
Emily Carter | emily.carter@example.com | Chief Marketing Officer | Bayline Outdoor | Boston | America/New_York | T | Lets customers tell it.
Arjun Nair | arjun.nair@example.net | ML Engineering Manager | Lantern Health | Boston | America/New_York | A | Deletes more code than he writes.
Beatriz Oliveira | beatriz.oliveira@example.org | Chief Risk Officer | Tagus Mutual | Lisbon | Europe/Lisbon | AM | Sleeps well, asks why others do not.
Noah Friedman | noah.friedman@example.com | Head of Data | Charles River Foods | Boston | America/New_York | MD | Cooks on Sundays, merges on Mondays.
Linh Tran | linh.tran@example.net | Product Director | Saigon Mobility | Ho Chi Minh City | Asia/Ho_Chi_Minh | AD | Ten million rides, one complaint box.
Victoria Lang | victoria.lang@example.org | Board Member | Lang Foundation | Zurich | Europe/Zurich | DT | Funds the second attempt.
"""  # noqa: E501 - a table reads best one person a line

PEOPLE = tuple(_person(line) for line in _TABLE.strip().splitlines())
