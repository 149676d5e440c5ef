"""Each request has a number and a line, and both tell of nobody."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from community.app import create_app
from community.web.access import everybody
from tests.web.browser_without_js import Browser

GIVEN = "8d3f2ad0-51c4-4c0e-9a53-0b6f3c1d2e4f"
Make = Callable[..., Flask]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(**settings: object) -> Flask:
        app = create_app(instance_path=tmp_path, **settings)

        @everybody
        def broken(slug: str) -> str:
            raise KeyError(slug)

        app.add_url_rule("/broken/<slug>", "broken", broken)
        return app

    return made


def number(app: Flask, given: str = "") -> str:
    headers = {"X-Request-ID": given} if given else {}
    return str(app.test_client().get("/healthz", headers=headers).headers["X-Request-ID"])


def test_a_request_has_a_number_of_its_own(make: Make) -> None:
    app = make()
    assert len({number(app) for _ in range(20)}) == 20
    assert len(number(app)) == 16


def test_a_number_is_taken_over_from_a_proxy_alone(make: Make) -> None:
    assert number(make(), GIVEN) != GIVEN
    assert number(make(trusted_proxies=1), GIVEN) == GIVEN


@pytest.mark.parametrize(
    "given",
    ["ann@example.org", "Ann-Visitor-of-Boston", "0" * 65, "abc", "0" * 20 + '","level":"x'],
)
def test_what_no_proxy_makes_is_not_taken_over(make: Make, given: str) -> None:
    assert number(make(trusted_proxies=1), given) != given


def test_who_meets_a_fault_reads_the_number_that_stands_in_the_log(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    page = Browser(make()).get("/broken/canary")
    sent = dict(page.headers)["X-Request-ID"]
    assert page.status == 500
    assert page.says(sent)
    lines = [r for r in caplog.records if r.name.endswith("access_log")]
    assert [line.__dict__["told"]["request_id"] for line in lines] == [sent]
    assert not Browser(make()).get("/no/such/page").says("say the number")


def test_a_line_has_the_rule_and_not_the_address(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app = make()
    app.test_client().get("/broken/canary?canary=1", headers={"Cookie": "canary=1"})
    app.test_client().get("/canary")
    app.test_client().open("/healthz", method="CANARY")
    told = [r.__dict__["told"] for r in caplog.records if r.name.endswith("access_log")]
    assert [(t["method"], t["route"], t["status"]) for t in told] == [
        ("GET", "/broken/<slug>", 500),
        ("GET", "-", 404),
        ("-", "-", 405),
    ]
    assert all(t["duration_ms"] >= 0 for t in told)
    assert "canary" not in "".join(map(str, told))


def test_load_balancers_who_ask_all_the_time_fill_no_log(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make().test_client().get("/healthz")
    assert [r for r in caplog.records if r.name.endswith("access_log")] == []
