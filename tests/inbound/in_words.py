"""Answers in words, each with the mail that it answers below it as its client quotes that, and with
the marks of a program where a program wrote it.
"""

from tests.inbound.shapes import Facts, mail, multipart, part

ASKS = "May I bring my wife?"
FACTS = Facts(sender="Ann Example <ann@example.com>")
SECRET = "https://events.example.org/rsvp/s3cr3t"  # what stands in the mail that is answered
OLDER = (
    "You are invited: Boston Leadership Dinner",
    "",
    f"Answer here: {SECRET}",
    "",
    "-- ",
    "Host",
)
QUOTED = "\n".join(f"> {each}".rstrip() for each in OLDER)
BARE = "\n".join(OLDER)
US = "Boston Leaders <rsvp+k3y@events.example.org>"


def plain(text: str, *headers: str, facts: Facts = FACTS) -> bytes:
    """An answer of plain text; ``facts`` say from whom and to whom."""
    body = part("text/plain; charset=utf-8", text.replace("\n", "\r\n"), "quoted-printable")
    return mail(facts, "Re: Boston Leadership Dinner", body, *headers)


def page(source: str) -> bytes:
    return mail(FACTS, "Re: Dinner", part("text/html; charset=utf-8", source, "base64"))


def both(text: str, source: str) -> bytes:
    entities = (part("text/plain", text), part("text/html", source, "base64"))
    return mail(FACTS, "Re: Dinner", multipart("alternative", *entities, boundary="w"))


# What each client writes between the answer and the end of its mail.
BELOW: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "Gmail": (
        "On Mon, Jun 1, 2026 at 12:00 PM Boston Leaders <",
        "rsvp+k3y@events.example.org> wrote:",
        "",
        QUOTED,
    ),
    "Gmail in German": (f"Am Mo., 01.06.2026 um 12:00 Uhr schrieb {US}:", "", QUOTED),
    "Gmail in French": (f"Le lun. 1 juin 2026 à 12:00, {US} a écrit :", "", QUOTED),
    "Gmail in Spanish": (f"El lun, 1 jun 2026 a las 12:00, {US} escribió:", "", QUOTED),
    "Gmail in Japanese": (f"2026年6月1日(月) 12:00 {US}:", "", QUOTED),
    "Gmail in Polish, bare": (f"pon., 1 cze 2026 o 12:00 {US} napisał(a):", "", BARE),
    "Apple Mail": (f"> On Jun 1, 2026, at 12:00, {US} wrote:", "> ", QUOTED, ""),
    "iPhone": ("Sent from my iPhone", "", f"> On Jun 1, 2026, {US} wrote:", "> ", QUOTED),
    "iPhone in German": ("Von meinem iPhone gesendet", "", f"> Am 01.06. schrieb {US}:", QUOTED),
    "Thunderbird": ("On 6/1/26 12:00, Boston Leaders wrote:", QUOTED, ""),
    "Outlook": (
        "________________________________",
        f"From: {US}",
        "Sent: Monday, June 1, 2026 12:00 PM",
        "To: Ann",
        "Subject: Boston",
        "",
        BARE,
    ),
    "Outlook without a rule": (f"From: {US}", "Sent: Monday", "To: Ann", "", BARE),
    "Outlook in German": (f"Von: {US}", "Gesendet: Montag", "An: Ann", "Betreff: Boston", BARE),
    "Outlook in French": (f"De : {US}", "Envoyé : lundi", "À : Ann", "", BARE),
    "old Outlook": ("-----Original Message-----", f"From: {US}", "Sent: Monday", "", BARE),
    "old Outlook in German": ("-----Ursprüngliche Nachricht-----", f"Von: {US}", "", BARE),
    "Outlook on a phone": (
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "________________________________",
        f"From: {US}",
        "",
        BARE,
    ),
    "Notes": (f'-----"Boston Leaders" {US} wrote: -----', BARE),
    "Notes with tabs": (f"From:\t{US}", "To:\tann@example.com", "Date:\t01.06.2026", "", BARE),
    "Gmail of an Outlook": (f"*From:* {US}", "*Sent:* Monday", "*To:* Ann", "", BARE),
    "forwarded": ("---------- Forwarded message ---------", f"From: {US}", "", BARE),
    "forwarded by Apple": ("Begin forwarded message:", "", f"From: {US}", BARE),
    "Yahoo": (f"    On Monday, June 1, 2026 at 12:00:00 PM GMT, {US} wrote:  ", " ", BARE),
    "Proton": (
        "Sent with Proton Mail secure email.",
        "",
        f"On Monday, June 1st, 2026 at 12:00, {US} wrote:",
        "",
        QUOTED,
    ),
    "a signature": ("-- ", "Ann Example", "+1 555 0100", ""),
}
PLAIN = {name: "\n".join((ASKS, "", *lines)) for name, lines in BELOW.items()}
PLAIN["Thunderbird, answered below"] = "\n".join(
    ("On 6/1/26 12:00, Boston Leaders wrote:", QUOTED, "", ASKS, "", "-- ", "Ann", "Example Inc.")
)

