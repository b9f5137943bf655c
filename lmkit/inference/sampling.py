"""Sampling of the next token: filters that change log-probabilities, and the draw.

A filter takes scores of shape (rows, vocab) and the history of each row, and gives scores back.
A new filter is one function here and one line in `SAMPLERS`. Scores need not sum to 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.registry import Registry

History: TypeAlias = Sequence[Sequence[int]]  # ids each row has read and written
Step: TypeAlias = Callable[[Tensor, History], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """Settings of the draw; the defaults draw from the distribution of the model."""

    temperature: float = 1.0  # below 1 bolder, above 1 wilder; 0 takes the most probable
    top_k: int = 0  # draw among so many tokens; 0: all
    top_p: float = 1.0  # draw among the most probable that together reach this mass
    min_p: float = 0.0  # least probability, as a fraction of the most probable token's
    typical: float = 1.0  # draw among the tokens nearest the expected surprisal, to this mass
    repetition: float = 1.0  # a token already written has its log-probability times this; 1: off
    no_repeat: int = 0  # no run of so many tokens is written twice; 0: off

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} must be from {low:g} to {high:g}, got {value:g}")


_RANGES = (
    ("temperature", 0.0, 100.0),
    ("top_k", 0, 10**9),
    ("top_p", 1e-9, 1.0),
    ("min_p", 0.0, 1.0),
    ("typical", 1e-9, 1.0),
    ("repetition", 1.0, 100.0),
    ("no_repeat", 0, 1000),
)

BLOCK = 128  # ids of a block in the first race of a draw
_SHORTEST = 1e-300  # waiting time; by none is divided
_COLDEST = 1e-4  # log-probabilities divided by less overflow

# In the order in which they are applied.
SAMPLERS: Registry[Callable[[SamplingConfig], Step | None]] = Registry(
    "sampler",
    {
        "repetition": "lmkit.inference.sampling:repetition",
        "no_repeat": "lmkit.inference.sampling:no_repeat",
        "temperature": "lmkit.inference.sampling:temperature",
        "top_k": "lmkit.inference.sampling:top_k",
        "typical": "lmkit.inference.sampling:typical",
        "top_p": "lmkit.inference.sampling:top_p",
        "min_p": "lmkit.inference.sampling:min_p",
    },
)


def compose(config: SamplingConfig, *, banned: Tensor | None = None) -> Step:
    """Return all the filters of a configuration as one.

    Args:
        config: The settings.
        banned: Tokens never drawn, boolean of shape (vocab,).

    Returns:
        A function from scores to scores.
    """
    made = [SAMPLERS.get(name)(config) for name in SAMPLERS]
    steps = [step for step in made if step is not None]

    def apply(scores: Tensor, history: History) -> Tensor:
        if banned is not None:
            scores = scores.masked_fill(banned, -torch.inf)
        for step in steps:
            scores = step(scores, history)
        return scores

    return apply


def draw(scores: Tensor, generators: Sequence[torch.Generator]) -> list[int]:
    """Draw one token a row, in proportion to exp(score).

    A race of exponential waiting times (the Gumbel-max trick): first among blocks of `BLOCK` ids,
    then among the ids of the block that won; equal times go to the lower id. Scores that are off by
    e change the winner only where the two quickest of a race lie within a factor of 1 + 2e, which
    has a probability of at most 2e for each race. (Looking a uniform number up in the cumulative
    sum would be thousands of times as sensitive: all its steps shift together.)

    Args:
        scores: Shape (rows, vocab); at least one score of a row is finite.
        generators: Source of chance of each row. A draw takes equally many numbers from it
            whatever the scores.

    Returns:
        An id a row.
    """
    rows, size = scores.shape
    probs = torch.softmax(scores, dim=-1).cpu().numpy()  # of few rows numpy is the quicker one
    starts = _block_starts(size)
    times = torch.empty(rows, len(starts) + BLOCK, dtype=torch.float64)
    if rows == 1:  # the views of rows would take longer than the draw
        times.exponential_(generator=generators[0])
    else:
        for row, generator in zip(times, generators, strict=True):
            row.exponential_(generator=generator)
    waits = np.maximum(times.numpy(), _SHORTEST)
    blocks = np.add.reduceat(probs, starts, axis=1) / waits[:, : len(starts)]
    tokens = []
    for row, block in enumerate(blocks.argmax(1).tolist()):
        inside = probs[row, block * BLOCK : (block + 1) * BLOCK]
        quickest = (inside / waits[row, len(starts) : len(starts) + len(inside)]).argmax()
        tokens.append(block * BLOCK + int(quickest))
    return tokens


@lru_cache
def _block_starts(size: int) -> NDArray[np.int64]:
    return np.arange(0, size, BLOCK)


def temperature(config: SamplingConfig) -> Step | None:
    """Divide by the temperature; 0, and temperatures near 0, keep only the best token."""
    if config.temperature == 1:
        return None
    if config.temperature < _COLDEST:
        return lambda scores, _: _keep_best(scores, 1)
    return lambda scores, _: scores / config.temperature


def top_k(config: SamplingConfig) -> Step | None:
    """Keep the k most probable tokens."""
    if not config.top_k:
        return None
    return lambda scores, _: _keep_best(scores, config.top_k)


def top_p(config: SamplingConfig) -> Step | None:
    """Keep the fewest tokens that together have the mass p (nucleus, Holtzman 2019)."""
    if config.top_p >= 1:
        return None

    def keep(scores: Tensor, _: History) -> Tensor:
        return _keep_mass(scores, order=-scores, mass=config.top_p)

    return keep


def min_p(config: SamplingConfig) -> Step | None:
    """Keep tokens with at least this fraction of the most probable token's probability."""
    if config.min_p <= 0:
        return None
    floor = torch.tensor(config.min_p).log()

    def keep(scores: Tensor, _: History) -> Tensor:
        return scores.masked_fill(scores < scores.amax(-1, keepdim=True) + floor, -torch.inf)

    return keep


