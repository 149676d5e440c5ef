"""The table of what was shown is the one that the rows make, and each row says all it must."""

from tests import evidence


def test_the_page_holds_the_table_of_the_rows() -> None:
    page = evidence.PAGE.read_text()
    assert page == evidence.with_table(page, evidence.read_rows())


def test_each_row_says_what_was_counted_and_with_what_verdict() -> None:
    for row in evidence.read_rows():
        assert row["count"], row
        assert row["verdict"] == "holds", row
        assert set(evidence.COLUMNS) == set(row), row


def test_a_failed_row_is_seen_in_the_table() -> None:
    row = dict.fromkeys(evidence.COLUMNS, "x") | {"verdict": "FAILED", "shown": "a|b"}
    assert evidence.table([row])[-1] == "| x | a/b | x | x | x | FAILED | x | x | x |"
