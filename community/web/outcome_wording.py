"""What is said of somebody's events: each outcome's words, and the tone of its badge."""

from community.organizing.history import Outcome
from community.web.later import Later, later

OUTCOMES: dict[str, Later] = {
    Outcome.CAME.value: later("Came"),
    Outcome.MISSED.value: later("Did not come"),
    Outcome.LATE.value: later("Cancelled late"),
    Outcome.WITHDREW.value: later("Withdrew in time"),
    Outcome.DECLINED.value: later("Declined"),
    Outcome.HOSTED.value: later("Hosted"),
    Outcome.NOT_SEATED.value: later("Had no seat"),
    Outcome.NOT_KNOWN.value: later("Was on the list; nobody checked in"),
    Outcome.CALLED_OFF.value: later("Event was cancelled"),
    Outcome.TO_COME.value: later("To come"),
}
TONES = {
    Outcome.CAME.value: "good",
    Outcome.HOSTED.value: "good",
    Outcome.MISSED.value: "bad",
    Outcome.LATE.value: "wait",
}
# The figures that are always shown, also when they are nought.
ALWAYS = (Outcome.CAME, Outcome.MISSED, Outcome.LATE)
