"""Pictures of results; matplotlib is imported here alone."""
