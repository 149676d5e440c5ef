"""Commands about calendars."""

from flask.cli import AppGroup

from community.ops.selftest import send_and_wait
from community.ops.zones import list_moved

calendar = AppGroup("calendar", help="Calendars and time zones.")
calendar.command("zones")(list_moved)
calendar.command("selftest")(send_and_wait)
