"""A pytest plugin for CI: a skipped test fails the run (``pytest -p tests.no_skips``).

Elsewhere a test that needs Chromium, libical or a mail server may be skipped. CI has them all, and
a skip there would be a test that nobody runs.
"""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    count = _skipped(terminalreporter.config)
    if count:
        terminalreporter.write_line(f"{count} skipped: here this is a failure", red=True)


def _skipped(config: pytest.Config) -> int:
    """How many were skipped; with xdist only the process that hears of all of them knows."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0
