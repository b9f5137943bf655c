"""Dropout for recurrent networks: one mask for a whole window, for whole words, for weights.

Masks are drawn from torch's default generator, whose state a checkpoint keeps. What is kept is
scaled by 1 / (1 - rate), so nothing changes when dropout is off.
"""

import math

import torch
from torch import Tensor

LEVELS = 1 << 16  # a chance is a whole number of these: 16 bits decide about an entry
PER_DRAW = 4  # entries that one draw of 64 bits decides about


def keep_mask(like: Tensor, shape: tuple[int, ...], rate: float) -> Tensor:
    """Draw a mask of zeros and 1 / (1 - rate).

    `Tensor.bernoulli_` draws once for every entry, on one thread; a large mask took a twelfth of a
    training step.

    Args:
        like: A tensor of the wanted type and device.
        shape: Shape of the mask.
        rate: Chance of a zero, 0..1 (1 itself excluded); rounded to a multiple of 2 ** -16.

    Returns:
        The mask.
    """
    dropped = min(round(rate * LEVELS), LEVELS - 1)
    count = math.prod(shape)
    draws = torch.empty(-(-count // PER_DRAW), dtype=torch.int64, device=like.device)
    drawn = draws.random_(-(2**63), None).view(torch.int16)[:count].view(shape)
    is_kept = drawn >= dropped - LEVELS // 2
    return is_kept.to(like.dtype).mul_(LEVELS / (LEVELS - dropped))


def locked_dropout(x: Tensor, rate: float) -> Tensor:
    """Drop the same units at every time step (variational dropout, Gal and Ghahramani 2016).

    Args:
        x: Activations, shape (time, batch, size).
        rate: Share dropped, 0..1.

    Returns:
        The activations with a mask of shape (batch, size) applied; `x` itself if the rate is 0.
    """
    if rate == 0:
        return x
    return x * keep_mask(x, (x.shape[1], x.shape[2]), rate)


def word_dropout(x: Tensor, ids: Tensor, *, vocab_size: int, rate: float) -> Tensor:
    """Drop whole words: a word dropped is zero wherever it stands in the window.

    Args:
        x: Embedded words, shape (time, batch, size).
        ids: The words, shape (time, batch).
        vocab_size: Number of ids.
        rate: Share of words dropped, 0..1.

    Returns:
        The embedded words without those dropped; `x` itself if the rate is 0.
    """
    if rate == 0:
        return x
    mask = keep_mask(x, (vocab_size,), rate)
    return x * mask[ids].unsqueeze(-1)


def weight_dropout(weight: Tensor, rate: float) -> Tensor:
    """Drop single weights of a matrix for a whole window (DropConnect, Wan 2013; Merity 2018).

    Args:
        weight: Any matrix.
        rate: Share dropped, 0..1.

    Returns:
        The thinned matrix; `weight` itself if the rate is 0.
    """
    if rate == 0:
        return weight
    return weight * keep_mask(weight, tuple(weight.shape), rate)
