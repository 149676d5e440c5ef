"""SMTP against servers on the loopback: delivery, reuse, TLS, and whose fault a failure is."""

import ssl
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from community.mail.transport import (
    DeliveryFailure,
    PermanentFailure,
    Smtp,
    TemporaryFailure,
    transport_from_url,
)

ME, ANA = "bounce+1@example.org", "ana@example.test"
DATA = b"Subject: dots\r\n\r\n.\r\n..\r\n.leading\r\n" + b"a line of text\r\n" * 20_000


def send(smtp: Smtp, data: bytes = b"Subject: x\r\n\r\nx\r\n", to: str = ANA, me: str = ME) -> None:
    smtp.send(me, to, data, message_id="<1@example.org>")


def client(port: int, user: str | None = None, password: str | None = None, **options: Any) -> Smtp:
    return Smtp("127.0.0.1", port, user, password, **{"timeout": 3.0, **options})


def failure(smtp: Smtp) -> DeliveryFailure:
    with closing(smtp), pytest.raises(DeliveryFailure) as caught:
        send(smtp)
    return caught.value


def test_a_mail_arrives_byte_for_byte_with_its_envelope(relay: Callable[..., Any]) -> None:
    server = relay()
    with closing(client(server.port)) as smtp:
        send(smtp, DATA)
    assert server.taken == [(ME, [ANA], DATA)]


def test_a_bounce_goes_out_from_the_null_sender(relay: Callable[..., Any]) -> None:
    server = relay()
    with closing(client(server.port)) as smtp:
        send(smtp, me="")
    assert server.taken[0][:2] == ("<>", [ANA])


def test_many_mails_share_one_connection(relay: Callable[..., Any]) -> None:
    server = relay()
    with closing(client(server.port)) as smtp:
        for _ in range(10):
            send(smtp)
        assert len(server.taken) == 10
        assert server.connections == 1
        smtp.close()
        send(smtp)
        assert server.connections == 2


def test_we_greet_by_the_name_that_was_set(relay: Callable[..., Any]) -> None:
    server = relay()
    with closing(client(server.port, ehlo_name="mail.example.org")) as smtp:
        send(smtp)
    with closing(client(server.port)) as smtp:
        send(smtp)
    assert server.greeted[0] == "mail.example.org"
    assert "." in server.greeted[1]


def test_a_refused_recipient_leaves_the_connection_good_for_the_next(
    scripted: Callable[..., Any],
) -> None:
    server = scripted({"RCPT": b"550 5.1.1 no such user\r\n"})
    with closing(client(server.port)) as smtp:
        for _ in range(3):
            with pytest.raises(PermanentFailure, match="no such user"):
                send(smtp)
    assert server.connections == 1
    assert server.heard.count("RSET") == 2


@pytest.mark.parametrize("answer", [b"", b"421 too long idle\r\n", b"\xff\xfe\r\n"])
def test_a_connection_gone_stale_is_opened_anew(
    scripted: Callable[..., Any], answer: bytes
) -> None:
    server = scripted()
    with closing(client(server.port)) as smtp:
        send(smtp)
        server.once = {"MAIL": answer}
        send(smtp)
        assert (server.connections, server.heard.count("RSET")) == (2, 0)
        server.once = {"RCPT": b"450 later\r\n", "RSET": answer}
        with pytest.raises(TemporaryFailure, match="later"):
            send(smtp)
        send(smtp)
    assert server.heard.count(".") == 3
    assert server.connections == 3


def test_a_sender_that_is_refused_on_an_open_connection_is_not_tried_on_another(
    scripted: Callable[..., Any],
) -> None:
    server = scripted()
    with closing(client(server.port)) as smtp:
        send(smtp)
        server.once = {"MAIL": b"550 5.1.8 not from you\r\n"}
        with pytest.raises(PermanentFailure, match="not from you"):
            send(smtp)
        send(smtp)
    assert (server.connections, server.heard.count("RSET")) == (1, 1)


def test_starttls_encrypts_before_user_password_and_mail_are_said(
    relay: Callable[..., Any], server_tls: ssl.SSLContext, only_ana: Callable[..., Any]
) -> None:
    server = relay(
        tls_context=server_tls, require_starttls=True, auth_required=True, authenticator=only_ana
    )
    with closing(client(server.port, "ana@x.test", "p@ss/w:rd", starttls=True)) as smtp:
        send(smtp, DATA)
        send(smtp)
    assert server.taken[0] == (ME, [ANA], DATA)
    assert server.tls == [True, True]
    assert server.connections == 1


def test_user_and_password_are_percent_decoded_from_the_url(
    relay: Callable[..., Any],
    server_tls: ssl.SSLContext,
    only_ana: Callable[..., Any],
    tmp_path: Path,
) -> None:
    server = relay(tls_context=server_tls, auth_required=True, authenticator=only_ana)
    url = f"smtp://ana%40x.test:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}?starttls=1"
    with closing(transport_from_url(url, tmp_path)) as smtp:
        smtp.send(ME, ANA, DATA, message_id="<1@example.org>")
    assert server.taken == [(ME, [ANA], DATA)]


