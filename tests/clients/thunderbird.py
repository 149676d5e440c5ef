"""Thunderbird, as reports about it describe it."""

from tests.clients.reader import Calendar, Event, attendee, by_name, read_file, read_mail


class Thunderbird(Calendar):
    """Refuses who is not the invited one ("party crashing"), and an organizer who is another."""

    zone = staticmethod(by_name)

    def receive(self, raw: bytes) -> None:
        mail = read_mail(raw)
        part = next((one for one in mail.parts if one.kind == "text/calendar"), None)
        if part is None:
            return
        file = read_file(part.data)
        method = (file.method or part.method or "").upper()
        for event in file.events:
            if method in {"REQUEST", "CANCEL"} and self._is_meant(event, mail.sender):
                self.keep(file, event, cancelled=method == "CANCEL")

    def _is_meant(self, event: Event, sender: str) -> bool:
        organizer = event.get("ORGANIZER")
        if organizer is None or organizer.address != sender:
            return False
        if attendee(event, self.address) is None:
            return False
        kept = self.kept.get(event.text("UID"))
        if kept is None:
            return True
        newer = (event.sequence, event.dtstamp) > (kept.sequence, kept.dtstamp)
        return newer and organizer.address == kept.organizer
