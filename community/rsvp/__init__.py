"""Answers to events: who has a seat, who waits, and why."""
