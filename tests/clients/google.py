"""Gmail and Google Calendar, as reports about them describe them."""

from tests.clients.reader import (
    Calendar,
    Event,
    File,
    Kept,
    attendee,
    by_name,
    instant,
    read_file,
    read_mail,
)

_ANSWERS = {"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE"}


class Google(Calendar):
    """Goes by DTSTAMP: what is not newer is not looked at, and a new time needs a new SEQUENCE."""

    zone = staticmethod(by_name)

    def receive(self, raw: bytes) -> None:
        mail = read_mail(raw)
        part = next((one for one in mail.parts if one.kind == "text/calendar"), None)
        if part is None or part.method is None:
            return  # a file to download
        file = read_file(part.data)
        if file.method != part.method:
            return
        for event in file.events:
            if mail.recipient == self.address and self._is_mine(event):
                self._take(file, event)

    def _is_mine(self, event: Event) -> bool:
        me, organizer = attendee(event, self.address), event.get("ORGANIZER")
        if me is None or me.parameters.get("PARTSTAT") not in _ANSWERS:
            return False
        return organizer is not None and organizer.address not in {"", self.address}

    def _take(self, file: File, event: Event) -> None:
        kept = self.kept.get(event.text("UID"))
        if kept is not None and not self._is_newer(file, event, kept):
            return
        if file.method in {"REQUEST", "CANCEL"}:
            self.keep(file, event, cancelled=file.method == "CANCEL")

    def _is_newer(self, file: File, event: Event, kept: Kept) -> bool:
        if event.dtstamp <= kept.dtstamp or event.sequence < kept.sequence:
            return False
        span = [instant(file, event, name, self.zone) for name in ("DTSTART", "DTEND")]
        same = span == [kept.entry.starts_at, kept.entry.ends_at]
        return event.sequence > kept.sequence or (same and file.method == "REQUEST")
