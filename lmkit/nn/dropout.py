"""Dropout for recurrent networks: one mask for a window, for whole words, for weights.

Masks are drawn from the generator of the `TrainMode` handed in; without one, nothing is dropped.
What is kept is scaled by 1 / (1 - rate), so evaluation needs no correction.
"""

import math

import torch
from torch import Tensor

from lmkit.nn.train_mode import TrainMode

LEVELS = 1 << 16  # probabilities are multiples of 1 / LEVELS: an entry is decided by 16 random bits
PER_DRAW = 4  # entries decided by one draw of 64 bits


def keep_mask(
    like: Tensor, shape: tuple[int, ...], rate: float, generator: torch.Generator
) -> Tensor:
    """Draw a mask of zeros and 1 / (1 - rate).

    `Tensor.bernoulli_` draws once for every entry, on one thread; a large mask took a twelfth of a
    training step.

    Args:
        like: A tensor of the wanted type and device.
        shape: Shape of the mask.
        rate: Probability of a zero, 0..1 (1 itself excluded); rounded to a multiple of 2 ** -16.
        generator: Source of the random bits, on the device of `like`.

    Returns:
        The mask.
    """
    dropped = min(round(rate * LEVELS), LEVELS - 1)
    count = math.prod(shape)
    draws = torch.empty(-(-count // PER_DRAW), dtype=torch.int64, device=like.device)
    bits = draws.random_(-(2**63), None, generator=generator).view(torch.int16)[:count].view(shape)
    is_kept = bits >= dropped - LEVELS // 2
    return is_kept.to(like.dtype).mul_(LEVELS / (LEVELS - dropped))


def locked_dropout(x: Tensor, rate: float, mode: TrainMode | None) -> Tensor:
    """Drop the same units at every time step (variational dropout, Gal and Ghahramani 2016).

    Args:
        x: Activations, shape (time, batch, size).
        rate: Fraction dropped, 0..1, before the scale of the mode.
        mode: Settings of the training step; None for evaluation.

    Returns:
        The activations with a mask of shape (batch, size) applied; `x` itself where nothing is
        dropped.
    """
    if mode is None or not (rate := rate * mode.dropout_scale):
        return x
    if mode.part is None:
        return x * keep_mask(x, (x.shape[1], x.shape[2]), rate, mode.generator)
    whole = keep_mask(x, (mode.part.total, x.shape[2]), rate, mode.generator)
    return x * mode.part.own(whole)


def word_mask(x: Tensor, vocab_size: int, rate: float, mode: TrainMode | None) -> Tensor | None:
    """Draw the words that are dropped whole: a dropped word is zero wherever it stands in a window.

    Args:
        x: Embedded words, of the type and on the device wanted.
        vocab_size: Number of ids.
        rate: Fraction of the vocabulary dropped, 0..1, before the scale of the mode.
        mode: Settings of the training step; None for evaluation.

    Returns:
        A factor for the vector of each word, shape (vocab,); None where nothing is dropped.
    """
    if mode is None or not (rate := rate * mode.dropout_scale):
        return None
    return keep_mask(x, (vocab_size,), rate, mode.generator)


def weight_dropout(weight: Tensor, rate: float, mode: TrainMode | None) -> Tensor:
    """Drop single weights of a matrix for a whole window (DropConnect, Wan 2013; Merity 2018).

    Args:
        weight: Any matrix.
        rate: Fraction dropped, 0..1, before the scale of the mode.
        mode: Settings of the training step; None for evaluation.

    Returns:
        The thinned matrix; `weight` itself where nothing is dropped.
    """
    if mode is None or not (rate := rate * mode.dropout_scale):
        return weight
    return weight * keep_mask(weight, tuple(weight.shape), rate, mode.generator)
