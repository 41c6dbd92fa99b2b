"""The shell around the library: what runs, when, and once."""
