"""What a use-case raises when it will not act; each edge words it once."""


class Refused(Exception):
    """A rule says no. ``code`` is stable, ``values`` fill the sentence that an edge makes of it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code} ({facts})" if facts else self.code


class NotFound(Refused):
    """There is no such thing, or the viewer may not know that there is."""

    def __init__(self, what: str) -> None:
        super().__init__("not_found", what=what)


class Forbidden(Refused):
    """The person is known and may see the thing, and may not do this to it."""

    def __init__(self, code: str = "forbidden", **values: object) -> None:
        super().__init__(code, **values)


class TooMany(Refused):
    """A limit is used up. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many", retry_after=retry_after)
        self.retry_after = retry_after
