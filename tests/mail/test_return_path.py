"""The envelope names the mail: signed, so that a bounce can be told from a forgery."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask

from community.app import create_app
from community.config import SettingsError
from community.core.tokens import link_token
from community.mail.return_path import return_path, returned_mail
from community.mail.smtp import Smtp
from tests.factories.bounces import BOUNCES, bounces_come_back
from tests.factories.mails import letter, outbox, post, queued


@pytest.fixture(autouse=True)
def _bounces_come_back(app: Flask) -> Iterator[None]:
    with bounces_come_back(app):
        yield


def test_a_server_sees_the_return_path_in_the_envelope_and_the_sender_in_the_mail(
    relay: Callable[..., Any],
) -> None:
    queued()
    server = relay()
    with closing(Smtp("127.0.0.1", server.port, timeout=3.0)) as smtp:
        post(smtp)
    ((sender, recipients, data),) = server.taken
    (mail,) = outbox()
    assert (sender, recipients) == (return_path(mail.id), [mail.recipient])
    assert sender.startswith(f"bounces+{mail.id}-")
    assert sender.endswith("@community.test")
    assert len(sender.rpartition("@")[0]) <= 64
    assert letter(data).sender == "no-reply@localhost"
    assert b"bounces" not in data
    assert returned_mail(sender) == mail.id


def test_each_mail_has_its_own_and_only_letter_case_may_change(app: Flask) -> None:
    assert return_path(1) != return_path(2)
    assert returned_mail(return_path(7).upper()) == 7


def test_what_we_did_not_make_is_no_return_path(app: Flask) -> None:
    mine = return_path(7)
    mac = mine.partition("-")[2].partition("@")[0]
    wrong = [
        "",
        "@",
        BOUNCES,
        "bounces+@community.test",
        "bounces+7@community.test",
        "bounces+7-@community.test",
        f"bounces+8-{mac}@community.test",
        f"bounces+07-{mac}@community.test",
        f"bounces+7-{mac[1:]}@community.test",
        f"bounces+7-{mac}0@community.test",
        f"bounces+7-{mac}@evil.test",
        f"other+7-{mac}@community.test",
        f"bounces+x+7-{mac}@community.test",
        f"bounces+{link_token('rsvp', 7, 0)}@community.test",
        f"bounces+{link_token('bounce', 7, 1)}@community.test",
        f"bounces+٧-{mac}@community.test",
        f"<{mine}>",
        f"{mine}\x00",
    ]
    assert [address for address in wrong if returned_mail(address) is not None] == []
    assert returned_mail(mine) == 7


def test_another_key_signs_otherwise(app: Flask) -> None:
    mine = return_path(7)
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"secret_key": "another" * 8})
    assert returned_mail(mine) is None


def test_without_the_setting_the_sender_is_in_the_envelope_and_nothing_is_ours(app: Flask) -> None:
    mine = return_path(7)
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"bounce_address": ""})
    assert return_path(7) == "no-reply@localhost"
    assert returned_mail(mine) is None
    assert returned_mail(mine.removeprefix("bounces").replace("community.test", "")) is None


@pytest.mark.parametrize("address", ["bounces", "@example.org", "b@", "a" * 21 + "@example.org"])
def test_a_setting_without_room_for_the_token_stops_the_program(
    tmp_path: Any, address: str
) -> None:
    with pytest.raises(SettingsError, match="COMMUNITY_BOUNCE_ADDRESS: must look like"):
        create_app(instance_path=tmp_path, bounce_address=address)
