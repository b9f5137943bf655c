"""Perplexity from summed nats: the one formula that training, evaluation and logs share."""

import math

MOST_NATS = 700.0  # per word; exp of more than 709 is no finite double, and JSON has no infinity


def perplexity(nats: float, words: float) -> float:
    """Return the perplexity per word, exp(nats / words).

    Args:
        nats: Sum of the negative natural log-probabilities of all tokens.
        words: Words they are counted over: a word stands between white space, and each line end
            counts as one more. Must be positive.

    Returns:
        The perplexity; for more than 700 nats per word exp(700), about 1e304, so that every answer
        is finite. NaN where `nats` is NaN.
    """
    mean = nats / words
    return math.exp(MOST_NATS) if mean > MOST_NATS else math.exp(mean)
