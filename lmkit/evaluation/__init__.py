"""Evaluation of models: perplexity, cloze questions, minimal pairs, typing."""
