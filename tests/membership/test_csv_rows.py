"""Reading people from whatever calls itself CSV: every row is a person or a sentence of why not."""

import io
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from community.core.errors import Refused
from community.membership.csv_rows import CsvRow, Header, encoding_of, read_people

HEAD = "name,email,organization,job_title,location,topics\n"


def read(data: str | bytes) -> tuple[Header, list[CsvRow]]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with read_people(file, encoding_of(file)) as (header, rows):
        return header, list(rows)


def rows(data: str | bytes) -> list[CsvRow]:
    return read(data)[1]


def faults(data: str | bytes) -> list[tuple[int, str]]:
    return [(row.line, row.fault) for row in rows(data)]


def test_a_row_is_a_person() -> None:
    (ann,) = rows(HEAD + "Ann  Lee,Ann@Example.org,Acme,CDO,Boston,AI; Data management ;\n")
    assert ann == CsvRow(
        2, "ann@example.org", "Ann Lee", "Acme", "CDO", "Boston", ("AI", "Data management")
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    text = 'Name,E-Mail\n"Lee, Ann; of\tBoston",ann@example.org\n'
    head, row = text.split("\n", 1)
    text = head.replace(",", delimiter) + "\n" + row.replace('",', f'"{delimiter}')
    header, (ann,) = read(text)
    assert (header.delimiter, ann.name) == (delimiter, "Lee, Ann; of Boston")
    assert ann.email == "ann@example.org"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encoding_is_found_and_named(codec: str, name: str) -> None:
    data = f"{HEAD}Zoë Ångström,zoe@example.org,“Acme”,,Malmö,\n".encode(codec)
    assert encoding_of(io.BytesIO(data)) == name
    (zoe,) = rows(data)
    assert (zoe.name, zoe.organization, zoe.location) == ("Zoë Ångström", "“Acme”", "Malmö")


def test_big_endian_is_read_too() -> None:
    data = b"\xfe\xff" + f"{HEAD}Zoë,zoe@example.org,,,,\n".encode("utf-16-be")
    assert [row.name for row in rows(data)] == ["Zoë"]


def test_what_is_no_utf8_far_below_is_found_as_well() -> None:
    data = (HEAD + "Ann,ann@example.org,,,,\n" * 10_000).encode() + b"Zo\xeb,zoe@example.org,,,,\n"
    assert encoding_of(io.BytesIO(data)) == "Windows-1252"
    assert rows(data)[-1].name == "Zoë"


def test_bytes_without_a_meaning_in_windows_are_latin() -> None:
    assert encoding_of(io.BytesIO(b"name,email\nZo\xeb\x81,z@example.org\n")) == "Latin-1"


def test_a_character_over_two_pieces_of_the_file_stays_whole() -> None:
    data = b"x" * (64 * 1024 - 1) + "ë".encode()
    assert encoding_of(io.BytesIO(data)) == "UTF-8"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("First Name,Last Name,Email Address,Company,Position", "Ann,Lee,a@example.org,Acme,CDO"),
        ("NAME;MAIL;Organisation;Job title", "Ann Lee;a@example.org;Acme;CDO"),
        ("\ufefffull_name,e_mail,employer,job-title", "Ann Lee,a@example.org,Acme,CDO"),
        ("sep=;\nname;email;organization;job_title", "Ann Lee;a@example.org;Acme;CDO"),
        ("\n\nname,mail,email,organization,job_title", "Ann Lee,no,a@example.org,Acme,CDO"),
    ],
)
def test_columns_have_several_names(head: str, row: str) -> None:
    (ann,) = rows(f"{head}\n{row}\n")
    assert (ann.name, ann.email, ann.organization, ann.job_title, ann.fault) == (
        "Ann Lee",
        "a@example.org",
        "Acme",
        "CDO",
        "",
    )


def test_other_columns_are_passed_over_and_named() -> None:
    header, (ann,) = read("id,name,shoe size,email\n1,Ann,39,a@example.org\n")
    assert (header.ignored, ann.name) == (("id", "shoe size"), "Ann")


