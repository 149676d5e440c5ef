"""Mail as it is queued, written and handed over."""
