"""Muon: orthogonalised momentum, for the matrices between hidden units.

Keller Jordan 2024; the size of a step is matched to AdamW's (Liu 2025), so both take one rate.
`torch.optim.Muon` iterates in bfloat16. Here everything but the first and last product happens on
the smaller side of the matrix, and that needs float32 whatever the precision of the training is:
in bfloat16 the product of the factors grows without bound for gradients of a real model, whose
singular values span five orders of magnitude.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT
from typing_extensions import override

from lmkit.nn.matmul import matmul
from lmkit.training.optimizers.light import LightOptimizer

Group = dict[str, Any]  # weights, rate and the rest, as torch keeps them (hence Any)

# Polar Express (Amsel 2025), for float32: five steps bring singular values of 0.001..1 near 1.
COEFFICIENTS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
)
SAFETY = 1.01  # the coefficients are optimal up to 1: stay clear of the edge


class Muon(LightOptimizer):
    """Orthogonalised momentum with Nesterov's look ahead.

    A group may hold `blocks`: the number of equal matrices, stacked by rows, that each weight
    consists of; each is then made orthogonal on its own. With `every` above 1 a direction serves
    that many steps, while momentum still gathers every gradient.
    """

    def __init__(
        self,
        params: ParamsT,
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        every: int = 1,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "weight_decay": weight_decay,
                "every": every,
                "blocks": 1,
            },
        )

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    @override
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        for group in self.param_groups:
            for index, weight in enumerate(group["params"]):
                if weight.grad is not None:
                    direction = self._direction(weight, group, offset=index)
                    weight.mul_(1.0 - group["lr"] * group["weight_decay"])
                    weight.add_(direction, alpha=-group["lr"])
        return None

    def _direction(self, weight: Tensor, group: Group, *, offset: int) -> Tensor:
        """Return the direction of the step; weights take turns at computing a new one.

        Args:
            weight: Shape (rows, columns), with its gradient.
            group: Its settings.
            offset: Its place in the group, by which the turns are spread.
        """
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
            state["step"] = torch.zeros((), dtype=torch.int64)
        momentum, every, blocks = group["momentum"], group["every"], group["blocks"]
        gradient: Tensor = weight.grad  # type: ignore[assignment]  # the caller has looked
        state["momentum"].lerp_(gradient, 1.0 - momentum)
        step = int(state["step"])
        state["step"] += 1
        if every > 1 and step and (step + offset) % every:
            kept: Tensor = state["direction"]
            return kept
        ahead = gradient.lerp(state["momentum"], momentum)
        direction = torch.cat([orthogonalise(block) for block in ahead.chunk(blocks)])
        direction.mul_(0.2 * math.sqrt(max(weight.shape[0] // blocks, weight.shape[1])))
        if every > 1:
            state["direction"] = direction
        return direction


def orthogonalise(matrix: Tensor) -> Tensor:
    """Return nearly the nearest matrix with singular values of 1 (0.88..1.12 come out).

    The odd polynomial X (a + b X'X + c (X'X)^2) is applied a few times. X'X commutes with every
    factor, so only the product of the factors, a small square matrix, has to be carried along.

    Args:
        matrix: Shape (rows, columns).

    Returns:
        The same shape. A zero matrix stays zero.
    """
    if matrix.shape[0] < matrix.shape[1]:
        return orthogonalise(matrix.t()).t()
    scaled = matrix / (torch.linalg.vector_norm(matrix) * SAFETY + 1e-12)
    return matmul(scaled, _polar_factor(matmul(scaled.t(), scaled), COEFFICIENTS))


def _polar_factor(gram: Tensor, coefficients: Iterable[tuple[float, float, float]]) -> Tensor:
    """Return the P with X P about orthogonal, from gram = X'X.

    Args:
        gram: Shape (n, n), symmetric, norm at most 1.
        coefficients: Of one polynomial after the other.
    """
    (a, b, c), *rest = coefficients
    factor = _polynomial(gram, a, b, c)
    product = factor
    for a, b, c in rest:
        gram = matmul(matmul(factor, gram), factor)
        factor = _polynomial(gram, a, b, c)
        product = matmul(product, factor)
    return product


def _polynomial(gram: Tensor, a: float, b: float, c: float) -> Tensor:
    """Return a I + b G + c G^2."""
    result = matmul(gram, gram).mul_(c).add_(gram, alpha=b)
    result.diagonal().add_(a)
    return result
