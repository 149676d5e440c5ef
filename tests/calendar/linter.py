"""A byte-level linter for iCalendar files: faults that no parser reports but clients trip on."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_METHODS = {"PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"}
_PARTSTATS = {"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"}
_TEXTS = frozenset(
    {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "UID", "NAME", "TZID", "TZNAME"}
    | {"PRODID", "VERSION", "CALSCALE", "METHOD", "STATUS", "TRANSP", "CLASS"}
    | {"X-WR-CALNAME", "X-WR-CALDESC", "X-WR-TIMEZONE"}
)
_TIMES = {"DTSTART", "DTEND", "RECURRENCE-ID", "DTSTAMP", "CREATED", "LAST-MODIFIED"}
_LISTED_PARAMETERS = {"MEMBER", "DELEGATED-TO", "DELEGATED-FROM"}
_DATE_OR_TIME = re.compile(r"\d{8}(T\d{6}Z?)?")
# A backslash goes with what follows it; what is left over is a bare separator or a bad escape.
_ESCAPED = re.compile(r"\\[\\;,nN]")
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^":;])*)')


@dataclass
class Property:
    """One content line, unfolded; ``parameters`` as written, quotes included."""

    name: str
    parameters: dict[str, str]
    value: str

    def parameter(self, name: str) -> str:
        return self.parameters.get(name, "").strip('"')


@dataclass
class Component:
    """A component with its own properties and the components inside it."""

    name: str
    properties: list[Property] = field(default_factory=list)
    inside: list["Component"] = field(default_factory=list)

    def every(self, name: str) -> list[Property]:
        return [each for each in self.properties if each.name == name]

    def value(self, name: str) -> str | None:
        return next((each.value for each in self.every(name)), None)

    def walk(self) -> Iterator["Component"]:
        yield self
        for each in self.inside:
            yield from each.walk()


def lint(data: bytes) -> list[str]:
    """The faults of one file, each as ``code: what is wrong``; empty when it is clean."""
    text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"")
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        return ["utf-8: the file is not UTF-8"]
    faults = list(_lines(data))
    properties = []
    for number, line in enumerate(filter(None, lines), 1):
        if match := _LINE.fullmatch(line):
            name, parameters, value = match.groups()
            pairs = {key.upper(): text for key, text in _PARAMETER.findall(parameters)}
            properties.append(Property(name.upper(), pairs, value))
        else:
            faults.append(f"syntax: line {number} is no content line: {line[:60]!r}")
    for each in properties:
        faults += _property(each)
    calendar = _tree(properties)
    if calendar is None:
        return [*faults, "structure: BEGIN and END do not pair up in one VCALENDAR"]
    return [*faults, *_method(calendar), *_zones(calendar), *_itip(calendar), *_until(calendar)]


def _lines(data: bytes) -> Iterator[str]:
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data) or not data.endswith(b"\r\n"):
        yield "line-end: a line does not end in CR LF"
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if len(line) > 75:
            yield f"long-line: line {number} has {len(line)} octets"
        try:
            text = line.decode()
        except UnicodeDecodeError:
            yield f"fold: line {number} begins or ends inside a character"
        else:
            if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text):
                yield f"control: line {number} holds a control character"


def _property(each: Property) -> Iterator[str]:
    for name, value in each.parameters.items():
        bare = re.sub(r'"[^"]*"', "", value)
        if "," in bare and name not in _LISTED_PARAMETERS:
            yield f"parameter: {each.name};{name} holds an unquoted comma"
    if each.name in {"ATTENDEE", "ORGANIZER"}:
        yield from _address(each)
    if each.name in _TIMES:
        yield from _time(each)
    if each.name in _TEXTS:
        yield from _text(each)
    if each.name == "REFRESH-INTERVAL" and each.parameter("VALUE") != "DURATION":
        yield "refresh-interval: VALUE=DURATION is missing"


def _time(each: Property) -> Iterator[str]:
    if not _DATE_OR_TIME.fullmatch(each.value):
        code = "parameter" if ":" in each.value else "time"
        yield f"{code}: {each.name} has the value {each.value!r}"
    elif "TZID" in each.parameters and each.value.endswith("Z"):
        yield f"tzid-utc: {each.name} has both a TZID and a Z"


def _text(each: Property) -> Iterator[str]:
    rest = _ESCAPED.sub("", each.value)
    if re.search("[,;]", rest):
        yield f"text: {each.name} holds an unescaped comma or semicolon"
    if "\\" in rest:
        yield f"escape: {each.name} holds a backslash that escapes nothing"


def _address(each: Property) -> Iterator[str]:
    value = each.value.lower()
    if not value.startswith("mailto:") and "mailto:" in value:
        yield f"parameter: {each.name} holds an unquoted colon"
    elif not re.fullmatch(r"mailto:[^\s<>@]+@[^\s<>@]+", value):
        yield f"mailto: {each.name} is {each.value!r}"
    if "PARTSTAT" in each.parameters and each.parameter("PARTSTAT") not in _PARTSTATS:
        yield f"partstat: {each.parameter('PARTSTAT')!r}"


def _tree(properties: list[Property]) -> Component | None:
    """The one VCALENDAR of the file, or None when the components do not nest."""
    outermost = Component("")
    stack = [outermost]
    for each in properties:
        if each.name == "BEGIN":
            component = Component(each.value.upper())
            stack[-1].inside.append(component)
            stack.append(component)
        elif each.name == "END":
            if len(stack) == 1 or stack.pop().name != each.value.upper():
                return None
        else:
            stack[-1].properties.append(each)
    whole = len(stack) == 1 and not outermost.properties
    alone = [each.name for each in outermost.inside] == ["VCALENDAR"]
    return outermost.inside[0] if whole and alone else None


def _method(calendar: Component) -> Iterator[str]:
    method = calendar.value("METHOD")
    if method is None:
        if not _is_own_copy(calendar):
            yield "method: METHOD is missing"
    elif method not in _METHODS:
        yield f"method: {method!r} is not one of the methods, in capitals"
    if any(each.every("METHOD") for each in calendar.inside):
        yield "method: METHOD stands inside a component"


def _is_own_copy(calendar: Component) -> bool:
    """With a METHOD it would have to ask people, or name nobody (RFC 5546, 3.2.1)."""
    people = [one for each in calendar.walk() for one in each.every("ATTENDEE")]
    return bool(people) and all(one.parameter("SCHEDULE-AGENT") == "NONE" for one in people)


def _zones(calendar: Component) -> Iterator[str]:
    known = set()
    for each in calendar.inside:
        if each.name == "VTIMEZONE":
            known.add(each.value("TZID"))
            if not any(part.name == "STANDARD" for part in each.inside):
                yield f"vtimezone: {each.value('TZID')} has no STANDARD block"
    for component in calendar.walk():
        for each in component.properties:
            if "TZID" in each.parameters and each.parameter("TZID") not in known:
                yield f"tzid: {each.name} names {each.parameter('TZID')}, which is not defined"


def _itip(calendar: Component) -> Iterator[str]:
    """RFC 5546, 3.2: what each method asks of a VEVENT."""
    method = (calendar.value("METHOD") or "").upper()
    for event in calendar.inside:
        if event.name != "VEVENT":
            continue
        count = Counter(each.name for each in event.properties)
        status = event.value("STATUS")
        invites, cancels = method == "REQUEST", method == "CANCEL"
        broken = {
            "uid: a VEVENT has one UID": count["UID"] != 1,
            "dtstamp: a VEVENT has one DTSTAMP": count["DTSTAMP"] != 1,
            "organizer: somebody invites": (invites or cancels) and count["ORGANIZER"] != 1,
            "attendee: REQUEST asks nobody": invites and not count["ATTENDEE"],
            "publish: PUBLISH has no ATTENDEE": method == "PUBLISH" and count["ATTENDEE"] > 0,
            "sequence: CANCEL has a SEQUENCE": cancels and not count["SEQUENCE"],
            "status: REQUEST cancels": invites and status == "CANCELLED",
            "status: CANCEL does not cancel": cancels and status not in {None, "CANCELLED"},
        }
        yield from (fault for fault, holds in broken.items() if holds)


def _until(calendar: Component) -> Iterator[str]:
    """RFC 5545, 3.3.10: UNTIL is a date when DTSTART is one, UTC when DTSTART has a zone."""
    for component in calendar.walk():
        start = next(iter(component.every("DTSTART")), None)
        for rule in component.every("RRULE"):
            match = re.search(r"UNTIL=([^;]*)", rule.value)
            if match is None or start is None:
                continue
            form = len(match[1])
            floating = "TZID" not in start.parameters and not start.value.endswith("Z")
            wanted = 8 if "T" not in start.value else 15 if floating else 16
            if component.name in {"STANDARD", "DAYLIGHT"}:
                wanted = 16
            if form != wanted:
                yield f"until: {match[1]} does not go with DTSTART {start.value}"
