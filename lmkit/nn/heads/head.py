"""What every output layer can do: hidden states in, probabilities of the next id out."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Head(nn.Module, ABC):
    """A distribution over ids for each row of hidden states.

    Attributes:
        vocab_size: Number of ids.
        width: Width of the hidden states it reads.
        temperature: Divides the hidden states; 1 in training, may be fitted on validation text.
    """

    temperature: Tensor

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.width = width
        self.register_buffer("temperature", torch.ones(()))

    @abstractmethod
    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the parameters that are the head's own anew."""

    @abstractmethod
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return what training descends, as cheaply as the head can.

        Args:
            hidden: Hidden states, shape (rows, width).
            targets: The ids that came next, shape (rows,).

        Returns:
            Mean negative log-likelihood in nats, a scalar; a head that samples may estimate it
            while training.
        """

    @abstractmethod
    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return exact natural log-probabilities of every id, shape (rows, vocab)."""

    @abstractmethod
    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the exact log-probability of one id per row, shape (rows,)."""

    def cooled(self, hidden: Tensor) -> Tensor:
        """Return the hidden states divided by the temperature."""
        return hidden if self.temperature == 1 else hidden / self.temperature
