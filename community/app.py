"""The application factory: the only module that knows every part."""

from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask, request
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from community import web
from community.config import ROOT, Settings, load_settings
from community.core.db import db, leave_session, tune
from community.notices import wiring
from community.ops import commands
from community.web.url_rules import UrlRule


class Application(Flask):
    """Flask, but its log names the view and not the address, which may hold a token."""

    url_rule_class = UrlRule

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Note an unhandled exception."""
        self.logger.error("%s at %s", request.method, request.endpoint, exc_info=exc_info)


def create_app(**given: object) -> Flask:
    """The program, set up from the environment; ``given`` settings win. Raises SettingsError."""
    settings = load_settings(**given)
    settings.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Application(
        "community",
        instance_path=str(settings.instance_path),
        root_path=str(ROOT / "community"),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.extensions["community_settings"] = settings
    app.config.update(_flask_config(settings))
    db.init_app(app)
    app.teardown_appcontext(leave_session)  # before what the extension does then
    with app.app_context():
        tune(db.engine)
    Migrate(app, db, directory=str(Path(__file__).parent / "migrations"), render_as_batch=True)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, 0, 0)  # type: ignore[method-assign]  # WSGI's way to wrap
    wiring.wire()
    web.register(app)
    commands.register(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    secure = settings.env == "production"
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        # __Host- keeps a neighbouring subdomain from planting a cookie.
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
        "MAX_CONTENT_LENGTH": 500 * 1024,
        "MAX_FORM_MEMORY_SIZE": 500 * 1024,
        "MAX_FORM_PARTS": 500,
        # Only a change of the session sends its cookie, so that pages stay cacheable.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,  # good as long as the session that it belongs to
        # Pages with a token in their address send no Referer; web.headers looks at Sec-Fetch-Site.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _engine_options(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        # One for each thread of a process: a web process answers, a worker sends and keeps house.
        "pool_size": max(settings.web_threads, 2 * settings.mail_threads) + 3,
        "max_overflow": 0,
        "pool_timeout": 10,
        "hide_parameters": True,  # no names and addresses in the log
    }
    if settings.database_url.startswith("postgresql"):
        options["pool_pre_ping"] = True  # a restarted server must not cost a request
        # The server's own encoding would be the default, and SQL_ASCII answers in bytes.
        options["connect_args"] = {"connect_timeout": 5, "client_encoding": "utf8"}
    return options
