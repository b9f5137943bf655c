"""AdamW for large tables of which a step touches few rows: only those are read and written.

A row left alone for some steps is treated, when it is touched again, as AdamW would have treated
it meanwhile: its moments decay by the steps missed. AdamW also goes on moving a weight after its
gradient, by the momentum that is left. A row cannot do that while nobody touches it, so it takes
that way at once, as far as its momentum carries in as many steps as it was last left alone. With
every row touched at every step it is AdamW. Knows neither words nor models.
"""

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.training.optimizers.light import LightOptimizer

Group = dict[str, Any]  # betas, rate and decay, as torch keeps them (hence Any)
EPSILON = 1e-8  # keeps the quotient finite, as in AdamW


class RowAdamW(LightOptimizer):
    """AdamW that updates the rows with a gradient; gradients may be sparse or dense."""

    def __init__(
        self,
        tables: Iterable[nn.Parameter],
        *,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float = 0.0,
    ) -> None:
        """Take the tables and their settings.

        Args:
            tables: Each of shape (rows, width).
            lr: The rate.
            betas: Fractions of the two moments that are kept from step to step.
            weight_decay: Fraction of a weight that one unit of rate takes away.
        """
        super().__init__(tables, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    @override
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    self._move(table, table.grad, group)
        return None

    def _move(self, table: nn.Parameter, gradient: Tensor, group: Group) -> None:
        state = self._table_state(table)
        state["step"] += 1
        now = float(state["step"])
        rows, grads = touched(gradient)
        gap = now - state["touched"][rows]
        state["touched"][rows] = now
        first, second = group["betas"]
        mean = _decayed(state["exp_avg"], rows, first**gap).add_(grads, alpha=1 - first)
        square = _decayed(state["exp_avg_sq"], rows, second**gap)
        square.addcmul_(grads, grads, value=1 - second)
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
        if decay := group["weight_decay"]:
            table.index_copy_(0, rows, _decayed(table, rows, (1 - group["lr"] * decay) ** gap))
        # Where every row is touched, it may be so at the next step as well.
        ahead = gap if gradient.is_sparse else torch.ones_like(gap)
        size = momentum_way(ahead, first / second**0.5) * group["lr"] / (1 - first**now)
        root = square.div_(1 - second**now).sqrt_().add_(EPSILON)
        table.index_add_(0, rows, mean.div_(root).mul_(size[:, None]), alpha=-1)

    def _table_state(self, table: nn.Parameter) -> dict[str, Tensor]:
        """Return the state of a table: floats all, since torch casts loaded states to floats."""
        state: dict[str, Tensor] = self.state[table]
        if not state:
            state["step"] = torch.zeros(())
            state["touched"] = torch.zeros(
                len(table), device=table.device
            )  # the last step that touched each row
            state["exp_avg"] = torch.zeros_like(table)
            state["exp_avg_sq"] = torch.zeros_like(table)
        return state


def touched(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows with a gradient, each once, and their gradients, (rows,) and (rows, width).

    Args:
        gradient: Dense, which touches every row, or sparse and coalesced.
    """
    if not gradient.is_sparse:
        return torch.arange(len(gradient), device=gradient.device), gradient
    return gradient.indices()[0], gradient.values()


def momentum_way(gap: Tensor, kept: float) -> Tensor:
    """Return the sum 1 + kept + ... + kept^(gap-1): the steps that momentum makes in `gap` steps.

    Args:
        gap: Steps, any shape.
        kept: Fraction of its size that each of them keeps of the one before.
    """
    return (1 - kept**gap) / (1 - kept)


def _decayed(table: Tensor, rows: Tensor, factors: Tensor) -> Tensor:
    """Return a copy of some rows, each times its factor."""
    return table.index_select(0, rows).mul_(factors[:, None])
