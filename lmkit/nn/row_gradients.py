"""Gradients of embedding tables that a training step keeps by rows.

A lookup touches few rows of a table, while autograd by default makes a gradient of its whole size.
Two ways around that, for two kinds of tables: a sparse gradient, for a table that nothing else
reads; and rows added late, for a table that a full softmax reads as well, whose gradient is dense.
Knows weights, not the modules that own them.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional


class RowGradients:
    """Lookups of one training step and the gradients of their rows.

    One object serves one forward and backward pass. Between them it holds the vectors looked up in
    tables with late rows.
    """

    def __init__(
        self, sparse: Iterable[nn.Parameter] = (), late: Iterable[nn.Parameter] = ()
    ) -> None:
        """Name the tables.

        Args:
            sparse: Tables, shape (rows, width), whose gradient shall be sparse.
            late: Tables whose rows are added by `add_late_rows` to the dense gradient that they
                have after the backward pass. Left to autograd, a lookup would make a second one of
                the same size, nearly all zeros, to be added.
        """
        self._sparse = {id(weight) for weight in sparse}
        self._late = {id(weight) for weight in late}
        self._lookups: list[tuple[nn.Parameter, Tensor, Tensor]] = []

    def look_up(self, weight: nn.Parameter, ids: Tensor) -> Tensor:
        """Return rows of a table.

        Args:
            weight: The table, shape (rows, width).
            ids: Row numbers, any shape.

        Returns:
            The rows, shape (*ids, width).
        """
        if id(weight) not in self._late:
            return functional.embedding(ids, weight, sparse=id(weight) in self._sparse)
        vectors = functional.embedding(ids, weight.detach()).requires_grad_()
        self._lookups.append((weight, ids, vectors))
        return vectors

    def add_late_rows(self) -> None:
        """Add the gradients of the vectors held to those of their tables, and let them go."""
        lookups, self._lookups = self._lookups, []
        for weight, ids, vectors in lookups:
            if vectors.grad is not None and weight.grad is not None:
                at, rows = ids.reshape(1, -1), vectors.grad.reshape(-1, weight.shape[1])
                weight.grad += torch.sparse_coo_tensor(
                    at, rows, weight.shape, check_invariants=False
                )
