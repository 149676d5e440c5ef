"""Every change that the audit log notes has a sentence there, and every sentence its change."""

import re
from dataclasses import fields

from community.membership.import_models import PersonImported
from community.notices.wiring import CONSEQUENCES
from community.organizing import audit
from community.organizing.audit_names import _EVENTS, _LABELS, _PEOPLE
from community.web.audit_wording import ABOUT_EVENTS, GROUPS, SENTENCES

MENTIONED = re.compile(r"%\((\w+)\)s")
NOTED = {one.__name__: one for one, then in CONSEQUENCES.items() if audit.note in then}
NOTED["PersonImported"] = PersonImported  # one for each row of PeopleImported


def test_every_noted_change_has_a_sentence_in_exactly_one_group() -> None:
    worded = [action for _, group in GROUPS.values() for action in group]
    assert sorted(worded) == sorted(NOTED), "add or remove words in community/web/audit_wording"
    assert len(worded) == len(SENTENCES)


def test_a_sentence_mentions_only_what_its_change_holds() -> None:
    wrong = {}
    for action, sentence in SENTENCES.items():
        audited = [one for one in fields(NOTED[action]) if one.metadata.get("audited", True)]
        held = {one.name for one in audited}
        held |= {one.removesuffix("_id") for one in held & {*_PEOPLE, *_EVENTS, *_LABELS}}
        if "minutes" in held:
            held.add("before")
        if held & {"person_id", "rsvp_id"}:
            held.add("whom")
        mentioned = set(MENTIONED.findall(str.__str__(sentence)))
        if mentioned - held:
            wrong[action] = mentioned - held
    assert wrong == {}


def test_what_an_event_s_log_can_be_narrowed_to_is_about_events() -> None:
    about = {action for group in ABOUT_EVENTS for action in GROUPS[group][1]}
    strange = {
        one
        for one in about
        if not {"event_id", "draft_id", "venue_id"} & {f.name for f in fields(NOTED[one])}
    }
    assert strange <= {"FeedAddressCreated", "FeedAddressRevoked", "AliasConfirmed"} | {
        "AliasRemoved",
        "SelfTestAsked",
    }
