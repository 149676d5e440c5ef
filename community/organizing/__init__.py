"""What organizers do with events and answers: rosters, exports, the audit log."""
