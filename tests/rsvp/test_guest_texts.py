"""Reading people from lines and tables: each row alone, and nothing of what was typed is lost."""

import io

import pytest

from community.core.errors import Refused
from community.rsvp.guest_texts import MOST_BYTES, MOST_ROWS, TypedGuest, read_file, read_guests

LINES = {
    "ann@example.org": ("ann@example.org", ""),
    "Ann Lee, ann@example.org": ("ann@example.org", "Ann Lee"),
    "ann@example.org, Ann Lee": ("ann@example.org", "Ann Lee"),
    "Ann Lee; Ann@Example.ORG": ("ann@example.org", "Ann Lee"),
    "Ann Lee\tann@example.org": ("ann@example.org", "Ann Lee"),
    "Ann Lee <ann@example.org>": ("ann@example.org", "Ann Lee"),
    "Lee, Ann <ann@example.org>,": ("ann@example.org", "Lee, Ann"),
    '"Lee, Ann" <ann@example.org>': ("ann@example.org", "Lee, Ann"),
    '"Lee, Ann", ann@example.org': ("ann@example.org", "Lee, Ann"),
    "<mailto:ann@example.org>": ("ann@example.org", ""),
    "  Ann   Lee ,  ann@example.org ; ": ("ann@example.org", "Ann Lee"),
    "=1+1, ann@example.org": ("ann@example.org", "=1+1"),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_in_any_of_the_usual_ways(line: str) -> None:
    address, name = LINES[line]
    assert read_guests(line) == [TypedGuest(1, address, name)]


def test_a_line_of_addresses_is_as_many_people() -> None:
    rows = read_guests("Ann <a@example.org>, b@example.org, Cy <c@example.org>")
    assert [(row.address, row.name) for row in rows] == [
        ("a@example.org", "Ann"),
        ("b@example.org", ""),
        ("c@example.org", "Cy"),
    ]


WRONG = {
    "nobody": "There is no address.",
    "Ann, ann@": "The part after the @ needs a dot, like example.org.",
    "a@example.org, Ann, b@example.org": "Please write one person on a line.",
    "Ann <ann example.org>": "An e-mail address has an @ in it, like name@example.org.",
    f"{'x' * 121}, ann@example.org": "The name is too long.",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_says_why_and_leaves_the_others(line: str) -> None:
    rows = read_guests(f"b@example.org\n\n{line}\nc@example.org")
    assert [row.fault for row in rows] == ["", WRONG[line], ""]
    assert [row.line for row in rows] == [1, 3, 4]


def test_a_table_keeps_further_columns_and_reads_cells_with_line_ends() -> None:
    text = 'Name;E-Mail;Table;Company\n"Ann\nLee";ann@example.org;7;Acme\n;bo@example.org;=2;\n'
    assert read_guests(text) == [
        TypedGuest(2, "ann@example.org", "Ann Lee", {"organization": "Acme", "Table": "7"}),
        TypedGuest(4, "bo@example.org", "", {"Table": "=2"}),
    ]


def test_a_wrong_row_of_a_table_says_why() -> None:
    rows = read_guests("email,name\nann@example.org\nbo,Bo\ncy@example.org,Cy")
    assert [bool(row.fault) for row in rows] == [True, True, False]
    assert rows[0].name == ""
    assert rows[1].address == "bo"


def test_two_thousand_people_are_a_list_and_one_more_is_too_many() -> None:
    text = "\n".join(f"p{n}@example.org" for n in range(MOST_ROWS))
    assert len(read_guests(text)) == 2000
    with pytest.raises(Refused, match="too_many_rows"):
        read_guests(f"{text}\none@example.org")


@pytest.mark.parametrize("text", ["", " \n,;\n", "name,email\n"])
def test_nobody_is_no_list(text: str) -> None:
    with pytest.raises(Refused, match="nobody_to_invite"):
        read_guests(text)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encodings_that_spreadsheets_save(codec: str) -> None:
    text = "sep=;\r\nName;E-Mail;Tisch\r\nZoë Müller;zoe@example.org;7\r\n"
    rows = read_guests(read_file(io.BytesIO(text.encode(codec))))
    assert rows == [TypedGuest(3, "zoe@example.org", "Zoë Müller", {"Tisch": "7"})]


NO_LISTS = {
    "nothing": (b"", "import_empty"),
    "blank lines": (b" \r\n\r\n", "import_empty"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00", "import_not_text"),
    "too large": (b"a@example.org\n" * (MOST_BYTES // 14 + 1), "import_too_large"),
    "too long": (b"x" * 400_001, "too_many_rows"),
}


@pytest.mark.parametrize("case", NO_LISTS)
def test_a_file_that_is_no_list_is_refused_whole(case: str) -> None:
    raw, code = NO_LISTS[case]
    with pytest.raises(Refused, match=code):
        read_file(io.BytesIO(raw))
