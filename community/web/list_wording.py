"""What refusals about lists say, and why somebody is passed over when many are decided on."""

from community.web.later import Later, later

LIST_SENTENCES: dict[str, Later] = {
    "view_name_missing": later("Please give the view a name."),
    "view_name_too_long": later("The name is too long: %(most)s characters at most."),
    "view_name_taken": later("There is a view of that name already."),
    "too_many_views": later("An event has %(most)s saved views at most. Delete one first."),
    "too_many_at_once": later(
        "At most %(most)s can be decided on at once. Narrow the list, and do it in several steps."
    ),
    "nobody_chosen": later("Nobody was chosen. Tick somebody, or choose everybody on the list."),
    "nobody_left": later("There is nobody left to whom this could be done. Nothing was changed."),
    "no_such_action": later("Please press one of the buttons."),
    "list_misread": later(
        "The address of this page was not understood: %(names)s. Nobody was chosen."
    ),
}

PASSED_OVER: dict[str, Later] = {
    "changed": later("has changed since you looked"),
    "not_asking": later("does not wait for your answer"),
    "not_silent": later("is not invited, or has answered"),
    "reminded_lately": later("was reminded in the last 24 hours"),
    "not_there": later("has nothing that could be taken back"),
    "not_removed": later("is not removed any more"),
    "no_address": later("has no address any more"),
    "no_room": later("the free seats do not suffice"),
    "event_closed": later("the list is closed, so nobody can be invited again"),
    "refused": later("a guest of theirs, or they, are on the list by another way"),
}
