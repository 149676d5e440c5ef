"""Every setting of the program: typed, with its default and a line of documentation."""

import os
import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "COMMUNITY_"
ROOT = Path(__file__).resolve().parent.parent


_ADDRESS_OR_PAGE = re.compile(r"[!-?A-~]+@[!-?A-~]+|https://[!-~]+")


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which one and what to do."""


class Settings(BaseSettings):
    """Read from the environment first, then from ``settings.toml`` in the instance folder."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)
    toml_file: ClassVar[Path | None] = None

    instance_path: Path = Field(
        ROOT / "instance", description="folder of database, mail spool, uploads and secret key"
    )
    files_path: str = Field(
        "", description="folder of uploads and attendee lists, which several machines must share"
    )
    env: Literal["development", "production"] = Field(
        "development",
        description="`production` needs BASE_URL and SECRET_KEY, and switches `/dev/mail` off",
    )
    base_url: str = Field("", description="the only source of links in mails and feeds")
    secret_key: str = Field(
        "", description="signs cookies and links; made once in the instance folder when not set"
    )
    name: Annotated[str, Field(min_length=1, max_length=80)] = Field(
        "Community Network", description="the community's name on pages and in mails"
    )
    database_url: str = Field(
        "", description="`postgresql+psycopg://…`; a SQLite file in the instance folder by default"
    )
    mail_url: str = Field(
        "", description="`smtp://…` or `smtps://…`; a spool folder of `.eml` files by default"
    )
    mail_from: str = Field("no-reply@localhost", description="sender of mails without a calendar")
    bounce_address: str = Field(
        "", description="mailbox for bounces; each mail's envelope names its own `bounces+KEY@…`"
    )
    rsvp_address: str = Field(
        "rsvp@localhost", description="mailbox for calendar answers; invites use `rsvp+KEY@…`"
    )
    authserv_id: str = Field(
        "", description="by which your mail server signs Authentication-Results; no other counts"
    )
    imap_url: str = Field(
        "",
        description="`imaps://user:password@host/INBOX?handled=Handled`, where answers are fetched",
    )
    security_contact: str = Field(
        "", description="whom to tell of a weakness, in `/.well-known/security.txt`"
    )
    security_policy: str = Field("", description="page that says how reports are dealt with")
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = Field(
        0, description="number of proxies in front whose X-Forwarded-* count"
    )
    redis_url: str = Field(
        "", description="`redis://…` or `rediss://…`, where rate limits are counted"
    )
    timezone: str = Field("UTC", description="zone for people who chose none")
    locale: str = Field("en", description="language for people who chose none")
    join_policy: Literal["open", "approval", "invitation"] = Field(
        "open",
        description="who may join: everybody, whom organizers approve, or whom members invite",
    )
    badge_size: Literal["86x54", "90x55", "102x76", "a7"] = Field(
        "86x54", description="millimetres of a name badge, unless a printout says otherwise"
    )
    retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        30, description="days after an event until answers, notes and guests' addresses vanish"
    )
    rate_limits: Literal["on", "off"] = Field(
        "on", description="`off` for load tests; refused in production"
    )
    web_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="processes that answer requests"
    )
    web_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        8, description="requests that one process answers at a time"
    )
    mail_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="mails that one worker sends at a time"
    )
    log_format: Literal["", "json", "text"] = Field(
        "", description="lines of the log; `json` in production by default, else `text`"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least that is logged; requests are at `info`"
    )
    metrics_token: str = Field("", description="opens `/metrics` to whoever sends it as a bearer")
    lease_seconds: Annotated[int, Field(ge=5, le=3600)] = Field(
        90, description="seconds until another worker goes on with the mails of one that died"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones() or zone in {"localtime", "Factory"}:
            raise ValueError(f"{zone!r} is no IANA time zone, such as Europe/Berlin")
        return zone

    @field_validator("metrics_token")
    @classmethod
    def _not_to_be_guessed(cls, token: str) -> str:
        if token and not (len(token) >= 16 and token.isascii() and token.isprintable()):
            raise ValueError("must have at least 16 characters, of ASCII")
        return token

    @field_validator("bounce_address")
    @classmethod
    def _room_for_a_token(cls, address: str) -> str:
        # A local part holds 64 characters (RFC 5321 4.5.3.1.1), and the token of a mail takes 43.
        local, at, domain = address.rpartition("@")
        if address and (not at or not domain or not 0 < len(local) <= 20):
            raise ValueError("must look like bounces@example.org, with at most 20 before the @")
        return address.lower()

    @field_validator("rsvp_address")
    @classmethod
    def _room_for_a_key(cls, address: str) -> str:
        # The key of an attendee takes 26 of the 64 characters, and the + before it one.
        local, at, domain = address.rpartition("@")
        if not at or not domain or not 0 < len(local) <= 37:
            raise ValueError("must look like rsvp@example.org, with at most 37 before the @")
        return address

    @field_validator("security_contact", "security_policy")
    @classmethod
    def _one_line_of_ascii(cls, value: str) -> str:
        if value and not _ADDRESS_OR_PAGE.fullmatch(value):
            raise ValueError("must look like security@example.org or https://example.org/security")
        return value

    @field_validator("security_policy")
    @classmethod
    def _a_page(cls, value: str) -> str:
        if value and "://" not in value:
            raise ValueError("must look like https://example.org/security")
        return value

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, url: str) -> str:
        parts = urlsplit(url)
        known = parts.scheme in {"redis", "rediss"} and parts.hostname and not parts.query
        if (url and not known) or parts.port == 0:
            raise ValueError("must look like redis://host:6379/0, or rediss://… with TLS")
        return url

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must look like https://community.example.org")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.env != "production":
            return self
        missing = [n for n in ("base_url", "secret_key") if not getattr(self, n)]
        if missing:
            names = " and ".join(PREFIX + name.upper() for name in missing)
            raise ValueError(f"ENV=production needs {names}")
        if len(self.secret_key) < 32:
            raise ValueError("SECRET_KEY must have at least 32 characters")
        if self.rate_limits == "off":
            raise ValueError("RATE_LIMITS=off is for load tests, not for production")
        return self

    @property
    def is_development(self) -> bool:
        """Whether conveniences such as ``/dev/mail`` and demo data may be there."""
        return self.env == "development"

    @property
    def spool_folder(self) -> Path:
        """Where mails are kept as files when no ``MAIL_URL`` is set."""
        return self.instance_path / "mail"

    @property
    def files_folder(self) -> Path:
        """Where files lie that one process takes or makes and another one reads."""
        return Path(self.files_path) if self.files_path else self.instance_path

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can follow our links, so that demo data do no harm."""
        return urlsplit(self.base_url).hostname in {"localhost", "127.0.0.1", "::1"}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=cls.toml_file)
        return init_settings, env_settings, file


def load_settings(**given: object) -> Settings:
    """The settings in force. Raises :class:`SettingsError` with one line for each fault."""
    folder = Path(
        str(given.get("instance_path") or os.environ.get(f"{PREFIX}INSTANCE_PATH") or "")
        or ROOT / "instance"
    ).resolve()
    bound = type("Settings", (Settings,), {"toml_file": folder / "settings.toml"})
    try:
        settings: Settings = bound(**{**given, "instance_path": folder})
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error
    except ValueError as error:  # the TOML itself cannot be read
        raise SettingsError(f"{folder / 'settings.toml'}: {error}") from error
    changes: dict[str, object] = {}
    if not settings.base_url:
        changes["base_url"] = f"http://localhost:{os.environ.get('PORT', '8000')}"
    if not settings.database_url:
        changes["database_url"] = f"sqlite:///{folder / 'community.db'}"
    if not settings.secret_key:
        changes["secret_key"] = _kept_secret(folder)
    return settings.model_copy(update=changes)


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = PREFIX + "_".join(str(part) for part in fault["loc"]).upper()
        said = fault["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {said}" if fault["loc"] else said)
    return "\n".join(lines)


def _kept_secret(folder: Path) -> str:
    """The secret key of this instance, made on the first start and readable by its owner alone."""
    import secrets  # noqa: PLC0415 - needed on the very first start only

    file = folder / "secret_key"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # O_EXCL: web and worker start together, and only one of them may choose the key.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(file)
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_urlsafe(48))
    return file.read_text().strip()


def _read_secret(file: Path) -> str:
    import time  # noqa: PLC0415 - see below

    for _ in range(50):
        if key := file.read_text().strip():
            return key
        time.sleep(0.02)  # the other process has created the file and is about to fill it
    raise SettingsError(f"{file} is empty: delete it to have a new key made")
