"""Events as calendars know them: invites, downloads, feeds, and the answers that come back."""
