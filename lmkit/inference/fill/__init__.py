"""Filling blanks: candidates, variants of a text, scores from both directions."""
