"""Mean sizes of the gradients of weights, as a value and as a file.

Dynamic evaluation divides by it, so that weights that seldom move are moved with care. For a matrix
only the mean squares of its rows and columns are kept, whose product over the mean stands for each
entry: a few thousand numbers instead of another model. Knows no text.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from lmkit.core.errors import ModelError
from lmkit.core.files import atomic_path
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.weights import load_tensors, save_tensors

Squares = tuple[Tensor, ...]  # mean square of each row and of each column, or of each entry


class GradientScale:
    """Mean sizes of the gradients of a model's weights."""

    def __init__(self, squares: Mapping[str, Squares]) -> None:
        self.squares = dict(squares)

    @classmethod
    def load(cls, path: Path, model: RecurrentLM) -> "GradientScale":
        """Read gradients that `save` wrote.

        Args:
            path: The file.
            model: The model they belong to.

        Returns:
            The usual gradients.

        Raises:
            ModelError: If the file is missing, damaged or of another model.
        """
        tensors = load_tensors(path)
        squares: dict[str, Squares] = {}
        for name, weight in model.named_parameters():
            shapes = [part.shape for part in squares_of(weight.detach())]
            parts = tuple(
                tensors.get(f"{name}:{axis}", torch.empty(0)) for axis in range(len(shapes))
            )
            if [part.shape for part in parts] != shapes or not all(map(_is_usable, parts)):
                raise ModelError(f"{path} holds no usual gradient of {name!r}; measure it again")
            squares[name] = parts
        return cls(squares)

    def save(self, path: Path) -> None:
        """Write the gradients as one safetensors file."""
        tensors = {
            f"{name}:{axis}": part
            for name, parts in self.squares.items()
            for axis, part in enumerate(parts)
        }
        with atomic_path(path) as partial:
            save_tensors(tensors, partial)

    def relative(self, model: RecurrentLM) -> dict[str, Tensor]:
        """Return how large each weight's gradient usually is beside the mean over all weights.

        Args:
            model: The model the gradients belong to.

        Returns:
            For each weight a tensor of its shape, whose mean over the model is 1; and under ""
            the mean itself.
        """
        sizes = {name: _expanded(parts).sqrt() for name, parts in self.squares.items()}
        count = sum(parameter.numel() for parameter in model.parameters())
        mean = sum((size.sum() for size in sizes.values()), torch.zeros(())) / count
        mean = mean.clamp_min(torch.finfo(torch.float32).tiny)
        return {name: size / mean for name, size in sizes.items()} | {"": mean}


def squares_of(gradient: Tensor) -> Squares:
    """Return the mean square of each row and each column of a matrix, or of each entry."""
    square = gradient.square()
    if square.dim() != 2:
        return (square,)
    return (square.mean(1), square.mean(0))


def _expanded(parts: Squares) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    rows, columns = parts
    return rows[:, None] * columns / rows.mean().clamp_min(torch.finfo(torch.float32).tiny)


def _is_usable(part: Tensor) -> bool:
    return bool(torch.isfinite(part).all()) and bool((part >= 0).all())
