"""Asking a model: predict, fill, complete, generate, score, trace."""
