"""A probabilistic grammar whose every probability, and whose entropy, is known exactly."""
