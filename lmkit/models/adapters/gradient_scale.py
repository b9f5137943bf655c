"""Mean sizes of the gradients of weights, measured on training text.

Dynamic evaluation divides by it, so that weights that seldom move are moved with care. For a matrix
only the mean squares of its rows and columns are kept, whose product over the mean stands for each
entry: a few thousand numbers instead of another model.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.core.errors import ModelError
from lmkit.core.files import atomic_path
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, Window
from lmkit.models.weights import load_tensors, save_tensors

PASSAGES = 200  # of the training text, read at most
LENGTH = 20  # ids of a passage, as many as a segment of dynamic evaluation by default

Squares = tuple[Tensor, ...]  # mean square of each row and of each column, or of each entry


class GradientScale:
    """Mean sizes of the gradients of a model's weights."""

    def __init__(self, squares: Mapping[str, Squares]) -> None:
        self.squares = dict(squares)

    @classmethod
    def measure(cls, model: RecurrentLM, windows: Iterable[Window]) -> "GradientScale":
        """Measure the gradients of a model, which is left as it was.

        Args:
            model: The trained model, in evaluation mode.
            windows: Some training text, about as long as the segments of dynamic evaluation;
                each is read from nothing.

        Returns:
            The usual gradients.
        """
        names, weights = zip(*model.named_parameters(), strict=True)
        sums = [[torch.zeros_like(part) for part in _squares(w.detach())] for w in weights]
        count = 0
        for window in windows:
            loss, _ = model.loss(window, model.start(len(window.inputs)))
            gradients = torch.autograd.grad(loss.objective, weights, allow_unused=True)
            for parts, gradient in zip(sums, gradients, strict=True):
                found = () if gradient is None else _squares(gradient)
                for part, square in zip(parts, found, strict=False):
                    part.add_(square)
            count += 1
        means = [tuple(part / max(count, 1) for part in parts) for parts in sums]
        return cls(dict(zip(names, means, strict=True)))

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
            shapes = [part.shape for part in _squares(weight.detach())]
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


def measure_gradient_scale(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    seconds: float = math.inf,
    passages: int = PASSAGES,
) -> GradientScale:
    """Measure the gradients that dynamic evaluation divides by, on passages from all over a text.

    Args:
        model: The trained model, in evaluation mode.
        ids: Training text, shape (ids,).
        seconds: After which no more is read.
        passages: How many passages at most.

    Returns:
        The usual gradients.
    """
    time_up = time.monotonic() + seconds
    return GradientScale.measure(model, _passages(ids, passages, time_up=time_up))


@dataclass(frozen=True, slots=True)
class _Passage:
    """A part of a text as a window of one row."""

    inputs: Tensor
    targets: Tensor


def _passages(ids: NDArray[np.integer], count: int, *, time_up: float) -> Iterator[_Passage]:
    """Yield passages in an order that covers the text however early it ends."""
    length = min(LENGTH, len(ids) - 1)
    if length < 1:
        return
    last = len(ids) - 1 - length
    starts = np.linspace(0, last, min(count, last + 1)).astype(np.int64)
    for start in np.random.default_rng(0).permutation(starts):
        window = torch.from_numpy(ids[start : start + length + 1].astype(np.int64))[None]
        yield _Passage(inputs=window[:, :-1], targets=window[:, 1:])
        if time.monotonic() > time_up:
            return


def _squares(gradient: Tensor) -> Squares:
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
