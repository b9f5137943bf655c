"""Weights of the orders of an n-gram beside another model, fitted by expectation maximisation.

Knows probabilities alone: neither the text nor the models that they are of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

EXPECTED = 0.2  # weight of an order before anything was measured
SURE = 20  # ids that this expectation weighs as much as
ROUNDS = 100  # of expectation maximisation


@dataclass(frozen=True, slots=True)
class OrderParts:
    """Probabilities that an n-gram gives to a text, order by order.

    Attributes:
        masses: How much of each prediction comes from each order, shape (ids, order).
        parts: What each order adds to the probability of the id, same shape.
    """

    masses: Tensor
    parts: Tensor


def fit_order_weights(
    other: Tensor, counted: OrderParts, *, expected: Sequence[float] | None = None
) -> tuple[float, ...]:
    """Find the weights under which a text is most probable, by expectation maximisation.

    Args:
        other: Log-probability of each id by the other model, shape (ids,).
        counted: What the n-gram says of the same text.
        expected: Weight of each order before anything was measured, which counts as 20 ids.

    Returns:
        A weight for each order, single words first.
    """
    beforehand = expected or (EXPECTED,) * counted.masses.shape[1]
    expectation = torch.tensor(beforehand, dtype=torch.float64)
    weights, probs = expectation, other.double().exp()
    for _ in range(ROUNDS):
        left = 1 - counted.masses @ weights
        total = left * probs + counted.parts @ weights
        by_ngram = (counted.parts * weights / total[:, None]).sum(0)
        by_other = (counted.masses * (1 - weights) * (probs / total)[:, None]).sum(0)
        weights = (SURE * expectation + by_ngram) / (SURE + by_ngram + by_other)
    return tuple(round(weight, 6) for weight in weights.tolist())
