"""The chunked output layer against the plain one."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lmkit.nn.heads import chunked
from lmkit.nn.heads.chunked import linear_cross_entropy, log_prob_of


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "MOST_LOGITS", 8)  # a row of 20 classes, two of 4


def random_layer(rows: int = 11, width: int = 6, classes: int = 20) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    shapes = ((rows, width), (classes, width), (classes,))
    tensors = [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]
    return [*tensors, torch.randint(classes, (rows,), generator=generator)]


def plain(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(
        functional.linear(hidden, weight, bias), targets, reduction="sum"
    )


@pytest.mark.parametrize("factor", [1.0, 0.3])
def test_value_and_gradients_equal_the_plain_layer(small_chunks, factor):
    hidden, weight, bias, targets = random_layer()
    ours = factor * linear_cross_entropy(hidden, weight, bias, targets, scale=0.5)
    theirs = factor * 0.5 * plain(hidden, weight, bias, targets)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    got = torch.autograd.grad(ours, [hidden, weight, bias])
    expected = torch.autograd.grad(theirs, [hidden, weight, bias])
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_gradients_equal_numerical_ones(small_chunks):
    hidden, weight, bias, targets = random_layer(rows=5, width=3, classes=4)
    inputs = [tensor.detach().double().requires_grad_() for tensor in (hidden, weight, bias)]
    assert torch.autograd.gradcheck(
        lambda *tensors: linear_cross_entropy(*tensors, targets, scale=0.2), inputs
    )


def test_one_shot_equals_many_chunks(small_chunks):
    hidden, weight, bias, targets = random_layer()
    tokens = linear_cross_entropy(hidden, weight, bias, targets)
    chunked.MOST_LOGITS = 10_000
    torch.testing.assert_close(tokens, linear_cross_entropy(hidden, weight, bias, targets))


def test_a_probability_that_underflows_still_has_its_exact_loss():
    hidden = torch.tensor([[200.0], [1.0]], requires_grad=True)
    weight = torch.tensor([[1.0], [-1.0]], requires_grad=True)
    bias, targets = torch.zeros(2), torch.tensor([1, 0])
    ours = linear_cross_entropy(hidden, weight, bias, targets)
    torch.testing.assert_close(ours, plain(hidden, weight, bias, targets))
    assert torch.isfinite(log_prob_of(hidden, weight, bias, targets)).all()


def test_no_rows_cost_nothing_and_have_zero_gradients():
    hidden, weight, bias, targets = random_layer(rows=0)
    loss = linear_cross_entropy(hidden, weight, bias, targets)
    gradients = torch.autograd.grad(loss, [weight, bias])
    assert loss == 0
    assert not any(gradient.any() for gradient in gradients)


def test_a_graph_can_be_walked_twice():
    *layer, targets = random_layer()
    loss = linear_cross_entropy(*layer, targets)
    first = torch.autograd.grad(loss, layer, retain_graph=True)
    torch.testing.assert_close(first, torch.autograd.grad(loss, layer))


def test_without_gradients_the_value_is_the_same():
    hidden, weight, bias, targets = random_layer()
    with torch.no_grad():
        still = linear_cross_entropy(hidden, weight, bias, targets, scale=2.0)
    torch.testing.assert_close(still, 2 * plain(hidden, weight, bias, targets).detach())


def test_products_in_bfloat16_come_near_and_weights_keep_float32_gradients(small_chunks):
    hidden, weight, bias, targets = (torch.randn(11, 8), torch.randn(7, 8), torch.randn(7), None)
    targets = torch.arange(11) % 7
    low = hidden.bfloat16().requires_grad_()
    leaves = [tensor.clone().requires_grad_() for tensor in (hidden, weight, bias)]
    exact = linear_cross_entropy(*leaves, targets, scale=0.5)
    exact.backward()
    found_leaves = [tensor.clone().requires_grad_() for tensor in (weight, bias)]
    found = linear_cross_entropy(low, *found_leaves, targets, scale=0.5)
    found.backward()
    assert found.dtype == torch.float32
    assert low.grad.dtype == torch.bfloat16
    torch.testing.assert_close(found, exact, rtol=0.01, atol=0)
    for got, wanted in zip((low, *found_leaves), leaves, strict=True):
        torch.testing.assert_close(got.grad.float(), wanted.grad, rtol=0.05, atol=0.05)
    assert all(leaf.grad.dtype == torch.float32 for leaf in found_leaves)


def test_a_probability_that_underflows_is_exact_for_bfloat16_too():
    hidden = torch.tensor([[200.0, 0.0]]).bfloat16()
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    nats = linear_cross_entropy(hidden, weight, torch.zeros(2), torch.tensor([1]))
    assert nats.item() == pytest.approx(200.0)


def test_a_device_has_the_values_of_the_cpu_in_one_chunk_or_many(other, monkeypatch):
    hidden, weight = torch.randn(9, 4), torch.randn(7, 4)
    bias, targets = torch.randn(7), torch.arange(9) % 7
    hidden[0] *= 1e3  # its probabilities underflow
    results = []
    for place, logits in ((torch.device("cpu"), 0), (other.OTHER, 2**26), (other.OTHER, 14)):
        monkeypatch.setattr(chunked, "DEVICE_LOGITS", logits)
        parts = [
            part.clone().to(place).detach().requires_grad_() for part in (hidden, weight, bias)
        ]
        found = linear_cross_entropy(*parts, targets.to(place), scale=0.5)
        (found * 3).backward()
        chosen = log_prob_of(*(part.detach() for part in parts), targets.to(place))
        kept = (found, chosen, *(part.grad for part in parts))
        results.append([torch.tensor(tensor.detach().tolist()) for tensor in kept])
    for others in results[1:]:
        for one, there in zip(results[0], others, strict=True):
            torch.testing.assert_close(there, one, rtol=1e-5, atol=1e-5)
