"""Only what our own mail server says of a sender is believed, and only about that sender."""

import pytest

from community.inbound.authentication import Trust, trust

ANN, GOOGLE = "ann@mail.example.com", "calendar-notification@google.com"
OURS = "mx.events.example.org"
PASSED = "dkim=pass header.d=example.com header.s=k1; dmarc=pass (p=reject) header.from=example.com"


def judged(*results: str, ours: str | None = OURS, attendee: str = ANN, sender: str = ANN) -> Trust:
    values = [each if each.startswith(("mx.", '"')) else f"{OURS}; {each}" for each in results]
    return trust(values, authserv_id=ours, attendee=attendee, sender=sender)


TABLE = {
    "dkim of a domain above": ("dkim=pass header.d=example.com", Trust.PASS),
    "dkim of the domain": ("dkim=pass header.d=mail.example.com", Trust.PASS),
    "dkim by identity": ("dkim=pass header.i=@example.com header.b=abc", Trust.PASS),
    "dkim of a domain below": ("dkim=pass header.d=a.mail.example.com", Trust.NONE),
    "dkim of somebody else": ("dkim=pass header.d=evil.example", Trust.NONE),
    "dkim of an end alike": ("dkim=pass header.d=ail.example.com", Trust.NONE),
    "dkim of a whole country": ("dkim=pass header.d=com", Trust.NONE),
    "dkim failed": ("dkim=fail header.d=example.com", Trust.NONE),
    "one of two signatures": (
        "dkim=fail header.d=x.example; dkim=pass header.d=example.com", Trust.PASS),
    "dmarc": ("dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=mail.example.com", Trust.PASS),
    "dmarc of somebody else": ("dmarc=pass header.from=evil.example", Trust.NONE),
    "Postfix and OpenDMARC": (PASSED, Trust.PASS),
    "spf alone": ("spf=pass smtp.mailfrom=ann@mail.example.com", Trust.NONE),
    "no result": ("none", Trust.NONE),
    "failed, reject": ("dmarc=fail (p=reject dis=none) header.from=example.com", Trust.FAIL),
    "failed, quarantine": ("dmarc=fail (p=QUARANTINE) header.from=example.com", Trust.FAIL),
    "failed at Exchange": (
        "spf=fail smtp.mailfrom=x.example; dmarc=fail action=oreject header.from=example.com;"
        "compauth=fail reason=000", Trust.FAIL),
    "failed at rspamd": (
        'dmarc=fail reason="No valid SPF, No valid DKIM" header.from=example.com (policy=reject)',
        Trust.FAIL),
    "failed by property": ("dmarc=fail policy.dmarc=reject header.from=example.com", Trust.FAIL),
    "failed, none asked": ("dmarc=fail (p=none dis=none) header.from=x.example", Trust.FAIL_SOFT),
    "failed, not said": ("dmarc=fail header.from=x.example", Trust.FAIL_SOFT),
    "failed but signed": (
        "dkim=pass header.d=example.com; dmarc=fail (p=reject) header.from=x", Trust.FAIL),
    "temporary trouble": ("dmarc=temperror (p=reject) header.from=example.com", Trust.NONE),
    "in a comment": ("spf=none (dkim=pass header.d=example.com) smtp.helo=x", Trust.NONE),
    "in quotes": ('spf=none smtp.mailfrom="x;dkim=pass header.d=example.com;"', Trust.NONE),
    "quotes in a comment": (
        'spf=none (from "a);dkim=pass header.d=example.com;(") smtp.helo=x', Trust.NONE),
    "version and capitals": ("mx.events.example.org 1; DKIM=PASS HEADER.D=Example.COM", Trust.PASS),
    "quoted name": ('"MX.events.example.org"; dkim=pass header.d=example.com', Trust.PASS),
    "version of the method": ("dkim/1=pass header.d=example.com", Trust.PASS),
    "garbage": ('((("""; ;= ;dkim=;pass', Trust.NONE),
}  # fmt: skip


@pytest.mark.parametrize(("result", "expected"), TABLE.values(), ids=TABLE)
def test_a_result_is_read_as_it_was_meant(result: str, expected: Trust) -> None:
    assert judged(result) == expected


def test_without_a_name_of_ours_nothing_is_believed() -> None:
    assert judged(PASSED, ours=None) == Trust.NONE
    assert judged(PASSED, ours="") == Trust.NONE


def test_what_others_say_is_not_believed() -> None:
    forged = f"mx.evil.example; {PASSED}"
    assert judged(forged) == Trust.NONE
    assert judged(forged, "dmarc=fail (p=reject) header.from=example.com") == Trust.FAIL


def test_only_our_topmost_field_counts() -> None:
    assert judged("spf=none", PASSED) == Trust.NONE
    assert judged(PASSED, "dmarc=fail (p=reject)") == Trust.PASS


def test_a_domain_of_many_vouches_for_its_sender_alone() -> None:
    assert judged(PASSED, sender="bob@mail.example.com") == Trust.NONE
    assert judged(PASSED, sender="") == Trust.NONE


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("dkim=pass header.d=google.com", Trust.GOOGLE),
        ("dkim=pass header.i=@google.com header.s=20230601", Trust.GOOGLE),
        ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=google.com", Trust.NONE),
        ("dkim=pass header.d=calendar.google.com.evil.example", Trust.NONE),
        ("dmarc=fail (p=reject) header.from=google.com", Trust.FAIL),
    ],
)
def test_google_may_speak_for_others(result: str, expected: Trust) -> None:
    assert judged(result, sender=GOOGLE) == expected
    assert judged("dkim=pass header.d=google.com") == Trust.NONE
