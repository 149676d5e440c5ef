"""Running it: commands, the worker, health, demo data."""
