"""Linear layer and cross-entropy in one, walking the rows in chunks.

The logits of all rows never exist at once, and the gradient is computed on the way forward, while
a chunk's probabilities are still in the processor's cache. Measured against `linear` followed by
`cross_entropy` in docs/benchmarks.md.
"""

import math
from collections.abc import Iterator
from typing import TypeAlias

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from lmkit.nn.matmul import add_matmul, matmul

# Rows of a chunk: about as many as the layer is wide, since each chunk adds to the gradient of all
# weights, and its logits should stay in the cache. Of 88 to 700 over 10,000 classes, 176 to 234
# were the quickest at width 256, and 350 at widths 512 and 650; more where there are fewer classes.
FEWEST_ROWS, MOST_ROWS = 176, 352
CHUNK_LOGITS = FEWEST_ROWS * 10_000
# And fewer where there are many: the C library fetches 32 MB and more from the system every time,
# page by page. Over 65,000 classes 112 rows are a third quicker than 176.
MOST_LOGITS = 7_500_000
SMALLEST_PROBABILITY = 1e-30  # below this a float32 probability is not trusted: see _nats
# A GPU is quick with large products and has no such cache: 256 MB of float32 logits at once.
DEVICE_LOGITS = 2**26


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, *, scale: float = 1.0
) -> Tensor:
    """Return scale x the sum of the negative log-likelihoods of a softmax layer.

    Equal to `scale * cross_entropy(linear(hidden, weight, bias), targets, reduction="sum")`. The
    three matrix products are in the number format of `hidden`; softmax, sums and the gradients of
    weight and bias are in that of `weight`.

    Args:
        hidden: What the layer reads, shape (rows, width); float32 or bfloat16.
        weight: Shape (classes, width); float32.
        bias: Shape (classes,).
        targets: The right class of each row, shape (rows,).
        scale: Factor of the result, e.g. 1 / rows for the mean.

    Returns:
        A scalar.
    """
    trained = any(tensor.requires_grad for tensor in (hidden, weight, bias))
    if torch.is_grad_enabled() and trained:
        result: Tensor = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
            hidden, weight, bias, targets, scale
        )
        return result
    return -log_prob_of(hidden, weight, bias, targets).sum() * scale


