"""Databases for programs that run beside the tests, as the journeys have them."""

from tests.journeys.conftest import own_database

__all__ = ["own_database"]
