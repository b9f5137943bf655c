"""Interface between models and the trainer: an initial state, and the loss of a batch."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor, nn

from lmkit.nn.train_mode import TrainMode

B = TypeVar("B", contravariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Loss:
    """Loss of a model on a batch.

    Attributes:
        objective: Scalar to minimise, penalties included; carries the graph.
        nats: Sum of the negative log-likelihoods, without penalties, so they never enter a
            perplexity. Detached scalar.
        count: Number of predictions that `nats` sums over.
    """

    objective: Tensor
    nats: Tensor
    count: int


class Trainable(nn.Module, ABC, Generic[B, S]):
    """A module that the trainer can train, on tokens or on numbers.

    B is the type of its batches, S that of its state.
    """

    @abstractmethod
    def start(self, batch: int) -> S:
        """Return the state of having read nothing, on the device of the weights.

        Args:
            batch: Rows of the state.
        """

    @abstractmethod
    def loss(self, batch: B, state: S, mode: TrainMode | None = None) -> tuple[Loss, S]:
        """Read a batch and measure its predictions.

        Args:
            batch: Inputs and targets, on the device of the weights.
            state: State carried from the window before, detached.
            mode: Settings of the training step. None for evaluation: nothing is dropped, no
                penalty is added and the loss is exact.

        Returns:
            The loss, and the state to carry to the next window.
        """
