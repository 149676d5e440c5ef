"""The DNS records that a community needs are printed, and looked up when that is asked for."""

import pytest
from flask import Flask

from community.config import Settings
from community.ops.dns_lookup import Lookup
from community.ops.dns_records import examine_dns, records
from community.ops.findings import Finding
from tests.ops.dns_server import answering

OURS = Settings.model_construct(
    rsvp_address="rsvp@events.example.org",
    mail_from="hello@example.org",
    bounce_address="bounces@events.example.org",
    mail_url="smtp://user:secret@smtp.example.org:587?starttls=1",
    imap_url="imaps://user:secret@imap.example.org",
)
RIGHT = """
$TTL 60
events.example.org. MX 20 mx2.example.org.
events.example.org. MX 10 MX1.example.org.
events.example.org. TXT "v=spf1 mx " "a:smtp.example.org -all"
events.example.org. TXT "some-site-verification=1"
example.org. TXT "v=spf1 -all"
one._domainkey.events.example.org. TXT "v=DKIM1; k=rsa; p=MIIB"
one._domainkey.example.org. TXT "p=MIIB"
_dmarc.example.org. TXT "v=DMARC1; p=reject"
"""


def found(zone: str, *selectors: str, settings: Settings = OURS) -> list[Finding]:
    with answering(zone) as server:
        return list(examine_dns(settings, Lookup(server), selectors))


def test_what_to_set_is_said_for_each_domain_without_asking_anybody() -> None:
    assert [str(record) for record in records(OURS, ["one"])] == [
        "events.example.org. MX 10 imap.example.org.",
        'events.example.org. TXT "v=spf1 mx a:smtp.example.org ~all"',
        'one._domainkey.events.example.org. TXT "v=DKIM1; p=PUBLIC-KEY"',
        '_dmarc.events.example.org. TXT "v=DMARC1; p=quarantine; '
        'rua=mailto:postmaster@events.example.org"',
        'one._domainkey.example.org. TXT "v=DKIM1; p=PUBLIC-KEY"',
        '_dmarc.example.org. TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org"',
    ]


@pytest.mark.parametrize("domain", ["localhost", "events.test", "intranet.localhost"])
def test_for_domains_that_no_dns_knows_there_is_nothing_to_set(domain: str) -> None:
    local = Settings.model_construct(
        rsvp_address=f"rsvp@{domain}", mail_from=f"no-reply@{domain}", bounce_address=""
    )
    assert records(local) == []
    (said,) = found(RIGHT, settings=local)
    assert said.is_well


def test_of_a_mail_server_without_a_name_none_is_made_up() -> None:
    unnamed = {"imap_url": "imap://user:secret@127.0.0.1", "mail_url": "smtp://192.0.2.1"}
    mx, spf, *_ = records(OURS.model_copy(update=unnamed))
    assert (mx.value, spf.value) == ("10 the-mail-server-of-this-domain.", "v=spf1 mx ~all")


def test_right_records_are_well() -> None:
    well = found(RIGHT, "one")
    assert [finding for finding in well if not finding.is_well] == []
    assert [finding.text for finding in well] == [
        "mails to events.example.org go to mx1.example.org",
        "SPF of events.example.org: v=spf1 mx a:smtp.example.org -all",
        "DKIM of events.example.org: a key at one._domainkey.events.example.org",
        "DMARC of events.example.org: v=DMARC1; p=reject",
        "DKIM of example.org: a key at one._domainkey.example.org",
        "DMARC of example.org: v=DMARC1; p=reject",
    ]
    assert any("--dkim-selector" in finding.text for finding in found(RIGHT))


# What is put in the place of which lines, and what the doctor says then.
WRONG = [
    ("MX 20 mx2.example.org.|MX 10 MX1.example.org.", "", "names no mail server"),
    ("MX 20 mx2.example.org.|MX 10 MX1.example.org.", "MX 0 .", "takes no mail"),
    ("MX1.example.org.", "ASPMX.L.google.com.", "Google keeps the mailbox"),
    ("MX1.example.org.", "smtp.google.com.", "Google keeps the mailbox"),
    ('"v=spf1 mx " "a:smtp.example.org -all"', '"v=spf10 mx"', "has no SPF"),
    ("some-site-verification=1", "v=spf1 mx -all", "has 2 SPF records"),
    ('"a:smtp.example.org -all"', '"+all"', "lets everybody"),
    ('"v=DKIM1; k=rsa; p=MIIB"', '"v=DKIM1; p="', "was revoked"),
    ("one._domainkey.events", "two._domainkey.events", "no DKIM key at one._domainkey.events"),
    ("_dmarc.example.org.", "_dmarc.example.com.", "has no DMARC"),
    ("v=DMARC1; p=reject", "v=DMARC1; p=refuse", "says nothing"),
]


def test_each_wrong_record_is_found_and_the_right_one_named() -> None:
    for places, instead, said in WRONG:
        zone = RIGHT
        for place in places.split("|"):
            assert place in zone
            line = next(line for line in zone.splitlines() if place in line)
            zone = zone.replace(line, line.replace(place, instead) if instead else "")
        faults = [finding for finding in found(zone, "one") if not finding.is_well]
        assert any(said in fault.text for fault in faults), (said, faults)
        assert all(fault.advice for fault in faults)


def test_a_domain_that_does_not_exist_and_a_server_that_does_not_answer_are_told_apart() -> None:
    gone = OURS.model_copy(update={"rsvp_address": "rsvp@gone.example.net"})
    assert "does not exist" in found(RIGHT, settings=gone)[0].text
    broken = OURS.model_copy(update={"rsvp_address": "rsvp@broken.example.org"})
    (fault,) = found(RIGHT, settings=broken)
    assert "nobody answers" in fault.text
    assert "--nameserver" in fault.advice


def test_a_name_server_is_an_address() -> None:
    for good in ("192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"):
        Lookup(good)
    for bad in ("x", "192.0.2.1:port", ":53"):
        with pytest.raises(ValueError):
            Lookup(bad)


@pytest.mark.usefixtures("durable")
def test_the_command_prints_what_to_set_and_looks_it_up_only_when_asked(app: Flask) -> None:
    known = app.extensions["community_settings"]
    names = ("rsvp_address", "mail_from", "bounce_address")
    update = {name: getattr(OURS, name) for name in names}
    app.extensions["community_settings"] = known.model_copy(update=update)
    known.instance_path.chmod(0o700)
    try:
        run = app.test_cli_runner().invoke
        said = run(args=["doctor"]).output
        assert '  _dmarc.example.org. TXT "v=DMARC1; p=quarantine' in said
        assert "dns:" not in said
        with answering(RIGHT) as server:
            asked = ["doctor", "--dns", "--nameserver", server, "--dkim-selector", "one"]
            well = run(args=asked)
            assert "ok    dns: mails to events.example.org go to mx1.example.org" in well.output
            assert well.exit_code == 0
        with answering(RIGHT.replace("MX1.example.org.", "aspmx.l.google.com.")) as server:
            ill = run(args=["doctor", "--dns", "--nameserver", server])
            assert "MEND  dns: Google keeps the mailbox of events.example.org" in ill.output
            assert ill.exit_code == 1
        refused = run(args=["doctor", "--dns", "--nameserver", "nowhere"])
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    finally:
        app.extensions["community_settings"] = known
    assert "DNS records" not in app.test_cli_runner().invoke(args=["doctor"]).output