def log_prob_of(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Return the log-probability of one class per row, in chunks, without a graph.

    Args:
        hidden: Shape (rows, width).
        weight: Shape (classes, width).
        bias: Shape (classes,).
        targets: The class asked about in each row, shape (rows,).

    Returns:
        Natural log-probabilities, shape (rows,).
    """
    with torch.no_grad():
        result = weight.new_empty(len(hidden))
        for rows, logits in _chunks(hidden, weight.to(hidden.dtype), bias):
            result[rows] = -_softmax(logits, hidden[rows], weight, bias, targets[rows])[0]
    return result


def _chunks(hidden: Tensor, weight: Tensor, bias: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Give the logits of each chunk of rows; the next chunk may be written over them.

    Args:
        hidden: What the layer reads, shape (rows, width).
        weight: Shape (classes, width), in the number format of `hidden`.
        bias: Shape (classes,); the logits are in its format.
    """
    transposed = weight.t()
    chunks = max(1, math.ceil(len(hidden) / _most_rows(weight)))
    size = math.ceil(len(hidden) / chunks)  # all alike: a small last one would be slow
    buffer = bias.new_empty(size, len(weight))
    for first in range(0, len(hidden), max(1, size)):
        rows = slice(first, min(first + size, len(hidden)))
        space = buffer[: rows.stop - first]
        yield rows, _logits(hidden[rows], transposed, bias, space)


def _most_rows(weight: Tensor) -> int:
    """Return the rows of a chunk, at most."""
    if weight.device.type != "cpu":
        return max(1, DEVICE_LOGITS // len(weight))
    wanted = min(max(FEWEST_ROWS, weight.shape[1]), MOST_ROWS)
    most = max(wanted, CHUNK_LOGITS // len(weight))
    return max(1, min(most, MOST_LOGITS // len(weight)))


def _logits(hidden: Tensor, transposed: Tensor, bias: Tensor, space: Tensor) -> Tensor:
    """Return logits in the format of the bias, perhaps in `space`."""
    if hidden.dtype == bias.dtype:
        return matmul(hidden, transposed, bias, out=space)
    return torch.add(matmul(hidden, transposed), bias, out=space)


def _softmax(
    logits: Tensor, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """Write the probabilities over the logits, and return nats and probability of each target.

    On another device the nats come from the logits: to look for probabilities that have underflowed
    the host would have to wait for it.

    Returns:
        -log of each target's probability, shape (rows,), and the probability, shape (rows, 1).
    """
    wanted = targets[:, None]
    if logits.device.type != "cpu":
        nats = logits.logsumexp(1) - logits.gather(1, wanted).squeeze(1)
        return nats, torch.softmax(logits, dim=1, out=logits).gather(1, wanted)
    chosen = torch.softmax(logits, dim=1, out=logits).gather(1, wanted)
    return _nats(chosen.squeeze(1), hidden, weight, bias, targets), chosen


def _nats(chosen: Tensor, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Return -log of the chosen probabilities, exact also where they have underflowed."""
    nats = -chosen.log()
    lost = (chosen < SMALLEST_PROBABILITY).nonzero().squeeze(1)
    if len(lost):
        logits = matmul(hidden[lost].to(weight.dtype), weight.t(), bias)
        wanted = logits.gather(1, targets[lost, None]).squeeze(1)
        nats[lost] = logits.logsumexp(1) - wanted
    return nats


class _LinearCrossEntropy(torch.autograd.Function):
    """Value and gradients in one walk over the rows; `backward` only hands them on."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        scale: float,
    ) -> Tensor:
        total, gradients = _walk(hidden, weight, bias, targets, scale)
        ctx.save_for_backward(hidden, weight, bias, targets)
        ctx.scale = scale  # type: ignore[attr-defined]
        ctx.gradients = [gradients]  # type: ignore[attr-defined]
        return total

    @staticmethod
    @once_differentiable
    def backward(
        ctx: FunctionCtx, grad_output: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, None, None]:
        kept: list[_Gradients] = ctx.gradients  # type: ignore[attr-defined]
        if not kept:  # a graph that is walked twice
            hidden, weight, bias, targets = ctx.saved_tensors  # type: ignore[attr-defined]
            kept.append(_walk(hidden, weight, bias, targets, ctx.scale)[1])  # type: ignore[attr-defined]
        # Given away and not kept: autograd then takes them over instead of copying.
        hidden, weight, bias = kept.pop()
        is_elsewhere = grad_output.device.type != "cpu"  # whose value the host would wait for
        if is_elsewhere or grad_output != 1:
            for gradient in (hidden, weight, bias):
                gradient.mul_(grad_output)
        return hidden, weight, bias, None, None


_Gradients: TypeAlias = tuple[Tensor, Tensor, Tensor]  # of hidden, weight, bias


def _walk(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, scale: float
) -> tuple[Tensor, _Gradients]:
    """Return scale x the summed loss, and its gradients."""
    grad_hidden = torch.empty_like(hidden)
    grad_weight: Tensor | None = None
    grad_bias = torch.zeros_like(bias)
    total = weight.new_zeros(())
    scaled = hidden * scale  # once here, and the gradient of the weights need not be
    multiplied = weight.to(hidden.dtype)
    for rows, slope in _chunks(hidden, multiplied, bias):
        nats, chosen = _softmax(slope, hidden[rows], weight, bias, targets[rows])
        total += nats.sum()
        slope.scatter_(1, targets[rows, None], chosen - 1)  # softmax minus one-hot: the gradient
        grad_bias.addmv_(slope.t(), weight.new_ones(len(slope)), alpha=scale)
        slope = slope.to(hidden.dtype)  # noqa: PLW2901
        grad_hidden[rows] = matmul(slope, multiplied)
        if grad_weight is None:
            grad_weight = matmul(slope.t(), scaled[rows]).to(weight.dtype)
        elif weight.dtype == hidden.dtype:
            add_matmul(grad_weight, slope.t(), scaled[rows])
        else:
            grad_weight += matmul(slope.t(), scaled[rows])
    if grad_weight is None:
        grad_weight = torch.zeros_like(weight)
    return total * scale, (grad_hidden.mul_(scale), grad_weight, grad_bias)
