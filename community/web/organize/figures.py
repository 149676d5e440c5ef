"""What became of past events: attendance, answers and seats, with pictures and files."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from babel.numbers import format_percent
from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.clock import now
from community.core.dates import locale
from community.core.walltime import to_local
from community.membership.queries import all_topics
from community.organizing.figures import (
    Figures,
    Sum,
    Wanted,
    by_month,
    by_topic,
    figures_of,
    total,
)
from community.organizing.figures_csv import TABLES, csv_lines
from community.organizing.pictures import MOST_BUCKETS, Bar, bars, share, top_of
from community.organizing.seat_moves import NO_MOVES
from community.web.access import organizers, own_zone, viewer
from community.web.forms import ask_again
from community.web.forms.figures import FiguresForm, figures_form
from community.web.organize.spans import span
from community.web.streaming import Streamed


@dataclass(frozen=True)
class MonthsPicture:
    """Bars of who was going, and of who came, for each month."""

    going: list[Bar]
    came: list[Bar]
    top: int
    labels: list[str]


@organizers
def figures() -> ResponseReturnValue:
    """Of the events of a period, the last twelve months unless the address says which."""
    form = _form()
    if not form.validate():
        return ask_again("organize/figures.html", form, shown=None)
    shown = figures_of(viewer(), form.wanted)
    return render_template("organize/figures.html", form=form, shown=shown, **_facts(form, shown))


@organizers
def figures_file() -> ResponseReturnValue:
    """One table as a file, read and sent piece by piece."""
    form, table = _form(), request.args.get("table", "events")
    # A mistyped period must not send something else than what was meant.
    if table not in TABLES or not form.validate():
        abort(404)
    who, wanted = viewer(), form.wanted
    response = Response(Streamed(lambda: csv_lines(who, wanted, table)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{table}.csv")
    return response


def month_name(value: date) -> str:
    """``June 2026``."""
    return format_skeleton("yMMMM", value, locale=locale())


def percent(rate: float | None) -> str:
    """``83%``; a dash where nobody knows."""
    return "–" if rate is None else format_percent(rate, locale=locale())


def _form() -> FiguresForm:
    today = to_local(now(), own_zone()).date()
    return figures_form(request.args, all_topics(), today)


def _facts(form: FiguresForm, shown: Figures) -> dict[str, Any]:
    months, wanted = by_month(shown.events), form.wanted
    moves = sum((one.moves for one in shown.events), NO_MOVES)
    before = shown.before and _address("figures", replace(wanted, until=shown.before))
    return {
        "total": total(shown.events),
        "months": months[::-1],
        "picture": _picture(months[-MOST_BUCKETS:]),
        "topics": by_topic(shown.events),
        "moves": moves,
        "most_moves": max(astuple(moves)),
        "empty": sum(one.empty or 0 for one in shown.events),
        "files": {table: _address("figures_file", wanted, table=table) for table in TABLES},
        "earlier": before,
        "span": span,
        "percent": percent,
        "share": share,
        "month_name": month_name,
    }


def _address(view: str, wanted: Wanted, **more: str) -> str:
    said = {"from": wanted.since.isoformat(), "to": wanted.until.isoformat(), **more}
    if wanted.topic:
        said["topic"] = wanted.topic
    return f"{url_for(f'organize.{view}')}?{urlencode(said)}"


def _picture(months: Sequence[Sum]) -> MonthsPicture | None:
    if not months:
        return None
    going = [one.attendance.going for one in months]
    top = top_of(max(going))
    shown = [months[0], months[-1]] if len(months) > 1 else [months[0]]
    names = [month_name(one.of) for one in shown if isinstance(one.of, date)]
    return MonthsPicture(
        bars(going, top), bars([one.attendance.came for one in months], top), top, names
    )
