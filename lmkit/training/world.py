"""Processes that train one model together: agreement, averaged gradients, gathered values.

One process is the case implemented here; it communicates with nobody. Several: `distributed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn
from typing_extensions import override

from lmkit.training.step_plan import StepPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Actions that are due between two training steps.

    Every process carries out the same ones: clocks differ, so they are decided by one of them.
    """

    stop: str | None = None  # reason to end training: "budget" or "interrupted"; None: go on
    replan: StepPlan | None = None  # plan to follow from here on; None: keep the present one
    report: bool = False  # yield a Progress
    validate: int = 0  # tokens of the validation text to read; 0: no validation
    save: bool = False  # write a checkpoint


class World(Protocol):
    """The processes of a training run, seen from one of them."""

    @property
    def rank(self) -> int:
        """Number of this process, 0 <= rank < size."""
        ...

    @property
    def size(self) -> int:
        """Number of processes."""
        ...

    @property
    def is_writer(self) -> bool:
        """True in the process that writes files; exactly one does."""
        ...

    def agree(self, decision: Decision) -> Decision:
        """Return the decision that all processes carry out.

        Args:
            decision: What this process would do by its own clock.
        """
        ...

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes.

        Called between the backward pass and clipping. Hooks of autograd would not do: gradients of
        embedding rows are written after the backward pass, see `nn.embedding`.

        Args:
            parameters: Those that are trained, in the same order in every process.
        """
        ...

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the tensors of all processes, joined along the first dimension in rank order.

        Args:
            tensor: Shape (n, ...), the same in every process.

        Returns:
            Shape (n * size, ...).
        """
        ...

    def align(self, tensors: Sequence[Tensor]) -> None:
        """Set tensors to those of the writer.

        Processors of several kinds round differently, so that equal weights would drift apart.

        Args:
            tensors: The same ones in every process, changed in place.
        """
        ...

    def broadcast(self, data: bytes) -> bytes:
        """Return the data of the writer; others wait for it, hours if need be.

        Args:
            data: Of the writer; of others it does not matter.
        """
        ...

    def meet(self) -> None:
        """Wait until every process is here, hours if need be."""
        ...


class SingleProcess(World):
    """A run in one process: decisions, gradients and tensors stay as they are."""

    @property
    @override
    def rank(self) -> int:
        return 0

    @property
    @override
    def size(self) -> int:
        return 1

    @property
    @override
    def is_writer(self) -> bool:
        return True

    @override
    def agree(self, decision: Decision) -> Decision:
        return decision

    @override
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        pass

    @override
    def gather(self, tensor: Tensor) -> Tensor:
        return tensor

    @override
    def align(self, tensors: Sequence[Tensor]) -> None:
        pass

    @override
    def broadcast(self, data: bytes) -> bytes:
        return data

    @override
    def meet(self) -> None:
        pass