def test_tls_from_the_first_byte(relay: Callable[..., Any], server_tls: ssl.SSLContext) -> None:
    server = relay(tls=server_tls)
    with closing(client(server.port, tls=True)) as smtp:
        send(smtp, DATA)
    assert server.taken == [(ME, [ANA], DATA)]


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    relay: Callable[..., Any],
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = relay(tls=server_tls) if how == "tls" else relay(tls_context=server_tls)
    caught = failure(client(server.port, **{how: True}))
    assert isinstance(caught, TemporaryFailure)
    assert "certificate" in caught.reason.lower()
    assert server.taken == []


def test_a_certificate_for_another_name_is_not_talked_to(
    relay: Callable[..., Any], server_tls: ssl.SSLContext
) -> None:
    server = relay(tls_context=server_tls)
    caught = failure(Smtp("localhost", server.port, starttls=True, timeout=3))
    assert isinstance(caught, TemporaryFailure)
    assert "certificate" in caught.reason.lower()
    assert server.taken == []


@pytest.mark.parametrize("said", ["EHLO", "STARTTLS"])
def test_starttls_that_is_stripped_or_refused_ends_the_talk_before_any_secret(
    scripted: Callable[..., Any], said: str
) -> None:
    changes = {
        "EHLO": {"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n"},
        "STARTTLS": {"EHLO": b"250 STARTTLS\r\n", "STARTTLS": b"454 no TLS today\r\n"},
    }[said]
    server = scripted(changes)
    caught = failure(client(server.port, "ana", "secret", starttls=True))
    assert isinstance(caught, TemporaryFailure)
    assert not {"AUTH", "MAIL", "RCPT", "DATA"} & set(server.heard)


def test_a_wrong_password_is_our_fault_and_not_the_mails(
    relay: Callable[..., Any], server_tls: ssl.SSLContext, only_ana: Callable[..., Any]
) -> None:
    server = relay(tls_context=server_tls, auth_required=True, authenticator=only_ana)
    caught = failure(client(server.port, "ana@x.test", "wrong", starttls=True))
    assert isinstance(caught, TemporaryFailure)
    assert "535" in caught.reason
    assert "wrong" not in caught.reason
    assert server.taken == []


def test_a_password_that_cannot_be_written_is_temporary(scripted: Callable[..., Any]) -> None:
    caught = failure(client(scripted().port, "ana", "pässword"))
    assert isinstance(caught, TemporaryFailure)
    assert "pässword" not in caught.reason


STAGES = ["MAIL", "RCPT", "DATA", "."]


@pytest.mark.parametrize("stage", STAGES)
def test_a_4xx_is_temporary_at_every_stage(scripted: Callable[..., Any], stage: str) -> None:
    server = scripted({stage: b"451-4.7.1 greylisted,\r\n451 4.7.1 come back\r\n"})
    caught = failure(client(server.port))
    assert isinstance(caught, TemporaryFailure)
    assert "451 4.7.1 greylisted, 4.7.1 come back" in caught.reason


@pytest.mark.parametrize("stage", STAGES)
def test_a_5xx_is_permanent_at_every_stage(scripted: Callable[..., Any], stage: str) -> None:
    server = scripted({stage: b"554 5.7.1 not wanted\r\n"})
    with closing(client(server.port)) as smtp:
        with pytest.raises(PermanentFailure, match="not wanted"):
            send(smtp)
        assert server.connections == 1


@pytest.mark.parametrize("answer", [b"530 authenticate first\r\n", b"535 bad credentials\r\n"])
def test_a_5xx_about_authentication_is_temporary(
    scripted: Callable[..., Any], answer: bytes
) -> None:
    caught = failure(client(scripted({"MAIL": answer}).port))
    assert isinstance(caught, TemporaryFailure)


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "AUTH"])
@pytest.mark.parametrize("answer", [b"554 go away\r\n", b"421 busy\r\n"])
def test_a_refusal_before_the_mail_is_temporary(
    scripted: Callable[..., Any], stage: str, answer: bytes
) -> None:
    changes = {stage: answer}
    if stage == "EHLO":
        changes["HELO"] = answer
    server = scripted(changes)
    caught = failure(client(server.port, "ana", "secret"))
    assert isinstance(caught, TemporaryFailure)
    assert "MAIL" not in server.heard


def test_a_server_that_offers_no_authentication_is_temporary(scripted: Callable[..., Any]) -> None:
    server = scripted({"EHLO": b"250 here\r\n"})
    caught = failure(client(server.port, "ana", "secret"))
    assert isinstance(caught, TemporaryFailure)
    assert "MAIL" not in server.heard


