"""People, their addresses, how they join and how they prove who they are."""