@pytest.mark.parametrize(
    ("data", "code", "values"),
    [
        ("", "import_empty", {}),
        ("\n \r\n\n", "import_empty", {}),
        (b"\xef\xbb\xbf", "import_empty", {}),
        ("Ann,ann@example.org\n", "import_columns_missing", {"missing": "email, name"}),
        ("name,phone\nAnn,1\n", "import_columns_missing", {"missing": "email"}),
        ("e-mail\na@example.org\n", "import_columns_missing", {"missing": "name"}),
        ("name,email,Email\n", "import_column_twice", {"column": "email"}),
        (b"PK\x03\x04\x14\x00\x06\x00", "import_not_text", {}),
        ("name,email\n".encode("utf-16-le"), "import_not_text", {}),
        (b"\x89PNG\r\n\x1a\n\x00", "import_columns_missing", {"missing": "email, name"}),
        (b"name,email" + b"x" * 100_000, "import_not_text", {}),
        ('"name,email\n', "import_columns_missing", {"missing": "email, name"}),
    ],
)
def test_a_file_without_a_header_is_refused_with_what_is_missing(
    data: str | bytes, code: str, values: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        rows(data)
    assert (refused.value.code, refused.value.values) == (code, values)


def test_a_header_alone_is_a_list_of_nobody() -> None:
    assert rows(HEAD) == []
    assert rows(HEAD.strip()) == []
    assert rows(HEAD + ",,,,,\n\r\n  \n,,,,,\n") == []


GOOD = "Ann,ann@example.org,,,,\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Bob,bob@example.org\n", "The row has 2 cells and the header 6."),
        ("Bob,bob@example.org,,,,,,x\n", "The row has 8 cells and the header 6."),
        ('"Bob,bob@example.org,,,,\n', "The quotes in this line do not match."),
        ('"Bob"x,bob@example.org,,,,\n', "The quotes in this line do not match."),
        ("Bo\x00b,bob@example.org,,,,\n", "The row holds a character that cannot be read."),
        ("Bob,bob@exa\x00mple.org,,,,\n", "The row holds a character that cannot be read."),
        ("Bob,,,,,\n", "There is no address."),
        (",bob@example.org,,,,\n", "There is no name."),
        ("\u202e,bob@example.org,,,,\n", "There is no name."),
        ("Bob,bob,,,,\n", "An e-mail address has an @ in it, like name@example.org."),
        ("Bob,b,b@example.org,,,,\n", "An e-mail address has an @ in it, like name@example.org."),
        ("B" * 10_000 + ",bob@example.org,,,,\n", "name is longer than 120 characters."),
        (f"Bob,bob@example.org,,{'j' * 121},,\n", "job_title is longer than 120 characters."),
        ("Bob," + "b" * 10_000 + "@example.org,,,,\n", None),
        ("x" * 300_000 + "\n", "The line is too long."),
        ('"' + "x" * 300_000 + '",,,,,\n', "The line is too long."),
        ("\x01\x02\x7f\xff\n", "The row has 1 cells and the header 6."),
    ],
)
def test_a_wrong_row_says_why_and_costs_no_other(line: str, why: str | None) -> None:
    found = faults(HEAD + GOOD + line + GOOD)
    assert [line for line, _ in found] == [2, 3, 4]
    assert found[0][1] == found[2][1] == ""
    assert found[1][1]
    if why is not None:
        assert found[1][1] == why


def test_quotes_that_never_close_cost_one_line_each() -> None:
    found = faults(HEAD + ('"Bob,b@example.org,,,,\n' + GOOD * 2) * 200)
    wrong = [line for line, why in found if why]
    # A quote may be closed by that of the next broken line, whose row then has too few cells.
    assert len(found) >= 400
    assert len(wrong) <= 200
    assert sum(not why for _, why in found) >= 400 - 200