def typical(config: SamplingConfig) -> Step | None:
    """Keep the tokens with a surprisal nearest the entropy, to a mass (Meister 2022)."""
    if config.typical >= 1:
        return None

    def keep(scores: Tensor, _: History) -> Tensor:
        log_probs = torch.log_softmax(scores, -1)
        entropy = -(log_probs.exp() * log_probs.clamp_min(-1e4)).sum(-1, keepdim=True)
        return _keep_mass(scores, order=(log_probs + entropy).abs(), mass=config.typical)

    return keep


def repetition(config: SamplingConfig) -> Step | None:
    """Make a token that was written before less probable (Keskar 2019, on log-probabilities)."""
    if config.repetition == 1:
        return None

    def penalise(scores: Tensor, history: History) -> Tensor:
        scores = scores.clone()
        for row, written in enumerate(history):
            seen = torch.tensor(sorted(set(written)), dtype=torch.long)
            scores[row, seen] *= config.repetition
        return scores

    return penalise


def no_repeat(config: SamplingConfig) -> Step | None:
    """Forbid the token that would write a run of n tokens a second time."""
    size = config.no_repeat
    if not size:
        return None

    def forbid(scores: Tensor, history: History) -> Tensor:
        scores = scores.clone()
        for row, written in enumerate(history):
            repeats = torch.tensor(_would_repeat(written, size), dtype=torch.long)
            others = scores[row].index_fill(0, repeats, -torch.inf)
            if others.isfinite().any():
                scores[row] = others
        return scores

    return forbid


def _would_repeat(written: Sequence[int], size: int) -> list[int]:
    """Return the tokens that would end a run of `size` tokens that was written before."""
    if len(written) < size:
        return []
    tail = list(written[len(written) - size + 1 :])
    starts = range(len(written) - size + 1)
    return [
        written[start + size - 1]
        for start in starts
        if list(written[start : start + size - 1]) == tail
    ]


def _keep_best(scores: Tensor, count: int) -> Tensor:
    """Keep exactly `count` scores a row; of equal ones the lower id."""
    kept = scores.sort(dim=-1, descending=True, stable=True).indices[:, :count]
    return torch.full_like(scores, -torch.inf).scatter(-1, kept, scores.gather(-1, kept))


def _keep_mass(scores: Tensor, *, order: Tensor, mass: float) -> Tensor:
    """Keep the first tokens in an order until they have a mass together; at least one."""
    ranked = order.sort(dim=-1, stable=True).indices
    probs = torch.softmax(scores, -1).gather(-1, ranked)
    is_over = probs.cumsum(-1) - probs >= mass
    is_over[:, 0] = False
    return scores.masked_fill(torch.zeros_like(is_over).scatter(-1, ranked, is_over), -torch.inf)
