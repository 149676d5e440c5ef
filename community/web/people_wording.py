"""What refusals about notes, tags and helpers say; :mod:`community.web.wording` shows them."""

from community.web.later import Later, later

PEOPLE_SENTENCES: dict[str, Later] = {
    "note_missing": later("Please write something."),
    "note_too_long": later("Please use %(most)s characters at most."),
    "too_many_notes": later("There are %(most)s notes already. Delete an old one first."),
    "tag_missing": later("Please give a word with a letter or a digit in it."),
    "tag_too_long": later("Please use %(most)s characters at most."),
    "too_many_tags": later("There are %(most)s tags already. Take one off first."),
    "helper_asked_already": later("This address has been asked already. Send it again below."),
    "too_many_asked": later(
        "%(most)s people have not answered yet. Take one back, or wait until one answers."
    ),
}
