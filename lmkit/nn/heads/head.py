"""Interface of output layers: hidden states in, probabilities of the next id out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from lmkit.core.errors import UsageError
from lmkit.nn.embedding import Embedding
from lmkit.nn.train_mode import TrainMode

SMALL_VOCABULARY = 3_000  # up to here the full softmax costs little
LARGE_VOCABULARY = 20_000  # above here even a last part of training with the full one is slow


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """An output layer and the embedding that goes with it."""

    vocab_size: int
    width: int  # of the word vectors and of the hidden states read
    tied: bool = True  # the head's weights are the embedding
    band_shrink: int = 2  # adaptive: each band is this much narrower than the one before
    samples: int = 1024  # sampled: words drawn per step, beside the right ones

    def __post_init__(self) -> None:
        if min(self.vocab_size, self.width, self.band_shrink, self.samples) < 1:
            raise UsageError(f"sizes of an output layer must be at least 1, got {self}")


def choose_head(name: str, vocab_size: int) -> str:
    """Return the name of a head; "auto" is replaced by vocabulary size."""
    if name != "auto":
        return name
    return "full" if vocab_size <= SMALL_VOCABULARY else "sampled"


@dataclass(frozen=True, slots=True)
class HeadLoss:
    """Loss of an output layer.

    Attributes:
        objective: Mean negative log-likelihood in nats, which training minimises; carries the
            graph. A head that samples estimates it in training, unless the mode is exact.
        nats: The mean negative log-likelihood over the whole vocabulary that belongs to it, without
            a graph; estimated by heads that sample.
    """

    objective: Tensor
    nats: Tensor


class Head(nn.Module, ABC):
    """A distribution over ids for each row of hidden states.

    Attributes:
        vocab_size: Number of ids.
        width: Width of the hidden states it reads.
        temperature: Divides every logit; 1 in training, may be fitted on validation text.
    """

    temperature: Tensor

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.width = width
        self.register_buffer("temperature", torch.ones(()))

    @classmethod
    @abstractmethod
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        """Return an embedding and a head of matching shapes, which share weights where tied."""

    @abstractmethod
    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the parameters of the head anew, but for those of the embedding."""

    @abstractmethod
    def set_frequencies(self, frequencies: Tensor) -> None:
        """Set the biases to the unigram distribution, the best guess before anything is learned.

        Args:
            frequencies: Relative frequency of each id in the training text, above 0, summing to 1,
                shape (vocab,).
        """

    @abstractmethod
    def loss(self, hidden: Tensor, targets: Tensor, mode: TrainMode | None = None) -> HeadLoss:
        """Measure predictions, and build the graph of what training minimises.

        Args:
            hidden: Hidden states, shape (rows, width).
            targets: The ids that came next, shape (rows,).
            mode: Settings of the training step; None for evaluation, where every head is exact.

        Returns:
            The loss, two scalars.
        """

    @abstractmethod
    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return exact natural log-probabilities of every id, shape (rows, vocab)."""

    def logits(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities up to a constant in each row, as cheaply as the head can.

        Args:
            hidden: Hidden states, shape (rows, width).

        Returns:
            Shape (rows, vocab).
        """
        return self.log_probs(hidden)

    @abstractmethod
    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the exact log-probability of one id per row, shape (rows,)."""

    def scaled(self, values: Tensor) -> Tensor:
        """Return hidden states or biases divided by the temperature, and with them the logits."""
        if self.temperature.device.type == "cpu":
            return values if self.temperature == 1 else values / self.temperature
        return values / self.temperature  # to look at it, the host would have to wait
