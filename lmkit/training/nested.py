"""A recurrent memory, whatever its shape: tensors in tuples in tuples."""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from torch import Tensor

S = TypeVar("S")


def detached(memory: S) -> S:
    """Return the same memory, cut off from the graph that made it."""
    return _mapped(memory, lambda tensor: tensor.detach())


def tensors_of(memory: object) -> list[Tensor]:
    """Return the tensors of a memory in a fixed order."""
    found: list[Tensor] = []
    _mapped(memory, lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
    return found


def with_tensors(memory: S, tensors: list[Tensor]) -> S:
    """Return a memory of the same form that holds other tensors.

    Args:
        memory: Gives the form.
        tensors: In the order of `tensors_of`.
    """
    rest: Iterator[Tensor] = iter(tensors)
    return _mapped(memory, lambda _: next(rest).clone())


def _mapped(memory: S, change: Callable[[Tensor], Tensor]) -> S:
    if isinstance(memory, Tensor):
        return cast("S", change(memory))
    if isinstance(memory, tuple):
        return cast("S", tuple(_mapped(part, change) for part in memory))
    return memory
