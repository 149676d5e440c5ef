"""Secrets are long, one-way where they are stored, and good for one purpose."""

import re

import pytest
from flask import Flask

from community.core import tokens


def test_tokens_codes_and_keys_have_their_shape() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", tokens.new_token())
    assert re.fullmatch(r"[a-z2-7]{26}", tokens.new_key())
    assert all(re.fullmatch(r"[0-9]{6}", tokens.new_code()) for _ in range(200))


def test_no_two_secrets_are_alike() -> None:
    assert len({tokens.new_token() for _ in range(500)}) == 500
    assert len({tokens.new_key() for _ in range(500)}) == 500
    assert len({tokens.new_code() for _ in range(100)}) > 90


def test_what_is_stored_does_not_hold_the_secret() -> None:
    token = tokens.new_token()
    assert re.fullmatch(r"[0-9a-f]{64}", tokens.digest(token))
    assert tokens.digest(token) == tokens.digest(token)
    assert tokens.digest(token) != tokens.digest(token + "a")


def test_a_signature_depends_on_purpose_and_every_fact(app: Flask) -> None:
    known = tokens.sign("code", 1, "123456")
    assert known == tokens.sign("code", 1, "123456")
    others = {
        tokens.sign("link", 1, "123456"),
        tokens.sign("code", 2, "123456"),
        tokens.sign("code", 1, "123457"),
        tokens.sign("code", 11, "23456"),
        tokens.sign("code", "1123456"),
    }
    assert known not in others
    assert len(others) == 5


def test_a_link_is_right_for_its_row_purpose_and_generation_alone(app: Flask) -> None:
    token = tokens.link_token("rsvp", 12, 0)
    assert tokens.linked_row(token) == 12
    assert tokens.link_is_right(token, "rsvp", 12, 0)
    assert not tokens.link_is_right(token, "rsvp", 12, 1)
    assert not tokens.link_is_right(token, "feed", 12, 0)
    assert not tokens.link_is_right(token, "rsvp", 13, 0)
    assert not tokens.link_is_right(token.replace("12-", "012-"), "rsvp", 12, 0)
    assert not tokens.link_is_right(token + "0", "rsvp", 12, 0)


@pytest.mark.parametrize(
    "token", ["", "-", "12", "12-", "-abc", "x-abc", "-1-abc", "١٢-abc", "1.5-abc", "²-abc"]
)
def test_what_is_no_link_names_no_row(token: str) -> None:
    assert tokens.linked_row(token) is None


@pytest.mark.parametrize("number", ["2147483648", "9" * 17, "9" * 400])
def test_a_row_that_no_database_can_hold_is_no_row(number: str) -> None:
    assert tokens.linked_row(f"{number}-abc") is None


def test_secrets_of_any_letters_can_be_compared() -> None:
    assert tokens.same("käse", "käse")
    assert not tokens.same("käse", "kase")
    assert not tokens.same("", "a")
