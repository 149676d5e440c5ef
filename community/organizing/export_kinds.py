"""Which kinds of files attendees are exported to."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of file, by the ending of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    ICS = "ics"
    VCF = "vcf"

    @property
    def mimetype(self) -> str:
        """What a browser is told that it is."""
        return _MIMETYPES[self]

    @property
    def streams(self) -> bool:
        """Whether it leaves while it is read; others are made as a whole."""
        return self in {Kind.CSV, Kind.JSON}


_MIMETYPES = {
    Kind.CSV: "text/csv",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.JSON: "application/json",
    Kind.ICS: "text/calendar",
    Kind.VCF: "text/vcard",
}
