"""What refusals at the door say; :mod:`community.web.wording` shows them.

Each says what whoever stands at the door can do now: somebody is waiting in front of them.
"""

from community.web.later import Later, later

DOOR_SENTENCES: dict[str, Later] = {
    "door_not_open": later("People can be checked in from %(time)s on."),
    "door_over": later("The event is over, and its door is closed."),
    "nobody_expected": later(
        "This code belongs to nobody who is expected here. Look for their name instead."
    ),
    "code_of_other_event": later(
        "This code is for another event. Look for their name: they may be expected here, too."
    ),
    "withdrew": later(
        "%(name)s withdrew on %(time)s. If a seat is free, let them in as a walk-in."
    ),
    "taken_off": later("The hosts took %(name)s off the list. Please ask a host."),
    "still_waits": later("%(name)s has no seat yet: they are still waiting. Please ask a host."),
    "not_going": later("%(name)s is not going to this event. Please ask a host."),
    "head_gone": later("They are not on the list any more."),
    "walk_in_name_missing": later("Please give a name."),
    "walk_in_expected": later(
        "Somebody with this address is on the list already: %(name)s. Look for that name."
    ),
    "presses_unreadable": later("This cannot be read. Please load the page again."),
}
