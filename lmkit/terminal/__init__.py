"""Output in a terminal; rich and prompt_toolkit are used here alone."""
