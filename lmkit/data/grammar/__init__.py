"""A probabilistic grammar of ours whose every probability, and whose entropy, is known exactly."""