@pytest.mark.parametrize("stage", ["greeting", "EHLO", *STAGES])
@pytest.mark.parametrize(
    "answer", [b"", b"garbage\r\n", b"\x00\xff\r\n", b"25", b"x" * 10_000 + b"\r\n"]
)
def test_a_dropped_line_or_garbage_is_temporary_at_every_stage(
    scripted: Callable[..., Any], stage: str, answer: bytes
) -> None:
    changes = {stage: answer} | ({"HELO": answer} if stage == "EHLO" else {})
    caught = failure(client(scripted(changes).port, timeout=0.5, final_timeout=0.5))
    assert isinstance(caught, TemporaryFailure)


def test_after_garbage_the_next_mail_goes_over_a_new_connection(
    scripted: Callable[..., Any],
) -> None:
    server = scripted({"MAIL": b"abc\r\n"})
    with closing(client(server.port)) as smtp:
        with pytest.raises(TemporaryFailure):
            send(smtp)
        server.script["MAIL"] = b"250 ok\r\n"
        send(smtp)
    assert server.connections == 2
    assert server.heard.count(".") == 1


def test_a_greeting_of_several_lines_is_read_to_its_end(scripted: Callable[..., Any]) -> None:
    server = scripted({"greeting": b"220-welcome\r\n220-no spam\r\n220 ready\r\n"})
    with closing(client(server.port)) as smtp:
        send(smtp)
    assert server.heard == ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "DATA", "."])
def test_a_server_that_says_nothing_is_given_up(scripted: Callable[..., Any], stage: str) -> None:
    server = scripted({stage: None})
    with closing(client(server.port, timeout=0.3, final_timeout=0.3)) as smtp:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="timed out"):
            send(smtp)
        assert time.monotonic() - began < 60  # and not for the ten minutes of the last answer


def test_only_the_last_dot_is_waited_for_longer(scripted: Callable[..., Any]) -> None:
    server = scripted({".": None})
    with closing(client(server.port, timeout=0.2, final_timeout=0.9)) as smtp:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure):
            send(smtp)
        assert time.monotonic() - began > 0.8
    assert Smtp("127.0.0.1", 25).final_timeout == 600


def test_a_port_on_which_nobody_listens_is_temporary(no_listener: int) -> None:
    caught = failure(client(no_listener))
    assert isinstance(caught, TemporaryFailure)
    assert "refused" in caught.reason


def test_a_host_without_an_address_is_temporary() -> None:
    caught = failure(Smtp("nowhere.invalid", 25, timeout=3))
    assert isinstance(caught, TemporaryFailure)


ODD = ['"a\r\nRCPT TO:<evil@x.test>\r\n"@c.test', "a@c.test>\r\nRCPT TO:<e@x.test", "", "é@c.test"]


@pytest.mark.parametrize("address", [*ODD, "Ana <ana@c.test>", "ana@c.test, eve@x.test", "a b@c"])
def test_an_address_that_would_be_sent_as_another_is_not_sent_at_all(
    scripted: Callable[..., Any], address: str
) -> None:
    server = scripted()
    with closing(client(server.port)) as smtp:
        with pytest.raises(PermanentFailure):
            send(smtp, to=address)
        if address:
            with pytest.raises(TemporaryFailure):
                send(smtp, me=address)
    assert server.connections == 0


@pytest.mark.parametrize("end", [b"\n.\r\n", b"\r.\r", b"\n.\n", b"\r\n.\r", b"\r\n.\r\n"])
def test_no_body_ends_the_mail_early(relay: Callable[..., Any], end: bytes) -> None:
    smuggled = b"x" + end + b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<e@x.test>\r\nDATA\r\n\r\nhi"
    server = relay()
    with closing(client(server.port)) as smtp:
        send(smtp, b"Subject: x\r\n\r\n" + smuggled)
        send(smtp)
    assert [(me, to) for me, to, _ in server.taken] == [(ME, [ANA])] * 2
    assert b"RCPT TO:<e@x.test>\r\n" in server.taken[0][2]


def test_stopping_in_the_middle_of_a_mail_leaves_no_half_open_talk(
    scripted: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted()

    def stopped(pattern: object, replacement: object, text: object) -> bytes:
        raise KeyboardInterrupt

    with closing(client(server.port)) as smtp:
        with monkeypatch.context() as patch:
            patch.setattr("community.mail.smtp.re.sub", stopped)
            with pytest.raises(KeyboardInterrupt):
                send(smtp)
        send(smtp)
    assert server.connections == 2
    assert server.heard.count(".") == 1


def test_a_reason_is_one_printable_line_of_at_most_300_characters() -> None:
    for kind in (TemporaryFailure, PermanentFailure):
        reason = kind("a\r\nb\x00\x1b[31m\u202e\ufeff\ud800" + "long " * 100).reason
        assert reason.isprintable()
        assert len(reason) <= 300
        assert reason.startswith("a b")
        assert issubclass(kind, DeliveryFailure)
