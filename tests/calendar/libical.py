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


def instants(data: bytes) -> tuple[datetime, datetime]:
    """Start and end of the first event, aware UTC, by the file's own VTIMEZONE."""
    with _parsed(data) as (library, component):
        event = library.icalcomponent_get_first_real_component(component)
        assert event, "libical sees no event"
        times = library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)
        seconds = [library.icaltime_as_timet_with_zone(time, time.zone) for time in times]
    start, end = (datetime.fromtimestamp(each, UTC) for each in seconds)
    return start, end
