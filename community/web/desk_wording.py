"""What the organizer's desk says when a rule says no, put together of its parts."""

from community.web.door_wording import DOOR_SENTENCES
from community.web.export_wording import EXPORT_SENTENCES
from community.web.kitchen_wording import KITCHEN_SENTENCES
from community.web.list_wording import LIST_SENTENCES
from community.web.message_wording import MESSAGE_SENTENCES
from community.web.people_wording import PEOPLE_SENTENCES

DESK_SENTENCES = {
    **LIST_SENTENCES,
    **PEOPLE_SENTENCES,
    **MESSAGE_SENTENCES,
    **KITCHEN_SENTENCES,
    **DOOR_SENTENCES,
    **EXPORT_SENTENCES,
}