def test_a_cell_may_have_several_lines_and_the_lines_are_still_counted() -> None:
    found = rows(HEAD + '"Ann\nLee",a@example.org,"Acme\r\nInc.",,,\n' + GOOD)
    assert [(row.line, row.name, row.organization) for row in found] == [
        (2, "Ann Lee", "Acme Inc."),
        (5, "Ann", ""),
    ]


@pytest.mark.parametrize("name", ["=1+1", "+49 Ann", "-Ann", "@ann", "=cmd|' /C calc'!A0"])
def test_a_formula_is_kept_as_the_text_that_it_is(name: str) -> None:
    assert [row.name for row in rows(f'{HEAD}"{name}",a@example.org,,,,\n')] == [name]
    # What an export of ours put before it is taken away again; other apostrophes stay.
    assert [row.name for row in rows(f'{HEAD}"\'{name}",a@example.org,,,,\n')] == [name]
    assert [row.name for row in rows(f"{HEAD}'t Hooft,a@example.org,,,,\n")] == ["'t Hooft"]


def test_a_file_in_utf16_that_ends_in_the_middle_of_a_character_is_read_to_there() -> None:
    data = f"{HEAD}Ann,a@example.org,,,,\nBob,b@example.org,,,,".encode("utf-16") + b"\x41"
    found = rows(data)
    assert found[0].fault == ""
    assert len(found) == 2


@pytest.mark.parametrize("seed", range(20))
def test_no_bytes_make_it_stumble(seed: int) -> None:
    import random

    draw = random.Random(seed)
    noise = bytes(draw.choices(range(256), k=5000))
    signs = "".join(draw.choices('",;\n\r\t\x00=a@b.cd ', k=5000))
    for data in (HEAD.encode() + noise, HEAD + signs, HEAD.encode("utf-16") + noise):
        assert all(row.fault or row.email for row in rows(data))


class Endless(io.RawIOBase):
    """A file of that many rows that is never anywhere as a whole."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pieces = self._make()
        self._rest = b""

    def _make(self) -> Iterator[bytes]:
        yield HEAD.encode()
        for n in range(self._count):
            yield f'Person {n},person{n}@example.org,"Acme, {n}",CDO,Boston,ai;data\n'.encode()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self._pieces, self._rest = self._make(), b""
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # a buffer's own type
        while len(self._rest) < len(buffer):
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def peak(count: int) -> int:
    """Bytes that reading that many rows holds at most."""
    file: BinaryIO = io.BufferedReader(Endless(count))  # type: ignore[assignment]  # it is one
    tracemalloc.start()
    try:
        with read_people(file, encoding_of(file)) as (_, rows):
            assert sum(not row.fault for row in rows) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_rows_take_the_same_memory() -> None:
    small = peak(2_000)
    assert peak(20_000) < small * 1.5
    assert small < 2 * 1024 * 1024


class OneLine(io.RawIOBase):
    """A header, and below it one line of so many bytes that is never anywhere as a whole."""

    def __init__(self, length: int, sign: bytes) -> None:
        self._length, self._sign = length, sign
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self._head, self._left = HEAD.encode(), self._length
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # a buffer's own type
        if self._head:
            taken, self._head = self._head, b""
        else:
            taken = self._sign * min(len(buffer), self._left)
            self._left -= len(taken)
        buffer[: len(taken)] = taken
        return len(taken)


@pytest.mark.parametrize("sign", [b"x", b"\x00", b'"', b",", b"\xff"])
def test_one_line_without_an_end_is_one_wrong_row_and_takes_no_memory(sign: bytes) -> None:
    """A gigabyte would do the same for ten times as long."""
    file: BinaryIO = io.BufferedReader(OneLine(20_000_000, sign))  # type: ignore[assignment]  # it is
    tracemalloc.start()
    try:
        with read_people(file, encoding_of(file)) as (_, found):
            assert len([row for row in found if row.fault]) <= 1
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()
