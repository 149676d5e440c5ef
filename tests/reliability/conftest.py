"""What takes minutes is a part of `make proof`; its short form lies beside it."""

import os

# test_sqlite_outages.py and test_migrations.py are what `make test` sees of them.
_LONG = ["test_sqlite_locked.py", "test_migrations_of_many.py"]
collect_ignore = [] if os.environ.get("PROOF") else _LONG
