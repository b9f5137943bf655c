"""Tensors that two models of one folder have in common are stored with the first model alone."""

from collections.abc import Mapping

import torch
from torch import Tensor


def without_shared(tensors: Mapping[str, Tensor], first: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors that the first model does not have alike.

    Args:
        tensors: Of the second model, by name.
        first: Of the first model.
    """
    return {
        name: tensor
        for name, tensor in tensors.items()
        if name not in first or not _equal(tensor, first[name])
    }


def with_shared(tensors: Mapping[str, Tensor], first: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of the second model, those that were left out taken from the first.

    Args:
        tensors: As stored; a name that is there wins.
        first: Of the first model.
    """
    return {**first, **tensors}


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(one, other)
