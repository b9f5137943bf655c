"""Routes: bodies in, strands to the engine thread, answers out."""
