"""Bias of the unknown word, for a model whose training text had none: all of its words are known.

Training then teaches that no word is ever unknown. How many will be can be estimated, and the bias
is set so that the model expects as many on the mean.
"""

import math

import torch
from torch import Tensor

from lmkit.nn.heads.full import FullHead

LEAST, MOST = 1e-4, 0.5  # rates of unknown words that are believed
ROUNDS = 30  # of the iteration, which cannot overshoot


def fit_unknown_bias(head: FullHead, hidden: Tensor, *, unknown_id: int, rate: float) -> float:
    """Set the bias of the unknown word so that its mean probability is what is expected.

    Args:
        head: In evaluation mode.
        hidden: What it reads at places of a held-out text, shape (rows, width).
        unknown_id: The unknown word.
        rate: Share of the words that will be unknown, 0..1.

    Returns:
        The change of the bias.
    """
    rate = min(MOST, max(LEAST, rate))
    ids = torch.full((len(hidden),), unknown_id, device=hidden.device)
    logit = torch.logit(head.log_prob_of(hidden, ids).double().exp().clamp(1e-12, 1 - 1e-12))
    change = 0.0
    for _ in range(ROUNDS):
        mean = float(torch.sigmoid(logit + change).mean())
        change += math.log(rate / (1 - rate)) - math.log(mean / (1 - mean))
    with torch.no_grad():
        head.bias[unknown_id] += change * float(head.temperature)
    return change
