"""A self-hosted backend for a professional community and its in-person events."""

import zoneinfo

# The pinned tzdata package is the only source of time zones: machines that share a database must
# agree on when an event starts, and the operating system's copy is often a year behind.
zoneinfo.reset_tzpath(to=())
