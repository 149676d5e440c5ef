"""The HTML edge: pages and forms on top of the use-cases, without any rule of their own."""

from flask import Flask
from flask_wtf import CSRFProtect

from community.core.compiled_templates import CompiledTemplates
from community.core.current import settings
from community.web import (
    access,
    access_log,
    account,
    answers,
    assets,
    blocking,
    browser,
    calendar,
    connections,
    dev_mail,
    disclosure,
    errors,
    events,
    filters,
    guests,
    headers,
    health,
    helping,
    home,
    identity,
    invitations,
    joining,
    kept_pages,
    kitchen,
    leaving,
    mail_wishes,
    members,
    metrics,
    my,
    organize,
    places,
    privacy,
    profile,
    rsvp,
    signing_in,
    slugs,
    texts,
    topics,
    uploads,
)
from community.web.wording import unfilled, unfilled_plural

BLUEPRINTS = [
    home.pages,
    disclosure.pages,
    identity.pages,
    joining.pages,
    invitations.pages,
    helping.pages,
    texts.pages,
    signing_in.pages,
    events.pages,
    topics.pages,
    rsvp.pages,
    calendar.pages,
    my.pages,
    mail_wishes.pages,
    profile.pages,
    members.pages,
    connections.pages,
    guests.pages,
    kitchen.pages,
    answers.pages,
    blocking.pages,
    account.pages,
    leaving.pages,
    privacy.pages,
    organize.pages,
    dev_mail.pages,
    health.pages,
    metrics.pages,
]


def register(app: Flask) -> None:
    """Attach every page to the application."""
    # A doubled slash would be answered by a redirect that repeats the Host header.
    app.url_map.merge_slashes = False
    access_log.register(app)
    # In this order they look at a request: where from, who, and did they mean it.
    headers.register(app)
    access.register(app)
    uploads.register(app)
    csrf = CSRFProtect(app)
    browser.register(app)
    errors.register(app)
    filters.register(app)
    places.register(app)
    assets.register(app)
    app.jinja_env.bytecode_cache = CompiledTemplates("web")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # the extension's own
        unfilled, unfilled_plural, newstyle=True
    )
    app.context_processor(lambda: {"locale": settings().locale})
    identity.register(app)
    slugs.register(app)
    texts.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for view in filter(access.is_from_anywhere, app.view_functions.values()):
        csrf.exempt(view)
    kept_pages.register(app)
