"""Training as a stream of events."""
