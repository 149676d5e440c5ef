"""Mails that come in: who they are really from, and what follows from them."""
