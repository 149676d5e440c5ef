"""The figures of the program, each beside its floor, measured in one run."""

import os

# A line of the log for each request would stand among the figures, and on the terminal cost more.
os.environ.setdefault("COMMUNITY_LOG_LEVEL", "warning")
