"""What every feature stands on: the database, changes, the clock, errors, tokens and text."""