HTML = {
    "Gmail page": page(
        f'<div dir="ltr">{ASKS}</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon'
        f" wrote:</div><blockquote>{SECRET}</blockquote></div>"
    ),
    "Outlook page": page(
        f"<html><head><style>p {{color: red}}</style></head><body><p>{ASKS}</p>"
        f'<div id="divRplyFwdMsg">From: {SECRET}</div></body></html>'
    ),
    "Outlook desktop page": page(
        f"<p class=MsoNormal>{ASKS}<o:p></o:p></p><div style='border-top:solid'><p><b>From:</b>"
        f" Boston<br><b>Sent:</b> Monday<br><b>To:</b> Ann</p></div><p>{SECRET}</p>"
    ),
    "Apple page": page(
        f'{ASKS}<br><div><br><blockquote type="cite"><div>On Jun 1, 2026, Boston wrote:</div>'
        f"{SECRET}</blockquote></div>"
    ),
    "Thunderbird page": page(
        f'<p>{ASKS}</p><div class="moz-cite-prefix">On 6/1/26 wrote:</div>'
        f'<blockquote type="cite">{SECRET}</blockquote>'
    ),
    "with comments": page(
        f"<!-- {SECRET} --><p>May I bring my&nbsp;wife?</p><script>x</script><!--[if mso]>{SECRET}"
    ),
    "plain is empty": both("\r\n", f"<p>{ASKS}</p>"),
}

# Sentences with colons, dashes, dates and names, which are no quotes.
PEOPLE_SAY = [
    "Two questions:\n1. May I come at 19:00?\n2. Is there parking?",
    "From: the airport I take a taxi, so 18:30 it is.",
    "On Monday I wrote that I come with two guests.",
    "I come -- but late -- and alone.",
    "Name: Ann\nGuests: 2\nAllergies: nuts",
    "Is it formal?\n\nThanks,\nAnn",
    "As follows:\n\n1. Yes.\n2. No.",
    "5 > 3, so we take the larger table.",
]


def automatic(subject: str, *headers: str, facts: Facts = FACTS) -> bytes:
    return mail(facts, subject, part("text/plain", "I am away until Monday.\r\n"), *headers)


# Each with the code that says why nobody is answered.
BY_PROGRAMS = {
    "Exchange, away": (
        automatic("Automatic reply: Boston", "Auto-Submitted: auto-generated",
                  "X-Auto-Response-Suppress: All"), "out_of_office"),
    "Gmail, away": (
        automatic("Re: Boston", "Auto-Submitted: auto-replied", "Precedence: bulk"),
        "auto_submitted"),
    "Vacation of RFC 3834": (
        automatic("Auto: Boston", "Auto-Submitted: auto-replied (vacation)"), "auto_submitted"),
    "away in German": (automatic("Abwesenheitsnotiz: Boston"), "out_of_office"),
    "away in French": (
        automatic("=?utf-8?q?R=C3=A9ponse_automatique_:_Boston?="), "out_of_office"),
    "old robot": (automatic("Re: Boston", "X-Autoreply: yes"), "bulk"),
    "ticket": (automatic("[#1] Boston", "Precedence: auto_reply"), "bulk"),
    "a list": (automatic("[all] Boston", "List-Id: <all.example.com>"), "list"),
    "no sender": (automatic("Boston", "Return-Path: <>"), "null_sender"),
    "a loop": (automatic("Boston", *["Received: from a by b"] * 40), "loop"),
}  # fmt: skip

_DSN = multipart(
    'report; report-type="delivery-status"',
    part("text/plain", "Could not deliver.\r\n"),
    part("message/delivery-status", "Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n"),
    part("message/rfc822", "Subject: You are invited\r\nContent-Type: text/calendar;"
         " method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    boundary="r",
)  # fmt: skip
REPORTS = {
    "bounce": (
        mail(Facts(sender="MAILER-DAEMON@mx.example.com"), "Undelivered", _DSN), "delivery_report"),
    "bounce of qmail": (
        automatic("failure notice", facts=Facts(sender="MAILER-DAEMON@mx.example.com")),
        "delivery_report"),
    "bounce of Exim": (
        automatic("Mail delivery failed", "X-Failed-Recipients: rsvp@events.example.org"),
        "delivery_report"),
    "read receipt": (
        mail(FACTS, "Read: Boston", _DSN.replace('"delivery-status"', "disposition-notification")),
        "read_receipt"),
}  # fmt: skip

WINMAIL = mail(FACTS, "Accepted: Boston", multipart(
    "mixed", part("text/plain", "\r\n"),
    part('application/ms-tnef; name="winmail.dat"', "x\x9f>\"", "base64"), boundary="t",
))  # fmt: skip
