"""Events and their venues: drafting, publishing, and who may see them."""
