"""What is asked of an IMAP server, and what of its answers is believed."""

import pytest

from community.inbound.mailbox import Account, Mailbox, MailboxFailure, account_from_url
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import ABSENT, PRESENT, Dovecot, dovecot
from tests.gateway.scripted import scripted

LETTER = b"From: ann@example.org\r\nSubject: Yes\r\n\r\nI will come.\r\n"
LARGEST = 1000


def opened(url: str, *, largest: int = LARGEST) -> Mailbox:
    return Mailbox(account_from_url(url), largest=largest)


def test_a_url_says_where_the_mailbox_is_and_what_becomes_of_mails() -> None:
    known = "imaps://rsvp%40example.org:p%3A%40%2F%C3%BC@mail.example.org/In%20tray?handled=Done"
    assert account_from_url(known) == Account(
        "mail.example.org", 993, "rsvp@example.org", "p:@/ü", "In tray", "Done"
    )
    short = account_from_url("imaps://rsvp:secret@mail.example.org:1993")
    assert (short.port, short.folder, short.handled, short.tls) == (1993, "INBOX", "Handled", True)
    assert account_from_url("imap://rsvp:secret@127.0.0.1?handled=").handled is None
    assert account_from_url("imap://rsvp:secret@[::1]").port == 143


@pytest.mark.parametrize(
    "url",
    [
        "https://rsvp:secret@mail.example.org",
        "imaps://mail.example.org",
        "imaps://rsvp@mail.example.org",
        "imaps://:secret@mail.example.org",
        "imaps://rsvp:secret@",
        "imaps://rsvp:secret@mail.example.org:x",
        "imaps://rsvp:secret@mail.example.org/INBOX?folder=x",
        "imaps://rsvp:secret@mail.example.org/INBOX#x",
        "imaps://rsvp:secret@mail.example.org/INBOX?handled=inbox",
        "imaps://rsvp:secret@mail.example.org/Post%20f%C3%BCr%20uns",
        "imaps://rsvp:secret@mail.example.org/a%22b",
        "imaps://rsvp:secret%0D%0ALOGOUT@mail.example.org",
        "imaps://rsvp:secret%FF@mail.example.org",
        "imap://rsvp:secret@mail.example.org",
        "imap://rsvp:secret@localhost.example.org",
    ],
)
def test_a_url_that_means_nothing_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="IMAP_URL") as refused:
        account_from_url(url)
    assert "secret" not in str(refused.value)


def test_the_password_is_not_shown() -> None:
    account = account_from_url("imaps://rsvp:secret@mail.example.org")
    assert "secret" not in repr(account) + account.label


def test_a_mail_is_found_fetched_and_moved_and_nothing_else_is(imap_server: Dovecot) -> None:
    imap_server.put("mover", LETTER, b"Subject: two\r\n\r\nNo.\r\n")
    with opened(url_of(imap_server, "mover")) as mailbox:
        first, second = mailbox.waiting(most=5)
        assert mailbox.waiting(most=1) == [first]
        assert mailbox.fetch(first) == LETTER
        mailbox.put_away(first)
        assert mailbox.waiting(most=5) == [second]
        assert mailbox.fetch(first) is None
        assert mailbox.validity.isdigit()
    assert [data for _, data in imap_server.mails("mover", "Handled")] == [LETTER]
    assert len(imap_server.mails("mover")) == 1
    assert "Seen" not in imap_server.mails("mover")[0][0]


def test_without_a_folder_what_was_handled_is_deleted_and_others_deletions_are_left(
    imap_server: Dovecot,
) -> None:
    imap_server.put("eraser", LETTER, LETTER)
    with imap_server.client("eraser") as imap:
        imap.select()
        imap.store("1", "+FLAGS", r"(\Deleted)")
        imap.unselect()
    with opened(url_of(imap_server, "eraser", more="?handled=")) as mailbox:
        (left,) = mailbox.waiting(most=5)
        mailbox.put_away(left)
        assert mailbox.waiting(most=5) == []
    (kept,) = imap_server.mails("eraser")
    assert "Deleted" in kept[0]


def test_what_is_set_aside_stays_and_comes_back_without_its_flag(imap_server: Dovecot) -> None:
    imap_server.put("keeper", LETTER)
    url = url_of(imap_server, "keeper")
    with opened(url) as mailbox:
        mailbox.set_aside(mailbox.waiting(most=5)[0])
        assert mailbox.waiting(most=5) == []
        assert mailbox.set_aside_count() == 1
    with imap_server.client("keeper") as imap:
        imap.select()
        imap.store("1", "-FLAGS", r"(\Flagged)")
    with opened(url) as mailbox:
        assert len(mailbox.waiting(most=5)) == 1


def test_of_a_large_mail_one_octet_more_than_the_largest_is_fetched(imap_server: Dovecot) -> None:
    imap_server.put("large", LETTER + b"x" * 100_000, LETTER.ljust(LARGEST, b"y"))
    with opened(url_of(imap_server, "large")) as mailbox:
        uids = mailbox.waiting(most=5)
        assert [len(mailbox.fetch(uid) or b"") for uid in uids] == [LARGEST + 1, LARGEST]


