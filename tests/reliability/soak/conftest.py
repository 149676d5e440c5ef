"""The soak takes minutes: it is a part of `make proof` alone."""

import os

collect_ignore = [] if os.environ.get("PROOF") else ["test_soak.py"]
