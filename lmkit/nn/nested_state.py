"""A recurrent state, whatever its shape: tensors in tuples in tuples."""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from torch import Tensor

S = TypeVar("S")


def detached(state: S) -> S:
    """Return the same state, cut off from the graph that made it."""
    return _mapped(state, lambda tensor: tensor.detach())


def tensors_of(state: object) -> list[Tensor]:
    """Return the tensors of a state in a fixed order."""
    found: list[Tensor] = []
    _mapped(state, lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
    return found


def with_tensors(state: S, tensors: list[Tensor]) -> S:
    """Return a state of the same form that holds other tensors.

    Args:
        state: Gives the form.
        tensors: In the order of `tensors_of`.
    """
    rest: Iterator[Tensor] = iter(tensors)
    return _mapped(state, lambda _: next(rest).clone())


def _mapped(state: S, change: Callable[[Tensor], Tensor]) -> S:
    if isinstance(state, Tensor):
        return cast("S", change(state))
    if isinstance(state, tuple):
        return cast("S", tuple(_mapped(part, change) for part in state))
    return state
