"""How many statements an answer costs, as the driver gets them."""

from contextvars import Context

import sqlalchemy as sa
from flask import Flask

from community.core.db import db


def count_statements(app: Flask, path: str, headers: dict[str, str]) -> int:
    """Of the second answer: what is made once for a process was made by then."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def answer() -> None:
        Context().run(app.test_client(use_cookies=False).get, path, headers=headers)

    answer()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        answer()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return sum(not statement.startswith("BEGIN") for statement in asked)
