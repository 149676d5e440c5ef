"""The figures of the program, each beside its floor, measured in one run."""
