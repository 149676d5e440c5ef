"""Browsers of visitors and of people who have signed in, and the links that were mailed to them."""

from flask import Flask

from community.core.db import db, transactional
from community.membership.models import Pending, Person
from community.membership.pending import new_pending_token
from community.membership.sessions import open_session
from tests.web.browser_without_js import Browser


def browser_of(app: Flask, person: Person) -> Browser:
    """A browser in which the person has signed in."""
    browser = Browser(app)
    token = open_session(person, proof="code")
    with browser.client.session_transaction() as session:
        session["token"] = token
    return browser


@transactional
def mailed_token() -> str:
    """The token in the mail about the newest wish, made as the worker makes it."""
    newest = db.session.query(Pending).order_by(Pending.id.desc()).first()
    assert newest is not None, "nobody asked for anything"
    token, newest.token_hash = new_pending_token()
    return token
