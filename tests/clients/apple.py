"""Apple Mail and Calendar, as reports about them describe them."""

from tests.clients.reader import Calendar, Event, by_name, read_file, read_mail


class Apple(Calendar):
    """Opens the attached file rather than the part, and looks at the METHOD inside it alone."""

    zone = staticmethod(by_name)

    def receive(self, raw: bytes) -> None:
        parts = read_mail(raw).parts
        files = [one for one in parts if one.name.endswith(".ics")]
        files += [one for one in parts if one.kind == "text/calendar"]
        if not files:
            return
        file = read_file(files[0].data)
        for event in file.events:
            if self._is_newer(event) and file.method in {"REQUEST", "CANCEL"}:
                self.keep(file, event, cancelled=file.method == "CANCEL")

    def _is_newer(self, event: Event) -> bool:
        kept = self.kept.get(event.text("UID"))
        if kept is None or event.sequence != kept.sequence:
            return kept is None or event.sequence > kept.sequence
        return event.dtstamp > kept.dtstamp
