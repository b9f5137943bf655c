"""A scan: the linear recurrence below, solved for all times at once.

    h[t] = keep[t] * h[t - 1] + new[t]

By doubling: after k rounds each h[t] accounts for the 2^k inputs up to t, so a sequence needs
log2(time) rounds of whole-tensor work instead of one step after the other. Nothing is divided and
no logarithm is taken; with `keep` in 0..1 no term can grow.
"""

from typing import Any  # autograd's context `ctx` is untyped

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def scan(keep: Tensor, new: Tensor, before: Tensor) -> Tensor:
    """Return h for every time.

    Args:
        keep: Fraction of the state that is kept, shape (time, batch, size).
        new: Addend, same shape.
        before: State before the first step, shape (batch, size).

    Returns:
        h, shape (time, batch, size).
    """
    first = torch.addcmul(new[:1], keep[:1], before)
    result: Tensor = _Scan.apply(keep, torch.cat((first, new[1:])))  # type: ignore[no-untyped-call]
    return result


class _Scan(torch.autograd.Function):
    """The recurrence from an empty state; its backward is the same recurrence, backwards."""

    @staticmethod
    def forward(ctx: Any, keep: Tensor, new: Tensor) -> Tensor:  # noqa: ANN401
        hidden = _double(keep, new)
        ctx.save_for_backward(keep, hidden)
        return hidden

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401
        keep, hidden = ctx.saved_tensors
        later = torch.cat((keep[1:], torch.zeros_like(keep[:1]))).flip(0)
        grad_new = _double(later, grad.flip(0)).flip(0)
        grad_keep = torch.zeros_like(keep)
        torch.mul(grad_new[1:], hidden[:-1], out=grad_keep[1:])
        return grad_keep, grad_new


def _double(keep: Tensor, new: Tensor) -> Tensor:
    reach, time = 1, len(new)
    while reach < time:
        joined = new.clone()
        joined[reach:].addcmul_(keep[reach:], new[:-reach])
        if 2 * reach < time:
            keep = torch.cat((keep[:reach], keep[reach:] * keep[:-reach]))
        new, reach = joined, 2 * reach
    return new
