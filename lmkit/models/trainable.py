"""What the trainer knows of a model: it can start, and it can say how wrong it is."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

B = TypeVar("B", contravariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Loss:
    """How wrong a model was on a batch.

    Attributes:
        objective: Scalar to descend, penalties included; carries the graph.
        nats: Sum of the negative log-likelihoods, without penalties, so they never pollute
            perplexity. Detached scalar.
        count: How many predictions `nats` sums over.
    """

    objective: Tensor
    nats: Tensor
    count: int


class Trainable(Protocol[B, S]):
    """A model the trainer can train, be it on words or on numbers."""

    def start(self, batch: int) -> S:
        """Return the state of having read nothing."""
        ...

    def loss(self, batch: B, state: S) -> tuple[Loss, S]:
        """Read a batch and say how wrong the predictions were.

        Args:
            batch: What the batches of this model hold.
            state: State carried from the window before, detached.

        Returns:
            The loss, and the state to carry to the next window.
        """
        ...
