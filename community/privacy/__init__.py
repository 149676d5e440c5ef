"""What is borrowed: a person's data, given out, merged, and let go."""
