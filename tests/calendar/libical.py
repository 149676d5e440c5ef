"""The C library libical as an independent judge of calendar files, where the machine has it."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

# The structure below is that of version 3; Debian and Ubuntu call the package libical3.
LIBRARY = "libical.so.3"


class _Time(ctypes.Structure):
    """``struct icaltimetype``."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )


_POINTER = ctypes.c_void_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "icalparser_parse_string": (_POINTER, [ctypes.c_char_p]),
    "icalrestriction_check": (ctypes.c_int, [_POINTER]),
    "icalcomponent_as_ical_string_r": (_POINTER, [_POINTER]),
    "icalcomponent_get_first_real_component": (_POINTER, [_POINTER]),
    "icalcomponent_get_dtstart": (_Time, [_POINTER]),
    "icalcomponent_get_dtend": (_Time, [_POINTER]),
    "icaltime_as_timet_with_zone": (ctypes.c_long, [_Time, _POINTER]),
    "icalcomponent_get_first_component": (_POINTER, [_POINTER, ctypes.c_int]),
    "icalcomponent_get_next_component": (_POINTER, [_POINTER, ctypes.c_int]),
    "icalcomponent_get_first_property": (_POINTER, [_POINTER, ctypes.c_int]),
    "icalcomponent_string_to_kind": (ctypes.c_int, [ctypes.c_char_p]),
    "icalproperty_string_to_kind": (ctypes.c_int, [ctypes.c_char_p]),
    "icalproperty_get_value_as_string": (ctypes.c_char_p, [_POINTER]),
    "icalproperty_get_parameter_as_string": (ctypes.c_char_p, [_POINTER, ctypes.c_char_p]),
    "icalcomponent_get_uid": (ctypes.c_char_p, [_POINTER]),
    "icalcomponent_get_summary": (ctypes.c_char_p, [_POINTER]),
    "icalcomponent_get_location": (ctypes.c_char_p, [_POINTER]),
    "icalcomponent_get_sequence": (ctypes.c_int, [_POINTER]),
    "icalcomponent_free": (None, [_POINTER]),
    "icalmemory_free_buffer": (None, [_POINTER]),
}


def _load() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()
PRESENT = _library is not None


@contextmanager
def _parsed(data: bytes) -> Iterator[tuple[ctypes.CDLL, int]]:
    assert _library is not None
    component = _library.icalparser_parse_string(data)
    assert component, "libical reads no component"
    try:
        yield _library, component
    finally:
        _library.icalcomponent_free(component)


def problems(data: bytes) -> list[str]:
    """What libical's parser and its table of iTIP restrictions object to."""
    with _parsed(data) as (library, component):
        passed = library.icalrestriction_check(component)
        written = library.icalcomponent_as_ical_string_r(component)
        text = ctypes.string_at(written).replace(b"\r\n ", b"").decode()
        library.icalmemory_free_buffer(written)
    found = re.findall(r"^X-LIC-ERROR[^\r\n]*", text, re.MULTILINE)
    return found or ([] if passed else ["icalrestriction_check says no"])


def events(data: bytes) -> list[dict[str, Any]]:
    """What each event of a file says, by the names of :class:`readers.Said`."""
    found = []
    with _parsed(data) as (library, calendar):
        kind = library.icalcomponent_string_to_kind(b"VEVENT")
        event = library.icalcomponent_get_first_component(calendar, kind)
        while event:
            found.append({"method": _value(library, calendar, b"METHOD"), **_said(library, event)})
            event = library.icalcomponent_get_next_component(calendar, kind)
    return found


def _said(library: ctypes.CDLL, event: int) -> dict[str, Any]:
    starts, ends = library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)
    attendee = library.icalcomponent_get_first_property(
        event, library.icalproperty_string_to_kind(b"ATTENDEE")
    )
    partstat = attendee and library.icalproperty_get_parameter_as_string(attendee, b"PARTSTAT")
    return {
        "uid": library.icalcomponent_get_uid(event).decode(),
        "sequence": library.icalcomponent_get_sequence(event),
        "start": _instant(library, starts),
        "end": _instant(library, ends),
        "summary": library.icalcomponent_get_summary(event).decode(),
        "location": (library.icalcomponent_get_location(event) or b"").decode(),
        "partstat": (partstat or b"").decode(),
    }


def _value(library: ctypes.CDLL, component: int, name: bytes) -> str:
    kind = library.icalproperty_string_to_kind(name)
    found = library.icalcomponent_get_first_property(component, kind)
    return (library.icalproperty_get_value_as_string(found) or b"").decode() if found else ""


def _instant(library: ctypes.CDLL, time: _Time) -> datetime:
    return datetime.fromtimestamp(library.icaltime_as_timet_with_zone(time, time.zone), UTC)


def instants(data: bytes) -> tuple[datetime, datetime]:
    """Start and end of the first event, aware UTC, by the file's own VTIMEZONE."""
    with _parsed(data) as (library, component):
        event = library.icalcomponent_get_first_real_component(component)
        assert event, "libical sees no event"
        start, end = (
            library.icalcomponent_get_dtstart(event),
            library.icalcomponent_get_dtend(event),
        )
        return _instant(library, start), _instant(library, end)