def test_its_certificate_is_checked(imap_server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    imap_server.put("tls", LETTER)
    url = url_of(imap_server, "tls", tls=True)
    with pytest.raises(MailboxFailure, match="certificate is not good: unable to get"), opened(url):
        pass
    monkeypatch.setenv("SSL_CERT_FILE", str(imap_server.authority))
    with opened(url) as mailbox:
        assert len(mailbox.waiting(most=5)) == 1
    by_number = url.replace("localhost", "127.0.0.1")
    with pytest.raises(MailboxFailure, match="IP address mismatch"), opened(by_number):
        pass


def test_a_wrong_password_is_a_failure_that_does_not_show_it(imap_server: Dovecot) -> None:
    url = f"imap://ann:wr0ng@127.0.0.1:{imap_server.port}"
    with pytest.raises(MailboxFailure, match="AUTHENTICATIONFAILED") as failure, opened(url):
        pass
    assert "wr0ng" not in str(failure.value)


def test_a_folder_that_is_not_there_is_a_failure(imap_server: Dovecot) -> None:
    url = url_of(imap_server, "ann").replace("/INBOX", "/Nowhere")
    with pytest.raises(MailboxFailure, match="Nowhere"), opened(url):
        pass


@pytest.mark.skipif(not PRESENT, reason=ABSENT)
def test_a_server_that_can_do_no_more_than_it_must_is_enough() -> None:
    """Neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315)."""
    poor = "protocol imap {\n  imap_capability = IMAP4rev1\n}\n"
    with dovecot(poor, 'se"c\\r e/t') as server:
        for user, more in (("ann", ""), ("bob", "?handled=")):
            server.put(user, LETTER, b"Subject: two\r\n\r\nNo.\r\n")
            with opened(url_of(server, user, more=more)) as mailbox:
                first, second = mailbox.waiting(most=5)
                mailbox.put_away(first)
                assert mailbox.waiting(most=5) == [second]
            marks = [marks for marks, _ in server.mails(user)]
            assert ["Deleted" in mark for mark in marks] == [True, False]
        assert [data for _, data in server.mails("ann", "Handled")] == [LETTER]


def test_a_user_and_a_password_are_written_so_that_they_cannot_be_commands() -> None:
    with scripted() as (port, told):
        mailbox = opened(f"imap://a%22%5Cb:p%5C%22%20LOGOUT@127.0.0.1:{port}")
        with mailbox:
            assert mailbox.fetch(1) == b"hi"
            assert (mailbox.validity, mailbox.waiting(most=9)) == ("7", [1])
            mailbox.put_away(1)
    assert told[1].partition(b" ")[2] == b'LOGIN "a\\"\\\\b" "p\\\\\\" LOGOUT"\r\n'
    assert [line.split()[1:3] for line in told[-3:-1]] == [[b"UID", b"COPY"], [b"UID", b"STORE"]]
    with scripted() as (port, told):
        mailbox = opened(f"imap://a:p%C3%BC@127.0.0.1:{port}")
        with pytest.raises(MailboxFailure, match="ASCII"), mailbox:
            pass


# What a server says to which command, and what is then said to the operator.
STRANGE = [
    ("", b"\r\n", "unexpected"),
    ("", b"220 smtp.example.org ESMTP\r\n", "220 smtp"),
    ("", b"* OK ready" + b" x" * 600_000 + b"\r\n", "more than"),
    ("", b"* BYE too many\r\n", "too many"),
    ("CAPABILITY", b"{tag} OK done\r\n", "CAPABILITY"),
    ("CAPABILITY", b"* CAPABILITY IMAP4rev1 {{99999999}}\r\n", "more than was asked for"),
    ("CAPABILITY", (b"* X " + b"x" * 900_000 + b"\r\n") * 9, "more than was asked for"),
    ("LOGIN", b"{tag} NO \x1b[31mgo away\x00\r\n", "go away"),
    ("SELECT", b"{tag} BAD what\r\n", "BAD"),
    ("SELECT", b"* BYE\r\n", "SELECT =>"),
    (
        "UID SEARCH",
        b"* SEARCH x -1 99999999999999999999999\r\n{tag} OK done\r\n",
        "invalid literal",
    ),
    ("UID SEARCH", b"other OK\r\n{tag} OK done\r\n", "unexpected response"),
    ("UID FETCH", b"* 1 FETCH (BODY[] {{999999999}}\r\n", "more than was asked for"),
    ("UID FETCH", b"{tag} NO what\r\n", "says NO"),
]


def test_what_no_mailbox_says_is_a_failure_and_nothing_worse() -> None:
    for command, answer, reason in STRANGE:
        with scripted({command: answer}) as (port, _):
            mailbox = opened(f"imap://ann:secret@127.0.0.1:{port}")
            with pytest.raises(MailboxFailure, match=reason) as failure, mailbox:
                mailbox.fetch(mailbox.waiting(most=5)[0])
            assert str(failure.value).isprintable()


def test_a_mail_that_is_gone_and_one_that_is_empty_are_told_apart() -> None:
    for answer, expected in (
        (b"{tag} OK done\r\n", None),
        (b"* 1 FETCH (FLAGS ())\r\n{tag} OK done\r\n", None),
        (b'* 1 FETCH (UID 1 BODY[]<0> "")\r\n{tag} OK done\r\n', b""),
        (b"* 2 FETCH (FLAGS ())\r\n* 1 FETCH (body[]<0> {{2}}\r\nhi)\r\n{tag} OK done\r\n", b"hi"),
    ):
        with scripted({"UID FETCH": answer}) as (port, _):
            mailbox = opened(f"imap://ann:secret@127.0.0.1:{port}")
            with mailbox:
                assert mailbox.fetch(1) == expected, answer


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.inbound.mailbox.TIMEOUT", 0.2)
    for command in ("", "SELECT"):
        with scripted({command: b""}) as (port, _):
            mailbox = opened(f"imap://ann:secret@127.0.0.1:{port}")
            with pytest.raises(MailboxFailure, match="timed out"), mailbox:
                pass
