"""Figures for Prometheus, for whoever has the token; without one there is no such page."""

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from community.core import latencies
from community.core.current import settings
from community.core.db import db
from community.core.errors import NotFound
from community.organizing.vitals import Vital, vitals
from community.web.access import everybody, stay_away_from_database

if TYPE_CHECKING:
    from prometheus_client import Metric

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
@everybody
def metrics() -> ResponseReturnValue:
    """Everything, in Prometheus' text format."""
    if not settings().metrics_token:
        raise NotFound("page")
    stay_away_from_database()
    if not _is_known():
        refusal = Response("not without the token\n", 401, mimetype="text/plain")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    answer = Response(_told(), mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_known() -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(token.strip().encode(), settings().metrics_token.encode())
    return same and kind.lower() == "bearer"


def _told() -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - few need it

    registry = CollectorRegistry()
    registry.register(_Figures())
    return generate_latest(registry)


class _Figures:
    """What the library asks for all there is."""

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

        try:
            found = list(vitals())
        except (sa.exc.SQLAlchemyError, OSError):
            found = []  # what the processes have counted is worth reading still
        finally:
            db.session.rollback()
        up = GaugeMetricFamily("community_database_up", "Whether the database answers.")
        up.add_metric([], float(bool(found)))
        return [up, *map(_family, found), *latencies.read()]


def _family(vital: Vital) -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - as above

    kind = CounterMetricFamily if vital.grows else GaugeMetricFamily
    labels = [vital.label] if vital.label else []
    family = kind(f"community_{vital.name}", vital.means, labels=labels)
    for value, figure in vital.values.items():
        family.add_metric([value] if labels else [], figure)
    return family
