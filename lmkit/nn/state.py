"""States of recurrent networks as values: nested tuples of tensors, selected and rebuilt."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar, cast

import torch
from torch import Tensor

LayerState: TypeAlias = tuple[Tensor, ...]  # LSTM (h, c), GRU (h,): each (batch, hidden)
State: TypeAlias = tuple[LayerState, ...]  # one LayerState per layer
S = TypeVar("S")  # any nesting of tuples of tensors


def select_rows(state: State, rows: Tensor | Sequence[int]) -> State:
    """Return the state of some rows of the batch, in the order asked for.

    Args:
        state: State of a batch.
        rows: Row numbers, shape (rows,); a row may be named several times.

    Returns:
        The state with batch size `len(rows)`.
    """
    index = torch.as_tensor(rows, dtype=torch.long)
    first = next(iter(tensors_of(state)), index)
    index = index.to(first.device)
    return tuple(tuple(part.index_select(0, index) for part in layer) for layer in state)


def join_rows(states: Sequence[State]) -> State:
    """Return one state that holds the rows of several, in the order given.

    Args:
        states: At least one state, each of any batch size.
    """
    layers = zip(*states, strict=True)
    return tuple(tuple(torch.cat(parts) for parts in zip(*layer, strict=True)) for layer in layers)


def detached(state: S) -> S:
    """Return the same state, without the graph that made it."""
    return _mapped(state, lambda tensor: tensor.detach())


def tensors_of(state: object) -> list[Tensor]:
    """Return the tensors of a state in a fixed order."""
    found: list[Tensor] = []
    _mapped(state, lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
    return found


def with_tensors(state: S, tensors: list[Tensor]) -> S:
    """Return a state of the same form that holds other tensors.

    Args:
        state: A state of the wanted form.
        tensors: In the order of `tensors_of`; copied to the devices of the state.
    """
    rest: Iterator[Tensor] = iter(tensors)
    return _mapped(state, lambda own: next(rest).to(own.device, copy=True))


def _mapped(state: S, change: Callable[[Tensor], Tensor]) -> S:
    if isinstance(state, Tensor):
        return cast("S", change(state))
    if isinstance(state, tuple):
        return cast("S", tuple(_mapped(part, change) for part in state))
    return state
