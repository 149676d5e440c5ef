"""Outlook and Exchange, as reports about them describe them."""

from tests.clients.reader import Calendar, File, Part, by_file, read_file, read_mail


class Outlook(Calendar):
    """Strict about the form, goes by SEQUENCE and then DTSTAMP, and by the file's own zones."""

    zone = staticmethod(by_file)

    def receive(self, raw: bytes) -> None:
        mail = read_mail(raw)
        for part in mail.parts:
            file = self._message(part)
            if file is not None:
                self._take(file)
                return

    def _message(self, part: Part) -> File | None:
        """The meeting, or None for what it calls "not supported calendar message.ics"."""
        if part.kind != "text/calendar" or part.inside != "multipart/alternative":
            return None
        file = read_file(part.data)
        is_whole = file.method == part.method and not file.has_bare_line_feeds
        return file if is_whole and len(file.events) == 1 else None

    def _take(self, file: File) -> None:
        (event,) = file.events
        organizer = event.get("ORGANIZER")
        if organizer is None or organizer.address == self.address:
            return  # "as the meeting organizer, you do not need to respond"
        kept = self.kept.get(event.text("UID"))
        order = (event.sequence, event.dtstamp)
        if kept is not None and order <= (kept.sequence, kept.dtstamp):
            return  # out of date
        if file.method in {"REQUEST", "CANCEL"}:
            self.keep(file, event, cancelled=file.method == "CANCEL")
