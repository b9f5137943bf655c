"""What every output layer can do: hidden states in, probabilities of the next id out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from lmkit.core.errors import UsageError
from lmkit.nn.embedding import Embedding

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
    """Return the head a name stands for: "auto" is chosen by vocabulary size."""
    if name != "auto":
        return name
    return "full" if vocab_size <= SMALL_VOCABULARY else "sampled"


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
        """Return an embedding and a head that suit each other, and share weights where tied."""

    @abstractmethod
    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the parameters that are the head's own anew."""

    @abstractmethod
    def set_frequencies(self, shares: Tensor) -> None:
        """Start from how often each id is seen: before anything is learned that is the best guess.

        Args:
            shares: Share of the training text that each id makes up, above 0, shape (vocab,).
        """

    def set_exact(self, is_exact: bool) -> None:
        """Say whether a head that samples while training shall rather be exact from now on.

        Args:
            is_exact: True for the exact loss. Heads that never sample are always exact.
        """

    @abstractmethod
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return what training descends, as cheaply as the head can.

        Args:
            hidden: Hidden states, shape (rows, width).
            targets: The ids that came next, shape (rows,).

        Returns:
            Mean negative log-likelihood in nats, a scalar; a head that samples estimates it while
            training.
        """

    def nats(self, loss: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG002  # for heads that sample
        """Return what a loss says of the whole vocabulary, for people to read.

        Args:
            loss: What `loss` returned.
            targets: For these ids, shape (rows,).

        Returns:
            Mean negative log-likelihood in nats, without a graph; estimated by heads that sample.
        """
        return loss.detach()

    @abstractmethod
    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return exact natural log-probabilities of every id, shape (rows, vocab)."""

    def logits(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities up to a constant in each row, whichever is the cheapest.

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
        """Return hidden states or biases divided by the temperature: so are then the logits."""
        return values if self.temperature == 1 else values / self.temperature
