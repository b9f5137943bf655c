"""The state of a recurrent network as a value: keep it, copy it, pick rows, throw it away."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

LayerState: TypeAlias = tuple[Tensor, ...]  # LSTM (h, c), GRU (h,): each (batch, hidden)
State: TypeAlias = tuple[LayerState, ...]  # one LayerState per layer


def detach(state: State) -> State:
    """Return the same state, cut off from the graph that made it."""
    return tuple(tuple(part.detach() for part in layer) for layer in state)


def select_rows(state: State, rows: Tensor | Sequence[int]) -> State:
    """Return the state of some rows of the batch, in the order asked for.

    Args:
        state: State of a batch.
        rows: Row numbers, shape (rows,); a row may be named several times.

    Returns:
        The state with batch size `len(rows)`.
    """
    index = torch.as_tensor(rows, dtype=torch.long)
    return tuple(tuple(part.index_select(0, index) for part in layer) for layer in state)
